import { manualClock } from "@tracecore/core";
import { describe, expect, test } from "vitest";
import { WindowedRate } from "../src/selftelemetry.ts";

describe("WindowedRate", () => {
  test("tracecore #27: says 0 until it has seen a whole window", async () => {
    const clock = manualClock();
    const rate = new WindowedRate({ clock });
    expect(rate.observe(0, 0)).toBe(0);
    await clock.advance(59_999);
    expect(rate.observe(5, 10)).toBe(0);
    await clock.advance(1);
    expect(rate.observe(5, 10)).toBe(0.5);
  });

  test("tracecore #28: says 0.10 after a minute in which a tenth failed", async () => {
    const clock = manualClock();
    const rate = new WindowedRate({ clock });
    let shown = rate.observe(0, 0);
    for (let second = 1; second <= 60; second++) {
      await clock.advance(1_000);
      shown = rate.observe(second, second * 10);
    }
    expect(shown).toBeCloseTo(0.1, 6);
  });

  test("tracecore #29: forgets a failure once the window has passed", async () => {
    const clock = manualClock();
    const rate = new WindowedRate({ clock });
    rate.observe(0, 0);
    const shown: number[] = [];
    for (let i = 1; i <= 10; i++) {
      await clock.advance(15_000);
      shown.push(rate.observe(1, i));
    }
    expect(shown).toEqual([0, 0, 0, 0.25, 0, 0, 0, 0, 0, 0]);
  });

  test("tracecore #30: says 0 at a reset, and the right rate a window later", async () => {
    const clock = manualClock();
    const rate = new WindowedRate({ clock });
    rate.observe(500, 1_000);
    await clock.advance(60_000);
    expect(rate.observe(0, 3)).toBe(0);
    await clock.advance(30_000);
    expect(rate.observe(2, 20)).toBe(0);
    await clock.advance(30_000);
    expect(rate.observe(5, 23)).toBe(0.25);
  });

  test("tracecore #31: says 0, not NaN, when nothing was called", async () => {
    const clock = manualClock();
    const rate = new WindowedRate({ clock });
    rate.observe(1, 7);
    await clock.advance(60_000);
    expect(rate.observe(1, 7)).toBe(0);
  });

  test("tracecore #32: keeps at most 4096 samples of a minute of 1 ms scrapes, and is right all the same", () => {
    let nowMs = 0;
    const rate = new WindowedRate({ clock: { monotonicMs: () => nowMs } });
    let most = 0;
    let shown = 0;
    for (; nowMs <= 180_000; nowMs++) {
      shown = rate.observe(nowMs / 4, nowMs);
      most = Math.max(most, rate.sampleCount, rate.capacity / 2);
    }
    expect(most).toBeGreaterThan(1_000);
    expect(most).toBeLessThanOrEqual(4_096);
    expect(shown).toBeCloseTo(0.25, 3);
  });

  test("tracecore #33: lets samples older than two windows go, and their storage", async () => {
    const clock = manualClock();
    const rate = new WindowedRate({ clock });
    for (let i = 0; i < 1_000; i++) {
      await clock.advance(50);
      rate.observe(0, i);
    }
    expect(rate.sampleCount).toBe(1_000);
    expect(rate.capacity).toBeGreaterThanOrEqual(1_000);
    await clock.advance(120_001);
    rate.observe(0, 1_001);
    expect(rate.sampleCount).toBe(1);
    expect(rate.capacity).toBe(8);
  });

  test("compares over the gap when nobody asked for longer than two windows", async () => {
    const clock = manualClock();
    const rate = new WindowedRate({ clock });
    rate.observe(0, 0);
    await clock.advance(300_000);
    expect(rate.observe(1, 4)).toBe(0.25);
    await clock.advance(300_000);
    expect(rate.observe(1, 8)).toBe(0);
  });

  test("tracecore #35: takes 60 s for a window of zero", () => {
    const clock = manualClock();
    expect(new WindowedRate({ clock, windowMs: 0 }).windowMs).toBe(60_000);
    expect(new WindowedRate({ clock, windowMs: 5_000 }).windowMs).toBe(5_000);
  });

  test("tracecore #36: does not mind a wall clock that jumps back an hour", async () => {
    const clock = manualClock();
    const rate = new WindowedRate({ clock });
    rate.observe(0, 0);
    await clock.advance(30_000);
    clock.setWallClock(clock.nowMs() - 3_600_000);
    rate.observe(1, 10);
    await clock.advance(30_000);
    expect(rate.observe(2, 20)).toBe(0.1);
  });
});
