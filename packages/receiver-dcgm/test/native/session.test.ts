import { readFile } from "node:fs/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { manualClock } from "@tracecore/core";
import { describe, expect, it, vi } from "vitest";
import { entityGroups } from "../../src/engine/entity.ts";
import { layouts, versionWords } from "../../src/native/layouts.ts";
import { loadKoffi, loadLibrary, versionBuffer } from "../../src/native/library.ts";
import { Struct } from "../../src/native/struct.ts";
import { missingCompiler } from "../../double/compile.ts";
import { engineDouble, twoGpus } from "../double/engine-double.ts";

const reason = missingCompiler();
if (reason !== undefined) process.stderr.write(`${reason}\n`);
const gpu = (id: number): { group: number; id: number } => ({ group: entityGroups.gpu, id });
const never = new AbortController().signal;

/** A full collection; weak references of this turn are held to its end. */
async function collectGarbage(): Promise<void> {
  setFlagsFromString("--expose-gc");
  const { promise, resolve } = Promise.withResolvers<void>();
  setImmediate(resolve);
  await promise;
  (runInNewContext("gc") as () => void)();
}

describe.skipIf(reason !== undefined)("a session with an engine through libdcgm", () => {
  it("tells the versions of library and engine", async () => {
    using engine = engineDouble();
    engine.script("version 4.7.0", ...twoGpus);
    await using session = await engine.source().open(never);
    expect(session.versions).toEqual({
      library: "4.6.0",
      engine: "4.7.0",
      libraryFile: `${engine.library}/libdcgm.so.4`,
    });
  });

  it("lists GPUs with what is known of them", async () => {
    using engine = engineDouble();
    await using session = await engine.source().open(never);
    const entities = await session.entities();
    expect(entities.map(({ kind, id, uuid, pciBusId, state }) => ({ kind, id, uuid, pciBusId, state }))).toEqual([
      {
        kind: "gpu",
        id: 0,
        uuid: "GPU-00000000-0000-0000-0000-000000000000",
        pciBusId: "00000000:3B:00.0",
        state: "ok",
      },
      {
        kind: "gpu",
        id: 1,
        uuid: "GPU-11111111-1111-1111-1111-111111111111",
        pciBusId: "00000000:5E:00.0",
        state: "ok",
      },
    ]);
  });

  it("reads integers, doubles and texts of several GPUs with one call", async () => {
    using engine = engineDouble();
    await using session = await engine.source().open(never);
    const watch = await session.watch({
      entities: [gpu(0), gpu(1)],
      fieldIds: [150, 155, 54],
      intervalMs: 1000,
      keepAgeMs: 3000,
    });
    engine.calls();
    const table = await session.read(watch);
    expect(engine.calls()).toEqual(["dcgmEntitiesGetLatestValues"]);
    const values: Record<string, unknown> = {};
    for (let row = 0; row < table.rows; row++) {
      expect(table.condition(row)).toBe("ok");
      const text = table.fieldId(row) === 54;
      values[`${table.entityId(row)}/${table.fieldId(row)}`] = text ? table.text(row) : table.number(row);
    }
    expect(values).toEqual({
      "0/150": 150_000,
      "0/155": 155,
      "0/54": "text 54 of 0",
      "1/150": 150_001,
      "1/155": 155.125,
      "1/54": "text 54 of 1",
    });
  });
});

