import { manualClock } from "@tracecore/core";
import { testLogger } from "@tracecore/testkit";
import { expect, test } from "vitest";
import { growWhenBusy } from "../src/young-generation.ts";

test("a collector that uses a fifth of a core for ten seconds may grow its young generation, once; a lazier one looks on", async () => {
  const clock = manualClock();
  const logger = testLogger();
  let usedUs = 50_000_000;
  const done = growWhenBusy(clock, logger, new AbortController().signal, () => usedUs);
  usedUs += 1_999_000;
  await clock.advance(10_000);
  expect(logger.lines).toEqual([]);
  usedUs += 2_000_000;
  await clock.advance(10_000);
  await done;
  expect(logger.lines.map(({ message }) => message)).toEqual(["busy: the young generation may grow"]);
  expect(clock.waiting).toBe(0);
});

test("nobody looks on once the collector stops", async () => {
  const clock = manualClock();
  const stop = new AbortController();
  const done = growWhenBusy(clock, testLogger(), stop.signal, () => 0);
  stop.abort();
  await clock.advance(0);
  await done;
  expect(clock.waiting).toBe(0);
});
