import { spawnSync } from "node:child_process";
import { setImmediate } from "node:timers/promises";
import { getHeapStatistics } from "node:v8";
import { garbageCollector, manualClock } from "@tracecore/core";
import { testLogger } from "@tracecore/testkit";
import { expect, test } from "vitest";
import { collectBuffers, growthPercent, sizeHeap, type Usage } from "../src/heap-growth.ts";

const MIB = 1024 * 1024;

test("a collector that uses half of a core for three seconds may grow its heap until it no longer does; a lazier one looks on", async () => {
  const clock = manualClock();
  const logger = testLogger();
  const stop = new AbortController();
  let cpuUs = 50_000_000;
  const done = sizeHeap(clock, logger, stop.signal, () => ({
    cpuUs,
    heapBytes: 48 * MIB,
    bufferBytes: 0,
    leftBytes: 192 * MIB,
  }));
  cpuUs += 1_499_000;
  await clock.advance(3_000);
  expect(logger.lines).toEqual([]);
  cpuUs += 1_500_000;
  await clock.advance(3_000);
  expect(logger.lines.map(({ message }) => message)).toEqual(["busy: the heap may grow"]);
  for (let i = 0; i < 3; i++) await clock.advance(3_000);
  expect(logger.lines.map(({ message }) => message)).toEqual([
    "busy: the heap may grow",
    "no longer busy: the heap grows no more",
  ]);
  stop.abort();
  await clock.advance(0);
  await done;
  expect(clock.waiting).toBe(0);
});

test("the heap of a busy collector stays small while less than 192 MiB are left to the process", async () => {
  const clock = manualClock();
  const logger = testLogger();
  const stop = new AbortController();
  let cpuUs = 0;
  let leftBytes = 192 * MIB - 1;
  const usage = (): Usage => ({ cpuUs: (cpuUs += 2_000_000), heapBytes: 48 * MIB, bufferBytes: 0, leftBytes });
  const done = sizeHeap(clock, logger, stop.signal, usage);
  for (const left of [leftBytes, leftBytes, 192 * MIB, 192 * MIB, 0, 0]) {
    leftBytes = left;
    await clock.advance(3_000);
  }
  stop.abort();
  await clock.advance(0);
  await done;
  expect(logger.lines.map(({ message, fields }) => [message, fields])).toEqual([
    ["busy: the heap stays small, since little memory is left", { bytes: 192 * MIB - 1 }],
    ["busy: the heap may grow", { percent: 200 }],
    ["busy: the heap stays small, since little memory is left", { bytes: 0 }],
  ]);
});

test("a quiet collector collects in steps what has come since it had least memory: 32 MiB, or half of a large heap", async () => {
  const clock = manualClock();
  const stop = new AbortController();
  let now: Usage = { cpuUs: 0, heapBytes: 20 * MIB, bufferBytes: 5 * MIB, leftBytes: 1024 * MIB };
  const collected: number[] = [];
  const inSteps = (): void => void collected.push((now.heapBytes + now.bufferBytes) / MIB);
  const collector = { young: () => {}, inSteps, everything: () => {} };
  const done = sizeHeap(
    clock,
    testLogger(),
    stop.signal,
    () => now,
    () => collector,
  );
  const window = async (change: Partial<Usage>): Promise<void> => {
    now = { ...now, ...change };
    await clock.advance(3_000);
  };
  await window({ heapBytes: 52 * MIB - 1 });
  expect(collected).toEqual([]);
  await window({ heapBytes: 52 * MIB });
  expect(collected).toEqual([57]);
  // What is alive stays, and calls for nothing again.
  for (let i = 0; i < 3; i++) await window({});
  expect(collected).toEqual([57]);
  await window({ heapBytes: 10 * MIB });
  await window({ bufferBytes: 37 * MIB });
  expect(collected).toEqual([57, 47]);
  // Half of 100 MiB are 50.
  await window({ heapBytes: 100 * MIB, bufferBytes: 0 });
  await window({ heapBytes: 149 * MIB });
  expect(collected).toEqual([57, 47, 100]);
  await window({ heapBytes: 200 * MIB });
  expect(collected).toEqual([57, 47, 100, 200]);
  // A busy one is V8's.
  await window({ heapBytes: 900 * MIB, cpuUs: 3_000_000 });
  expect(collected).toHaveLength(4);
  await window({});
  expect(collected).toHaveLength(5);
  stop.abort();
  await clock.advance(0);
  await done;
});

test("a small heap may grow to five times its size, a larger one by 96 MiB, and one that V8 gives as much is left to V8", () => {
  expect([12, 24, 48, 96, 97, 500].map((mib) => growthPercent(mib * MIB))).toEqual([400, 400, 200, 100, 0, 0]);
});

test("buffers are collected whenever 24 MiB more have come, counted from the least that there were, beside a small heap", async () => {
  const clock = manualClock();
  const stop = new AbortController();
  let bytes = 100 * MIB;
  let heapBytes = 40 * MIB;
  const collected: number[] = [];
  const collect = (): void => {
    collected.push(bytes / MIB);
    bytes -= 20 * MIB;
  };
  const done = collectBuffers(clock, stop.signal, collect, () => ({ bufferBytes: bytes, heapBytes }));
  for (const mib of [123, 124, 103, 104, 127, 128]) {
    bytes = mib * MIB;
    await clock.advance(20);
  }
  // 124 is 24 more than 100; then 104 are there, but 103 a little later.
  expect(collected).toEqual([124, 127]);
  // It would end at once what V8 does beside the program.
  heapBytes = 96 * MIB;
  bytes = 500 * MIB;
  await clock.advance(20);
  expect(collected).toHaveLength(2);
  heapBytes--;
  await clock.advance(20);
  expect(collected).toHaveLength(3);
  stop.abort();
  await clock.advance(0);
  await done;
  expect(clock.waiting).toBe(0);
});

test("a collection of the young generation frees buffers that nobody has any more", async () => {
  const { young } = garbageCollector()!;
  young();
  const bytes = (): number => getHeapStatistics().external_memory;
  const before = bytes();
  for (let i = 0; i < 64; i++) Buffer.alloc(256 * 1024);
  const full = bytes();
  young();
  expect(full - before).toBeGreaterThanOrEqual(8 * MIB);
  // What is freed is told by a thread of V8's own.
  while (bytes() - before > 4 * MIB) await setImmediate();
});

test("V8 knows the flags that are set: of those that it does not know it says so on standard error", () => {
  const source = `
    import { sizeHeap, smallHeap } from ${JSON.stringify(new URL("../src/heap-growth.ts", import.meta.url).href)};
    smallHeap();
    const stop = new AbortController();
    const clock = { sleep: () => Promise.resolve() };
    const logger = { debug: (message) => (console.log(message), stop.abort()) };
    let cpuUs = 0;
    await sizeHeap(clock, logger, stop.signal, () => ({ cpuUs: (cpuUs += 1e9), heapBytes: 2e7, bufferBytes: 0, leftBytes: 1e9 }));`;
  const args = ["--conditions=@tracecore/source", "--input-type=module", "--eval", source];
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  expect({ stdout, stderr }).toEqual({ stdout: "busy: the heap may grow\n", stderr: "" });
});
