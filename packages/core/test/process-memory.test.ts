import { spawnSync } from "node:child_process";
import { availableMemory, limitMemory, memoryLimit } from "@tracecore/core";
import { expect, test } from "vitest";

test("the lowest limit holds, for as long as it is there", () => {
  expect(memoryLimit()).toBe(availableMemory());
  using _high = limitMemory(2000);
  {
    using _low = limitMemory(1000);
    expect(memoryLimit()).toBe(1000);
  }
  expect(memoryLimit()).toBe(2000);
});

test.each([
  ["without flags", [], "undefined"],
  ["of a process that has the function itself", ["--expose-gc"], "function"],
])("garbage is collected %s, and the flag is as it was", (_, flags, own) => {
  const source = `
    import { garbageCollector } from ${JSON.stringify(new URL("../src/process-memory.ts", import.meta.url).href)};
    const forgotten = [new WeakRef({}), new WeakRef({})];
    await new Promise(setImmediate);
    const { young, everything } = garbageCollector();
    young();
    everything();
    console.log(forgotten.map((one) => one.deref()).join(), typeof globalThis.gc);`;
  const args = [...flags, "--conditions=@tracecore/source", "--input-type=module", "--eval", source];
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  expect({ stdout, stderr }).toEqual({ stdout: `, ${own}\n`, stderr: "" });
});

test("what has grown old is collected in steps, and the flag that begins it is not left behind", () => {
  const source = `
    import { garbageCollector } from ${JSON.stringify(new URL("../src/process-memory.ts", import.meta.url).href)};
    import { setTimeout } from "node:timers/promises";
    const { young, inSteps } = garbageCollector();
    const heap = () => process.memoryUsage().heapUsed;
    const least = heap();
    let kept = Array.from({ length: 200_000 }, (_, i) => ({ i, of: [i] }));
    young();
    young();
    kept = undefined;
    young();
    const full = heap() - least;
    inSteps();
    // The steps are tasks of V8's own.
    for (let i = 0; i < 1_000 && heap() - least > full / 2; i++) await setTimeout(10);
    console.log("kept no more:", full > 8e6, heap() - least <= full / 2);
    for (let i = 0; i < 5; i++) { young(); await setTimeout(1); }`;
  const args = ["--trace-gc", "--conditions=@tracecore/source", "--input-type=module", "--eval", source];
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  const [until, after] = stdout.split("kept no more: true true\n");
  expect([until!.match(/Incremental Mark-Compact/g)?.length, stderr]).toEqual([1, ""]);
  expect(after).toMatch(/Scavenge/);
  expect(after).not.toMatch(/Mark-Compact/);
});
