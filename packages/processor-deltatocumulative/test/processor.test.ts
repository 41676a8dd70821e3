import { ConsumeError, type Batch } from "@tracecore/core";
import { POINT_INTEGER, POINT_NO_VALUE, type Metrics } from "@tracecore/core/pdata";
import { deltaToCumulativeProcessor } from "@tracecore/processor-deltatocumulative";
import { conformance, metricsOf, recordingSink, runProcessor, wholeAndInParts } from "@tracecore/testkit";
import { batchOf, countedItems, exponentialOf, sumsOf, timesOf, type TimedPoint } from "@tracecore/testkit/metrics";
import { describe, expect, test } from "vitest";

const delta = (point: TimedPoint): Metrics => batchOf({ temporality: "delta", ...point });

/** Sends each point in a batch of its own, and gives what came out. */
async function sumsAfter(yaml: string, points: readonly TimedPoint[]): Promise<(number | bigint)[][]> {
  await using processor = await runProcessor(deltaToCumulativeProcessor, yaml);
  for (const point of points) await processor.consume(delta(point));
  return sumsOf(processor.out.batches);
}

describe("deltatocumulative processor", () => {
  conformance(deltaToCumulativeProcessor, "{}");

  test("adds deltas up from the start of the first", async () => {
    await using processor = await runProcessor(deltaToCumulativeProcessor, "{}");
    for (const [start, at, value] of [
      [0, 10, 5],
      [10, 20, 0],
      [20, 25, 3],
    ] as const) {
      await processor.consume(delta({ start, at, value, integer: true }));
    }
    expect(sumsOf(processor.out.batches)).toEqual([
      [0, 10, 5],
      [0, 20, 5],
      [0, 25, 8],
    ]);
    const { series, flags } = (processor.out.batches[2] as Metrics).numbers;
    expect(series[0]!.descriptor).toMatchObject({ kind: "sum", monotonic: true, temporality: "cumulative" });
    expect(flags[0]).toBe(POINT_INTEGER);
  });

  test("keeps series apart, and adds several points of one series in one batch", async () => {
    await using processor = await runProcessor(deltaToCumulativeProcessor, "{}");
    const [a, b] = [{ gpu: "a" }, { gpu: "b" }];
    const temporality = "delta";
    await processor.consume(
      batchOf(
        { at: 10, value: 1, attributes: a, temporality },
        { at: 10, value: 100, attributes: b, temporality },
        { start: 10, at: 20, value: 2, attributes: a, temporality },
      ),
    );
    expect(processor.out.points.map(({ attributes, value }) => [attributes["gpu"], value])).toEqual([
      ["a", 1],
      ["b", 100],
      ["a", 3],
    ]);
  });

  test("adds up sums that also fall", async () => {
    const points = [
      { at: 10, value: 5, monotonic: false },
      { start: 10, at: 20, value: -7, monotonic: false },
    ];
    expect(await sumsAfter("{}", points)).toEqual([
      [0, 10, 5],
      [0, 20, -2],
    ]);
  });

  test("is exact where a double is not, and begins anew before 64 bits overflow", async () => {
    const big = 2n ** 62n;
    const points = [
      { at: 10, value: big + 1n },
      { start: 10, at: 20, value: 2, integer: true },
      { start: 20, at: 30, value: big },
    ];
    expect(await sumsAfter("{}", points)).toEqual([
      [0, 10, big + 1n],
      [0, 20, big + 3n],
      [20, 30, big],
    ]);
  });

  describe("gaps", () => {
    test("begin a new sum", async () => {
      expect(
        await sumsAfter("{}", [
          { at: 10, value: 5 },
          { start: 15, at: 20, value: 3 },
        ]),
      ).toEqual([
        [0, 10, 5],
        [15, 20, 3],
      ]);
    });

    test("are added with join", async () => {
      expect(
        await sumsAfter("gaps: join", [
          { at: 10, value: 5 },
          { start: 15, at: 20, value: 3 },
        ]),
      ).toEqual([
        [0, 10, 5],
        [0, 20, 8],
      ]);
    });

    test("are none where a point does not say when it began", async () => {
      const points = [
        { start: -1, at: 10, value: 5 },
        { start: -1, at: 20, value: 3 },
      ];
      expect(await sumsAfter("{}", points)).toEqual([
        [-1, 10, 5],
        [-1, 20, 8],
      ]);
    });
  });

  test.each([
    ["older than the last", { at: 9, value: 6 }],
    ["sent twice", { at: 10, value: 5 }],
    ["that overlap the last", { start: 9, at: 20, value: 6 }],
  ])("drops and counts points %s", async (_, late) => {
    const counted = countedItems();
    const { meterProvider } = counted;
    await using processor = await runProcessor(deltaToCumulativeProcessor, "gaps: join", { meterProvider });
    for (const point of [{ at: 10, value: 5 }, late, { start: 10, at: 30, value: 1 }]) {
      await processor.consume(delta(point));
    }
    expect(sumsOf(processor.out.batches)).toEqual([
      [0, 10, 5],
      [0, 30, 6],
    ]);
    expect(await counted.dropped()).toEqual({ out_of_order: 1 });
    expect(processor.logs.map(({ message }) => message)).toEqual([
      "dropped 1 items: they begin before the end of the last point of their series, and would be counted twice",
    ]);
  });

  test.each([
    ["NaN", { at: 10, value: Number.NaN }],
    ["below zero where the sum only rises", { at: 10, value: -1 }],
    ["from before their start", { start: 11, at: 10, value: 1 }],
    ["histograms of less than nothing", { at: 10, histogram: { count: 1, bounds: [1], bucketCounts: [2, -1] } }],
    [
      "exponential histograms with a zero bucket that is none",
      { at: 10, exponential: exponentialOf({ zeroThreshold: -1 }) },
    ],
  ])("drops and counts points that are %s", async (_, point: TimedPoint) => {
    const counted = countedItems();
    const { meterProvider } = counted;
    await using processor = await runProcessor(deltaToCumulativeProcessor, "{}", { meterProvider });
    await processor.consume(delta(point));
    expect(processor.out.batches).toEqual([]);
    expect(await counted.dropped()).toEqual({ invalid: 1 });
    expect(processor.logs.map(({ message }) => message)).toEqual([
      "dropped 1 items: no delta can have their value or time",
    ]);
  });

  test("drops points of series beyond max_streams until others are forgotten", async () => {
    const counted = countedItems();
    const { meterProvider } = counted;
    const yaml = "{ max_streams: 1, max_stale: 60s }";
    await using processor = await runProcessor(deltaToCumulativeProcessor, yaml, { meterProvider });
    const one = (gpu: string, start: number, at: number): Metrics =>
      delta({ start, at, value: 1, attributes: { gpu } });
    await processor.consume(one("a", 0, 10));
    await processor.consume(one("b", 0, 10));
    await processor.consume(one("a", 10, 20));
    expect(processor.out.points.map(({ attributes, value }) => [attributes["gpu"], value])).toEqual([
      ["a", 1],
      ["a", 2],
    ]);
    expect(await counted.dropped()).toEqual({ cardinality: 1 });
    expect(processor.logs.map(({ message }) => message)).toEqual([
      "dropped 1 items: their series are beyond max_streams (1). Raise it, or send fewer series",
    ]);
    await processor.clock.advance(120_001);
    processor.out.clear();
    await processor.consume(one("b", 110, 120));
    expect(sumsOf(processor.out.batches)).toEqual([[110, 120, 1]]);
  });

  test.each([
    [
      300_000,
      [
        [0, 10, 5],
        [0, 20, 8],
      ],
    ],
    [
      300_001,
      [
        [0, 10, 5],
        [10, 20, 3],
      ],
    ],
  ])("after %d ms of silence has sent %j", async (silenceMs, expected) => {
    await using processor = await runProcessor(deltaToCumulativeProcessor, "max_stale: 5m");
    await processor.consume(delta({ at: 10, value: 5 }));
    await processor.clock.advance(silenceMs);
    await processor.consume(delta({ start: 10, at: 20, value: 3 }));
    expect(sumsOf(processor.out.batches)).toEqual(expected);
  });

  test("adds a batch once that the next stage has refused before", async () => {
    const out = recordingSink();
    let refusals = 0;
    const metrics = {
      consume(batch: Batch) {
        if (refusals++ < 2) return Promise.reject(new ConsumeError("no", { retryable: true }));
        return out.metrics.consume(batch as Metrics, new AbortController().signal);
      },
    };
    await using processor = await runProcessor(deltaToCumulativeProcessor, "{}", { next: { ...out, metrics } });
    const [first, second] = [delta({ at: 10, value: 5 }), delta({ start: 10, at: 20, value: 2 })];
    await expect(processor.consume(first)).rejects.toThrow("no");
    await expect(processor.consume(first)).rejects.toThrow("no");
    await processor.consume(first);
    await processor.consume(second);
    expect(sumsOf(out.batches)).toEqual([
      [0, 10, 5],
      [0, 20, 7],
    ]);
  });

  test("passes the end of a series on as one of the sum", async () => {
    await using processor = await runProcessor(deltaToCumulativeProcessor, "{}");
    await processor.consume(delta({ at: 10, value: 5 }));
    await processor.consume(delta({ start: 10, at: 20, noValue: true }));
    const { series, flags, ...times } = (processor.out.batches[1] as Metrics).numbers;
    expect([series[0]!.descriptor.temporality, flags[0], timesOf(times, 0)]).toEqual([
      "cumulative",
      POINT_NO_VALUE,
      [0, 20],
    ]);
  });

  test("adds histograms up bucket by bucket, and begins anew when their bounds change", async () => {
    await using processor = await runProcessor(deltaToCumulativeProcessor, "{}");
    const histograms = [
      { count: 3, sum: 6, min: 1, max: 3, bounds: [2], bucketCounts: [2, 1] },
      { count: 1, sum: 9, min: 9, max: 9, bounds: [2], bucketCounts: [0, 1] },
      { count: 2, sum: 2, bounds: [5], bucketCounts: [2, 0] },
    ];
    for (const [i, histogram] of histograms.entries()) {
      await processor.consume(delta({ start: 10 * i, at: 10 * i + 10, histogram }));
    }
    const out = processor.out.batches.map((batch) => (batch as Metrics).histograms);
    const rows = out.map(({ counts, sums, mins, maxs, bucketCounts, startTimes, times }) => [
      timesOf({ startTimes, times }, 0),
      [counts[0], sums[0], mins[0], maxs[0]],
      [...bucketCounts],
    ]);
    expect(rows).toEqual([
      [
        [0, 10],
        [3, 6, 1, 3],
        [2, 1],
      ],
      [
        [0, 20],
        [4, 15, 1, 9],
        [2, 2],
      ],
      [
        [20, 30],
        [2, 2, Number.NaN, Number.NaN],
        [2, 0],
      ],
    ]);
  });

  test("begins anew at the end of the last point where the next one does not say when it began", async () => {
    await using processor = await runProcessor(deltaToCumulativeProcessor, "{}");
    await processor.consume(delta({ at: 10, histogram: { count: 1, bounds: [1], bucketCounts: [1, 0] } }));
    await processor.consume(delta({ start: -1, at: 20, histogram: { count: 2, bounds: [2], bucketCounts: [1, 1] } }));
    const { counts, startTimes, times } = (processor.out.batches[1] as Metrics).histograms;
    expect([counts[0], timesOf({ startTimes, times }, 0)]).toEqual([2, [10, 20]]);
  });

  test("leaves everything else as it is", async () => {
    await using processor = await runProcessor(deltaToCumulativeProcessor, "{}");
    const batch = batchOf({ at: 1, value: 1, kind: "gauge", temporality: "unspecified" }, { at: 1, value: 3 });
    await processor.consume(batch);
    expect(processor.out.batches[0]).toBe(batch);
  });

  test.each([
    ["max_streams: 0", "config.yaml:1:14: max_streams: expected at least 1, got 0. [config-invalid-value]"],
    ["max_buckets: 3", "config.yaml:1:14: max_buckets: expected at least 4, got 3. [config-invalid-value]"],
    ["gaps: ignore", 'config.yaml:1:7: gaps: "ignore" is not one of restart, join. [config-invalid-value]'],
    [
      "max_stale: soon",
      'config.yaml:1:12: max_stale: expected a duration such as "10s", got "soon". Write a number and a unit: ms, s, m or h. [config-invalid-value]',
    ],
  ])("refuses %s", async (yaml, message) => {
    await expect(runProcessor(deltaToCumulativeProcessor, yaml)).rejects.toThrow(message);
  });
});

test("a batch that is worked on in parts counts on from one part to the next", async () => {
  const sums = { name: "m", kind: "sum", monotonic: true, temporality: "delta" } as const;
  const points = Array.from({ length: 5 }, (_, i) => ({
    ...sums,
    value: 1,
    timeUnixNano: BigInt(i + 1) * 1_000_000_000n,
  }));
  const { whole, parts } = await wholeAndInParts(deltaToCumulativeProcessor, "{}", metricsOf(points));
  expect(parts).toEqual(whole);
  expect(parts.points).toHaveLength(5);
});
