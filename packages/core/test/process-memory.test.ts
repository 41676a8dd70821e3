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
