import { systemClock } from "@tracecore/core";
import { readFileSync } from "node:fs";
import { describe, expect, it, vi } from "vitest";
import { ChildSource } from "../../src/child/child-source.ts";
import { entityGroups } from "../../src/engine/entity.ts";
import { missingCompiler } from "../../double/compile.ts";
import { engineDouble, twoGpus } from "../double/engine-double.ts";

const reason = missingCompiler();
const gpu = (id: number): { group: number; id: number } => ({ group: entityGroups.gpu, id });
const never = new AbortController().signal;
const plan = { entities: [gpu(0), gpu(1), gpu(5)], fieldIds: [54, 150, 155, 1500], intervalMs: 1000, keepAgeMs: 3000 };

/** Processes that this one started and that are there yet. */
function childrenOfThis(): number[] {
  const text = readFileSync(`/proc/self/task/${process.pid}/children`, "utf8").trim();
  return text === "" ? [] : text.split(" ").map(Number);
}

describe.skipIf(reason !== undefined)("an engine in a process of its own", () => {
  it("gives the same as one in this process: entities, samples of each type, refusals, events", async () => {
    using engine = engineDouble({ embedded: true });
    engine.add("unknown 1500", "value 1 1 150 not_supported", "event 1 0 150 77 12");
    await using session = await new ChildSource(engine.options(), systemClock).open(never);
    expect(session.versions.library).toBe("4.6.0");
    expect((await session.entities()).map(({ uuid }) => uuid?.slice(0, 12))).toEqual(["GPU-00000000", "GPU-11111111"]);
    const watch = await session.watch(plan);
    expect(watch.unknownFieldIds).toEqual([1500]);
    expect(watch.refused.map(({ id, error }) => `${id}: ${error.message}`)).toEqual([
      "5: dcgmGroupAddEntity failed: BADPARAM (-1)",
    ]);
    const table = await session.read(watch);
    const rows = Array.from({ length: table.rows }, (_, row) => {
      const value = table.fieldId(row) === 54 ? table.text(row) : table.number(row);
      return [table.entityId(row), table.fieldId(row), table.condition(row) === "ok" ? value : table.condition(row)];
    });
    expect(rows.sort((one, other) => (String(one) < String(other) ? -1 : 1))).toEqual([
      [0, 150, 150_000],
      [0, 155, 155],
      [0, 54, "text 54 of 0"],
      [1, 150, "not_supported"],
      [1, 155, 155.125],
      [1, 54, "text 54 of 1"],
    ]);
    expect((await session.valuesSince(watch, 0)).samples).toEqual([
      { group: 1, id: 0, fieldId: 150, timestampUs: 77, value: 12n },
    ]);
    await session.updateAllFields?.();
    await session.unwatch(watch);
  });

  it("says how the process ended when the library crashes, and starts a new one next time", async () => {
    using engine = engineDouble({ embedded: true });
    const source = new ChildSource(engine.options(), systemClock);
    const session = await source.open(never);
    engine.add("crash dcgmModuleGetStatuses");
    await expect(session.modules()).rejects.toThrow("the engine process ended with status 139");
    expect((await session.closed)?.code).toBe("dcgm-child-ended");
    await session.release();
    engine.script(...twoGpus);
    await using next = await source.open(never);
    expect(await next.entities()).toHaveLength(2);
  });

  it("abandons a process whose call hangs, and has a new one at once", async () => {
    using engine = engineDouble({ embedded: true });
    const source = new ChildSource(engine.options({ callTimeoutMs: 100 }), systemClock);
    const session = await source.open(never);
    engine.add("hang dcgmModuleGetStatuses 60000");
    await expect(session.modules()).rejects.toThrow("dcgmModuleGetStatuses did not come back within 0.1 s");
    expect((await session.closed)?.code).toBe("dcgm-timeout");
    await using next = await source.open(never);
    expect(await next.entities()).toHaveLength(2);
  });

  it("abandons a process that is stopped long before its calls would be late, and has a new one at once", async () => {
    using engine = engineDouble({ embedded: true });
    // With an hour for each call, only the process itself can be what is found to be stuck.
    const source = new ChildSource(engine.options({ callTimeoutMs: 3_600_000 }), systemClock);
    const before = childrenOfThis();
    const session = await source.open(never);
    const pid = childrenOfThis().find((one) => !before.includes(one));
    process.kill(pid!, "SIGSTOP");
    await expect(session.entities()).rejects.toThrow("the engine process did nothing for 2 s");
    expect((await session.closed)?.code).toBe("dcgm-timeout");
    await using next = await source.open(never);
    expect(await next.entities()).toHaveLength(2);
    await vi.waitFor(() => expect(childrenOfThis()).not.toContain(pid), { timeout: 10_000 });
  }, 60_000);

  it("has patience with a process that runs while its call takes long", async () => {
    using engine = engineDouble({ embedded: true });
    await using session = await new ChildSource(engine.options({ callTimeoutMs: 60_000 }), systemClock).open(never);
    engine.add("hang dcgmModuleGetStatuses 5000");
    expect(await session.modules()).toHaveLength(10);
  }, 60_000);

  it("passes on why no engine starts, and leaves no process behind", async () => {
    using engine = engineDouble({ embedded: true });
    engine.script("engine down 1");
    await expect(new ChildSource(engine.options(), systemClock).open(never)).rejects.toMatchObject({
      code: "dcgm-connect-failed",
      message: "an engine of our own does not start: INIT_ERROR",
      remedy: "Check that the NVIDIA driver is loaded and that this user may use /dev/nvidia*",
    });
  });

  it("tells each place where the library was looked for", async () => {
    using engine = engineDouble({ embedded: true });
    const source = new ChildSource(engine.options({ library: { path: `${engine.folder}/nowhere.so` } }), systemClock);
    await expect(source.open(never)).rejects.toMatchObject({
      code: "dcgm-library-not-found",
      candidates: [{ file: `${engine.folder}/nowhere.so`, problem: "no such file" }],
    });
  });
});
