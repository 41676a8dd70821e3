import { manualClock } from "@tracecore/core";
import { createNoopMeter } from "@opentelemetry/api";
import type { FailureRateReader } from "@tracecore/core/selftelemetry";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import { RestartRate } from "../src/restart-rate.ts";
import { AggregateSloSource, registerSloMetrics, zeroSloSource } from "../src/selftelemetry.ts";

interface Counts {
  readonly componentId?: string;
  successes: number;
  failures: number;
}

function reader(counts: Counts): FailureRateReader {
  const { componentId } = counts;
  return {
    successCount: () => counts.successes,
    failureCount: () => counts.failures,
    ...(componentId !== undefined && { componentId }),
  };
}

function each(source: AggregateSloSource): Record<string, number> {
  const rates: Record<string, number> = {};
  source.eachFailureRate((id, rate) => {
    rates[id] = rate;
  });
  return rates;
}

describe("AggregateSloSource", () => {
  test("tracecore #34: counts an exporter that two pipelines share once", async () => {
    const clock = manualClock();
    const source = new AggregateSloSource(clock);
    const shared = { successes: 0, failures: 0 };
    const other = { successes: 0, failures: 0 };
    const one = reader(shared);
    source.setReaders([one, one, reader(other)]);
    source.failureRate();
    shared.failures = 10;
    other.successes = 10;
    await clock.advance(60_000);
    expect(source.failureRate()).toBe(0.5);
  });

  test("gives the rate of each exporter beside that of all", async () => {
    const clock = manualClock();
    const source = new AggregateSloSource(clock);
    const bad = { componentId: "file", successes: 0, failures: 0 };
    const good = { componentId: "stdout", successes: 0, failures: 0 };
    source.setReaders([reader(bad), reader(good)]);
    source.failureRate();
    expect(each(source)).toEqual({ file: 0, stdout: 0 });
    bad.failures = 5;
    bad.successes = 5;
    good.successes = 10;
    await clock.advance(60_000);
    expect(source.failureRate()).toBe(0.25);
    expect(each(source)).toEqual({ file: 0.5, stdout: 0 });
  });

  test("does not take a restarted exporter, or one that has gone, for a reset", async () => {
    const clock = manualClock();
    const source = new AggregateSloSource(clock);
    const first = { componentId: "file", successes: 80, failures: 0 };
    const gone = { componentId: "kafka", successes: 80, failures: 0 };
    source.setReaders([reader(first), reader(gone)]);
    source.failureRate();
    each(source);
    const second = { componentId: "file", successes: 0, failures: 0 };
    source.setReaders([reader(second)]);
    second.failures = 10;
    second.successes = 10;
    await clock.advance(60_000);
    expect(source.failureRate()).toBe(0.5);
    expect(each(source)).toEqual({ file: 0.5 });
  });

  test("tracecore #94: with a hundred exporters the callback takes microseconds, 5 at most", () => {
    let nowMs = 0;
    const source = new AggregateSloSource({ monotonicMs: () => nowMs });
    const counts = Array.from({ length: 100 }, (_, i) => ({ componentId: `exporter/${i}`, successes: 0, failures: 0 }));
    source.setReaders(counts.map(reader));
    const scrapes = 1_000;
    // The quickest of many rounds: what the callback costs, and not what else the machine has to do.
    let quickestMicros = Number.POSITIVE_INFINITY;
    for (let round = 0; round < 50; round++) {
      const before = performance.now();
      for (let i = 0; i < scrapes; i++) {
        nowMs += 15_000;
        counts[i % 100]!.failures++;
        source.failureRate();
      }
      quickestMicros = Math.min(quickestMicros, ((performance.now() - before) / scrapes) * 1_000);
    }
    expect(quickestMicros).toBeLessThanOrEqual(5);
  });

  test("tracecore #94: a hundred exporters asked at every scrape keep no memory", () => {
    setFlagsFromString("--expose-gc");
    const gc = runInNewContext("gc") as () => void;
    let nowMs = 0;
    const source = new AggregateSloSource({ monotonicMs: () => nowMs });
    const counts = Array.from({ length: 100 }, (_, i) => ({ componentId: `exporter/${i}`, successes: 0, failures: 0 }));
    source.setReaders(counts.map(reader));
    const scrape = (times: number): void => {
      for (let i = 0; i < times; i++) {
        nowMs += 15_000;
        for (const count of counts) count.successes++;
        source.failureRate();
        source.eachFailureRate(() => {});
      }
    };
    scrape(1_000);
    gc();
    const before = process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers;
    scrape(5_000);
    gc();
    const after = process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers;
    // A single number kept for each exporter and scrape would be 4 MB.
    expect(after - before).toBeLessThan(500_000);
  });
});

describe("the other sources", () => {
  test("a restart counts for an hour, whatever the wall clock does", async () => {
    const clock = manualClock();
    const restarts = new RestartRate(clock);
    restarts.record();
    await clock.advance(3_000_000);
    clock.setWallClock(0);
    restarts.record();
    restarts.record();
    expect(restarts.perHour()).toBe(3);
    await clock.advance(600_000);
    expect(restarts.perHour()).toBe(2);
    await clock.advance(3_000_000);
    expect(restarts.perHour()).toBe(0);
  });

  test("a component that restarts without end does not fill memory", () => {
    const restarts = new RestartRate({ monotonicMs: () => 0 });
    for (let i = 0; i < 20_000; i++) restarts.record();
    expect(restarts.perHour()).toBe(10_000);
  });

  test("without any signal everything is 0", () => {
    expect([zeroSloSource.failureRate(), zeroSloSource.queueDepthRatio(), zeroSloSource.restartsPerHour()]).toEqual([
      0, 0, 0,
    ]);
  });

  test("tracecore #37: registering without a provider or a source names the argument", () => {
    const meterProvider = { getMeter: () => createNoopMeter() };
    expect(() => registerSloMetrics(null, zeroSloSource)).toThrow("registerSloMetrics: meterProvider is missing");
    expect(() => registerSloMetrics(meterProvider, undefined)).toThrow("registerSloMetrics: source is missing");
  });
});
