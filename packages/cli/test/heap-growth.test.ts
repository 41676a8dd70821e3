import { spawnSync } from "node:child_process";
import { manualClock } from "@tracecore/core";
import { testLogger } from "@tracecore/testkit";
import { expect, test } from "vitest";
import { growthPercent, growWhenBusy } from "../src/heap-growth.ts";

const MIB = 1024 * 1024;

test("a collector that uses a fifth of a core for ten seconds may grow its heap; a lazier one looks on", async () => {
  const clock = manualClock();
  const logger = testLogger();
  const stop = new AbortController();
  let cpuUs = 50_000_000;
  const done = growWhenBusy(clock, logger, stop.signal, () => ({ cpuUs, heapBytes: 48 * MIB }));
  cpuUs += 1_999_000;
  await clock.advance(10_000);
  expect(logger.lines).toEqual([]);
  cpuUs += 2_000_000;
  await clock.advance(10_000);
  expect(logger.lines.map(({ message }) => message)).toEqual(["busy: the heap may grow"]);
  await clock.advance(10_000);
  expect(logger.lines).toHaveLength(1);
  stop.abort();
  await clock.advance(0);
  await done;
  expect(clock.waiting).toBe(0);
});

test("a small heap may grow to five times its size, a larger one by 96 MiB, and one that V8 gives as much is left to V8", () => {
  expect([12, 24, 48, 96, 97, 500].map((mib) => growthPercent(mib * MIB))).toEqual([400, 400, 200, 100, 0, 0]);
});

test("V8 knows the flags that are set: of those that it does not know it says so on standard error", () => {
  const source = `
    import { growWhenBusy, smallHeap } from ${JSON.stringify(new URL("../src/heap-growth.ts", import.meta.url).href)};
    smallHeap();
    const stop = new AbortController();
    const clock = { sleep: () => Promise.resolve() };
    const logger = { debug: (message) => (console.log(message), stop.abort()) };
    let cpuUs = 0;
    await growWhenBusy(clock, logger, stop.signal, () => ({ cpuUs: (cpuUs += 1e9), heapBytes: 2e7 }));`;
  const args = ["--conditions=@tracecore/source", "--input-type=module", "--eval", source];
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  expect({ stdout, stderr }).toEqual({ stdout: "busy: the heap may grow\n", stderr: "" });
});