describe.skipIf(reason !== undefined)("what an engine has", () => {
  const mig = [
    "gpu 0 GPU-00000000 00000000:3B:00.0 S1650 1 1",
    "gi 3 0 1 9 2",
    "ci 12 3 1 0 33 2",
    "value 4 3 50 2g.20gb",
    "value 5 12 54 MIG-aaaa",
    "value 4 3 54 GPU-00000000",
  ];

  it("lists MIG instances under their GPU, with profile and UUID where they have one", async () => {
    using engine = engineDouble();
    engine.script(...mig);
    await using session = await engine.source().open(never);
    const [, instance, compute] = await session.entities();
    expect(instance).toMatchObject({
      kind: "gpu_instance",
      id: 3,
      parent: { group: 1, id: 0 },
      uuid: undefined,
      mig: { gpuUuid: "GPU-00000000", instanceId: 1, computeInstanceId: undefined, slices: 2, profile: "2g.20gb" },
    });
    expect(compute).toMatchObject({
      kind: "compute_instance",
      parent: { group: 4, id: 3 },
      uuid: "MIG-aaaa",
      mig: { gpuUuid: "GPU-00000000", instanceId: 1, computeInstanceId: 0, profileId: 33, profile: undefined },
    });
    // Set up anew while the session goes on.
    engine.script("gpu 0 GPU-00000000 00000000:3B:00.0 S1650 1 0");
    expect((await session.entities()).map(({ kind }) => kind)).toEqual(["gpu"]);
  });

  it.each([
    { version: "4.6.0", dialect: 4, serial: "CPU-1" },
    { version: "3.3.9", dialect: 2, serial: undefined },
  ] as const)("lists switches, links, CPUs and cores with libdcgm $version", async ({ version, dialect, serial }) => {
    using engine = engineDouble({ version: { version, dialect } });
    const link = 3 | (5 << 8) | (2 << 16);
    engine.script(`entity 3 2`, `entity 6 ${link}`, "entity 7 1", "entity 8 70", "entity 8 71", "core 70 1");
    await using session = await engine.source().open(never);
    expect((await session.entities()).map(({ kind, id, parent, linkIndex }) => [kind, id, parent, linkIndex])).toEqual([
      ["switch", 2, undefined, undefined],
      ["link", link, { group: 3, id: 2 }, 5],
      ["cpu", 1, undefined, undefined],
      ["cpu_core", 70, { group: 7, id: 1 }, undefined],
      ["cpu_core", 71, undefined, undefined],
    ]);
    expect((await session.entities()).find(({ kind }) => kind === "cpu")?.serial).toBe(serial);
  });

  it("lists more entities than it made room for", async () => {
    using engine = engineDouble();
    engine.script("entity 7 0", ...Array.from({ length: 300 }, (_, id) => `entity 8 ${id}`));
    await using session = await engine.source().open(never);
    expect(await session.entities()).toHaveLength(301);
  });

  it("says why an engine without anything sees nothing", async () => {
    using engine = engineDouble();
    engine.script("fail dcgmGetEntityGroupEntities -56");
    await using session = await engine.source().open(never);
    await expect(session.entities()).rejects.toThrow("dcgmGetEntityGroupEntities failed: NVML_NOT_LOADED (-56)");
  });

  it.each([
    { version: "4.6.0", dialect: 4 },
    { version: "3.3.9", dialect: 2 },
  ] as const)("reports the health that DCGM $version finds, on a stack that holds its answer", async (version) => {
    using engine = engineDouble({ version });
    engine.add("incident 1 1 16 20 38 A page was retired", "incident 1 0 128 10 7 Hot");
    await using session = await engine.source().open(never);
    const report = await session.health();
    expect(report).toEqual({
      overall: "fail",
      checked: [gpu(0), gpu(1)],
      incidents: [
        { ...gpu(1), system: "memory", result: "fail", code: 38, message: "A page was retired" },
        { ...gpu(0), system: "thermal", result: "warn", code: 7, message: "Hot" },
      ],
    });
    engine.script(...twoGpus);
    expect(await session.health()).toMatchObject({ overall: "pass", incidents: [] });
    engine.script(twoGpus[1]!);
    await session.entities();
    expect((await session.health()).checked).toEqual([gpu(1)]);
  });

  it("asks each GPU for its profiling groups; one has none", async () => {
    using engine = engineDouble();
    engine.add("profiling 0 1 0 1001 1002", "profiling 0 2 1 1004");
    await using session = await engine.source().open(never);
    expect(await session.profilingGroups(0)).toEqual([
      { major: 1, minor: 0, fieldIds: [1001, 1002] },
      { major: 2, minor: 1, fieldIds: [1004] },
    ]);
    expect(await session.profilingGroups(1)).toEqual([]);
  });

  it("pauses and resumes profiling, and names modules with their state", async () => {
    using engine = engineDouble();
    engine.add("module 8 1");
    await using session = await engine.source().open(never);
    await session.pauseProfiling();
    await session.resumeProfiling();
    expect((await session.modules()).filter(({ status }) => status !== "loaded")).toEqual([
      { name: "profiling", status: "denylisted" },
    ]);
    engine.add("fail dcgmProfPause -34");
    await expect(session.pauseProfiling()).rejects.toThrow("dcgmProfPause failed: IN_USE (-34)");
  });

  it("watches the other fields where profiling is refused, and the other GPUs where one is gone", async () => {
    using engine = engineDouble();
    await using session = await engine.source().open(never);
    const watch = await session.watch({
      entities: [gpu(0), gpu(9)],
      fieldIds: [150],
      intervalMs: 1000,
      keepAgeMs: 3000,
    });
    expect(watch.refused.map(({ id }) => id)).toEqual([9]);
    expect((await session.read(watch)).rows).toBe(1);
    engine.add("fail dcgmWatchFields -36");
    const refused = await session.watch({ entities: [gpu(0)], fieldIds: [1001], intervalMs: 1000, keepAgeMs: 3000 });
    expect(refused.refusedFields.map(({ fieldId, error }) => [fieldId, error.statusName])).toEqual([
      [1001, "PROFILING_NOT_SUPPORTED"],
    ]);
    expect((await session.read(refused)).rows).toBe(0);
  });

  it("gives the events of the other GPUs where the engine cannot answer for one", async () => {
    using engine = engineDouble();
    await using session = await engine.source().open(never);
    const watch = await session.watch({
      entities: [gpu(0), gpu(1)],
      fieldIds: [230],
      intervalMs: 1000,
      keepAgeMs: 3000,
    });
    engine.add("status 1 0 230 -18", "event 1 1 230 1000 79");
    const { samples, cursor } = await session.valuesSince(watch, 0);
    expect(samples.map(({ id, value }) => [id, value])).toEqual([[1, 79n]]);
    expect((await session.valuesSince(watch, cursor)).samples).toEqual([]);
    engine.add("status 1 1 230 -18");
    await expect(session.valuesSince(watch, cursor)).rejects.toThrow("dcgmGetValuesSince_v2 failed: GPU_IS_LOST (-18)");
  });

  it("splits a read that is larger than one call takes", async () => {
    using engine = engineDouble();
    engine.script(...Array.from({ length: 40 }, (_, id) => `gpu ${id} GPU-${id} B${id} S${id} 1 0`));
    await using session = await engine.source().open(never);
    const fieldIds = Array.from({ length: 200 }, (_, index) => index + 100);
    const entities = Array.from({ length: 40 }, (_, id) => gpu(id));
    const watch = await session.watch({ entities, fieldIds, intervalMs: 1000, keepAgeMs: 3000 });
    engine.calls();
    const table = await session.read(watch);
    expect(engine.calls()).toEqual(["dcgmEntitiesGetLatestValues", "dcgmEntitiesGetLatestValues"]);
    const cells = new Set<string>();
    for (let row = 0; row < table.rows; row++) cells.add(`${table.entityId(row)}/${table.fieldId(row)}`);
    expect(cells.size).toBe(8000);
  });

  it("reads blobs, and texts of their full length", async () => {
    using engine = engineDouble();
    engine.add("type 600 b", `value 1 0 54 ${"x".repeat(255)}`);
    await using session = await engine.source().open(never);
    const table = await session.readOnce([gpu(0)], [54, 600], true);
    const rowOf = (fieldId: number): number => (table.fieldId(0) === fieldId ? 0 : 1);
    expect(table.text(rowOf(54))).toHaveLength(255);
    expect(table.blob(rowOf(600)).subarray(0, 17)).toEqual(new Uint8Array([...Array(16).fill(600 & 0xff), 0]));
  });

  it.each(["unix:///run/nv-hostengine", "[::1]:5555", "tcp://localhost:5557"])("connects to %s", async (endpoint) => {
    const file = endpoint.replace(/^(?:unix|tcp):\/\//, "");
    using engine = engineDouble({ endpoint: file });
    await using session = await engine.source({ endpoint }).open(never);
    expect(await session.entities()).toHaveLength(2);
  });

  it("takes back a connection that comes about after nobody waited for it any more", async () => {
    using engine = engineDouble();
    engine.add("hang dcgmConnect_v2 60000");
    const clock = manualClock();
    const source = engine.source({ connectTimeoutMs: 1_000 }, clock);
    const opening = source.open(never).catch((error: unknown) => error);
    await vi.waitFor(() => expect(clock.waiting).toBe(1));
    await clock.advance(6_000);
    expect(await opening).toMatchObject({ message: "no engine answers at localhost:5555" });
    engine.script(...twoGpus);
    await vi.waitFor(() => expect(engine.calls()).toContain("dcgmDisconnect"));
  });

  it("keeps the buffers of a call that nobody waits for any more until the library has written to them", async () => {
    using engine = engineDouble();
    const library = loadLibrary(await loadKoffi(), `${engine.library}/libdcgm.so.4`);
    await library.call("dcgmInit", []);
    const handle = new BigUint64Array(1);
    const { bytes } = new Struct(layouts.dcgmConnectV2Params_v2.size, versionWords.dcgmConnectV2Params_version2);
    expect(await library.call("dcgmConnect_v2", ["localhost:5555", bytes, handle])).toBe(0);
    engine.add("hang dcgmHostengineVersionInfo 60000");
    const given: WeakRef<Uint8Array>[] = [];
    const ask = (): Promise<number> => {
      const buffer = versionBuffer();
      given.push(new WeakRef(buffer));
      return library.call("dcgmHostengineVersionInfo", [handle[0]!, buffer]);
    };
    const asked = ask();
    await collectGarbage();
    expect(given[0]!.deref() === undefined).toBe(false);
    engine.script(...twoGpus);
    expect(await asked).toBe(0);
    await collectGarbage();
    expect(given[0]!.deref() === undefined).toBe(true);
    await library.call("dcgmDisconnect", [handle[0]!]);
  });

  it("goes on reading files and answering timers while a call hangs", async () => {
    using engine = engineDouble();
    const session = await engine.source().open(never);
    engine.add("hang dcgmModuleGetStatuses 60000");
    let back = false;
    const hanging = session.modules().finally(() => (back = true));
    for (let turn = 0; turn < 20; turn++) {
      await readFile(import.meta.filename);
      await new Promise((resolve) => void setImmediate(resolve));
    }
    expect(back).toBe(false);
    engine.script(...twoGpus);
    await hanging;
    await session.release();
  });
});
