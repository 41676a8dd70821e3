/** The fourteen ways in which libdcgm surprises its callers; each test bears the number of its trap. */
import { manualClock } from "@tracecore/core";
import { describe, expect, it } from "vitest";
import { entityGroups } from "../../src/engine/entity.ts";
import type { SampleTable } from "../../src/engine/sample-table.ts";
import { callTypes, optionalCallTypes } from "../../src/native/calls.ts";
import { missingCompiler } from "../../double/compile.ts";
import { engineDouble, twoGpus } from "../double/engine-double.ts";

const reason = missingCompiler();
if (reason !== undefined) process.stderr.write(`${reason}\n`);
const gpu = (id: number): { group: number; id: number } => ({ group: entityGroups.gpu, id });
const never = new AbortController().signal;
const every = { intervalMs: 1000, keepAgeMs: 3000 };

/** A cell of a table by entity and field, wherever its row is. */
function rowOf(table: SampleTable, id: number, fieldId: number): number {
  for (let row = 0; row < table.rows; row++) {
    if (table.entityId(row) === id && table.fieldId(row) === fieldId) return row;
  }
  throw new Error(`there is no row of field ${fieldId} for entity ${id}`);
}

describe.skipIf(reason !== undefined)("traps of libdcgm", () => {
  it("trap 1: registers no policies, and answers to a callback while another call of the library hangs", async () => {
    expect(
      [...Object.keys(callTypes), ...Object.keys(optionalCallTypes)].filter((name) => /polic/i.test(name)),
    ).toEqual([]);
    using engine = engineDouble();
    await using other = await engine.source().open(never);
    await using session = await engine.source().open(never);
    const watch = await session.watch({ entities: [gpu(0)], fieldIds: [230], ...every });
    engine.add("hang dcgmModuleGetStatuses 60000", "event 1 0 230 1000 79");
    const hanging = other.modules();
    expect((await session.valuesSince(watch, 0)).samples).toHaveLength(1);
    engine.script(...twoGpus);
    expect(await hanging).toHaveLength(10);
  });

  it("trap 2: sees two XIDs of one GPU within five seconds, which a policy would drop", async () => {
    using engine = engineDouble();
    await using session = await engine.source().open(never);
    const watch = await session.watch({ entities: [gpu(0), gpu(1)], fieldIds: [230], ...every });
    engine.add("event 1 0 230 1000000 31", "event 1 0 230 1000500 79");
    const first = await session.valuesSince(watch, 0);
    expect(first.samples).toEqual([
      { group: 1, id: 0, fieldId: 230, timestampUs: 1_000_000, value: 31n },
      { group: 1, id: 0, fieldId: 230, timestampUs: 1_000_500, value: 79n },
    ]);
    expect((await session.valuesSince(watch, first.cursor)).samples).toEqual([]);
  });

  it("trap 3: takes a connection that succeeded for none until the engine answers", async () => {
    using engine = engineDouble();
    engine.script("engine deaf 1", ...twoGpus);
    await expect(engine.source().open(never)).rejects.toThrow("localhost:5555 takes connections but does not answer");
    engine.script("engine down 1", ...twoGpus);
    const source = engine.source();
    await expect(source.open(never)).rejects.toThrow("no engine answers at localhost:5555");
    // The handle that a failed connect left behind was used for nothing.
    expect(engine.calls().filter((call) => call === "dcgmDisconnect" || call.includes("Version"))).toEqual([
      "dcgmHostengineVersionInfo",
      "dcgmDisconnect",
    ]);
  });

  it("trap 4: gives a call up at its deadline, and makes no second one while it hangs", async () => {
    using engine = engineDouble();
    const clock = manualClock();
    const source = engine.source({ callTimeoutMs: 10_000 }, clock);
    const session = await source.open(never);
    const watch = await session.watch({ entities: [gpu(0)], fieldIds: [150], ...every });
    engine.add("hang dcgmEntitiesGetLatestValues 60000");
    const reading = session.read(watch).catch((error: unknown) => error);
    await clock.advance(10_000);
    expect(await reading).toMatchObject({
      code: "dcgm-timeout",
      message: "dcgmEntitiesGetLatestValues did not come back within 10 s",
    });
    expect((await session.closed)?.code).toBe("dcgm-timeout");
    await session.release();
    await clock.advance(5_000);
    await expect(source.open(never)).rejects.toThrow(
      "dcgmEntitiesGetLatestValues has not come back for 15 s; a new connection waits for it",
    );
  });

  it("trap 5: finds the blanks that come with status 0, in each type", async () => {
    using engine = engineDouble();
    await using session = await engine.source().open(never);
    const kinds = ["blank", "not_found", "not_supported", "no_permission"] as const;
    const ids = { i: [100, 101, 112, 113], d: [1001, 1002, 1003, 1004], s: [50, 51, 52, 53] };
    const fieldIds = Object.values(ids).flat();
    engine.add(...Object.values(ids).flatMap((some) => some.map((id, kind) => `value 1 0 ${id} ${kinds[kind]}`)));
    const watch = await session.watch({ entities: [gpu(0)], fieldIds, ...every });
    const table = await session.read(watch);
    for (const some of Object.values(ids)) {
      expect(some.map((id) => table.status(rowOf(table, 0, id)))).toEqual([0, 0, 0, 0]);
      expect(some.map((id) => table.condition(rowOf(table, 0, id)))).toEqual([...kinds]);
    }
  });

  it("trap 6: leaves out a field that the engine does not know, and trusts no order of rows", async () => {
    using engine = engineDouble();
    await using session = await engine.source().open(never);
    engine.add("unknown 1500");
    const watch = await session.watch({ entities: [gpu(0), gpu(1)], fieldIds: [150, 1500, 203], ...every });
    expect(watch.unknownFieldIds).toEqual([1500]);
    const table = await session.read(watch);
    expect(table.rows).toBe(4);
    expect([table.fieldId(0), table.fieldId(3)]).toEqual([203, 150]);
    expect(table.number(rowOf(table, 1, 203))).toBe(203_001);
    // An engine that forgets a field later, as after an update, spoils one read and no more.
    engine.add("unknown 203");
    const after = await session.read(watch);
    expect(after.rows).toBe(2);
    expect(watch.unknownFieldIds).toEqual([1500, 203]);
  });

  it("trap 7: refuses an engine that does not understand this library, and says what to do", async () => {
    using engine = engineDouble();
    engine.script("version 4.5.3", ...twoGpus);
    await expect(engine.source().open(never)).rejects.toMatchObject({
      code: "dcgm-version-skew",
      message: `libdcgm 4.6.0 (${engine.library}/libdcgm.so.4) is too new for the engine, which is 4.5.3: it would refuse every read`,
      remedy: "Update the engine (nv-hostengine) to 4.6.0, or name a libdcgm of 4.5.3 or older in the option library",
    });
    using older = engineDouble({ endpoint: "localhost:5556", version: { version: "3.3.9", dialect: 2 } });
    older.script("version 4.6.0", ...twoGpus);
    await using session = await older.source().open(never);
    expect(session.versions.library).toBe("3.3.9");
  });

  it("trap 8: knows a GPU by its UUID, since attributes of one that is gone succeed and are empty", async () => {
    using engine = engineDouble();
    await using session = await engine.source().open(never);
    engine.script("gpu 0 GPU-0 00000000:3B:00.0 S1650 1 0", "gpu 7 <<<NOT_FOUND>>> <<<NULL>>> S0 4 0");
    const [, lost] = await session.entities();
    expect(lost).toMatchObject({ id: 7, state: "lost", uuid: undefined, pciBusId: undefined });
  });

  it("trap 9: has names of its own for field groups, and takes another one where the name is taken", async () => {
    using engine = engineDouble();
    await using session = await engine.source().open(never);
    await using second = await engine.source().open(never);
    const plan = { entities: [gpu(0)], fieldIds: Array.from({ length: 130 }, (_, index) => index + 100), ...every };
    const watches = [await session.watch(plan), await second.watch(plan)];
    expect(watches.map(({ unknownFieldIds }) => unknownFieldIds)).toEqual([[], []]);
    expect((await session.read(watches[0]!)).rows).toBe(130);
    engine.calls();
    engine.add("fail dcgmFieldGroupCreate -26");
    await expect(second.watch(plan)).rejects.toThrow("dcgmFieldGroupCreate failed: DUPLICATE_KEY (-26)");
    expect(engine.calls().filter((call) => call === "dcgmFieldGroupCreate")).toHaveLength(3);
  });

  it("trap 10: reads integers beyond 2^53 exactly", async () => {
    using engine = engineDouble();
    await using session = await engine.source().open(never);
    engine.add("value 1 0 156 9007199254740993", "value 1 0 157 -5");
    const watch = await session.watch({ entities: [gpu(0)], fieldIds: [156, 157], ...every });
    const table = await session.read(watch);
    expect(table.int64(rowOf(table, 0, 156))).toBe(9_007_199_254_740_993n);
    expect(table.number(rowOf(table, 0, 157))).toBe(-5);
  });

  it("trap 11: takes rows without a sample for no events", async () => {
    using engine = engineDouble();
    await using session = await engine.source().open(never);
    const watch = await session.watch({ entities: [gpu(0), gpu(1)], fieldIds: [230, 231], ...every });
    expect((await session.valuesSince(watch, 0)).samples).toEqual([]);
  });

  it("trap 12: passes values on by number of field and as they are: a field called a ratio may be whole percents", async () => {
    using engine = engineDouble();
    await using session = await engine.source().open(never);
    engine.add("value 1 0 203 50");
    const watch = await session.watch({ entities: [gpu(0)], fieldIds: [203], ...every });
    const table = await session.read(watch);
    expect([table.fieldId(0), table.fieldType(0), table.number(0)]).toEqual([203, 0x69, 50]);
  });

  it("trap 13: asks for all entities and fields of a watch with one call", async () => {
    using engine = engineDouble();
    engine.script(...Array.from({ length: 8 }, (_, id) => `gpu ${id} GPU-${id} 0000:0${id}:00.0 S${id} 1 0`));
    await using session = await engine.source().open(never);
    const entities = Array.from({ length: 8 }, (_, id) => gpu(id));
    const fieldIds = Array.from({ length: 60 }, (_, index) => index + 150);
    const watch = await session.watch({ entities, fieldIds, ...every });
    engine.calls();
    expect((await session.read(watch)).rows).toBe(480);
    expect(engine.calls()).toEqual(["dcgmEntitiesGetLatestValues"]);
  });

  it("trap 14: reads values without a callback, into the same buffer at each tick", async () => {
    using engine = engineDouble();
    await using session = await engine.source().open(never);
    const watch = await session.watch({ entities: [gpu(0)], fieldIds: [150], ...every });
    const first = await session.read(watch);
    const buffer = first.bytes.buffer;
    expect((await session.read(watch)).bytes.buffer).toBe(buffer);
  });
});
