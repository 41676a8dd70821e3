import { ConsumeError, type Batch } from "@tracecore/core";
import { POINT_INTEGER, POINT_NO_VALUE } from "@tracecore/core/pdata";
import { cumulativeToDeltaProcessor } from "@tracecore/processor-cumulativetodelta";
import { conformance, metricsOf, recordingSink, runProcessor, wholeAndInParts } from "@tracecore/testkit";
import { batchOf, countedItems, exponentialOf, sumsOf, type TimedPoint } from "@tracecore/testkit/metrics";
import { describe, expect, test } from "vitest";

/** Sends each point in a batch of its own, and gives what came out. */
async function deltasOf(yaml: string, points: readonly TimedPoint[]): Promise<(number | bigint)[][]> {
  await using processor = await runProcessor(cumulativeToDeltaProcessor, yaml);
  for (const point of points) await processor.consume(batchOf(point));
  return sumsOf(processor.out.batches);
}

describe("cumulativetodelta processor", () => {
  conformance(cumulativeToDeltaProcessor, "{}");

  test("sends what was counted between two points, over the time between them", async () => {
    await using processor = await runProcessor(cumulativeToDeltaProcessor, "initial_value: drop");
    for (const [at, value] of [
      [1, 5],
      [2, 8],
      [3, 8],
      [5, 20],
    ] as const) {
      await processor.consume(batchOf({ at, value, integer: true }));
    }
    expect(sumsOf(processor.out.batches)).toEqual([
      [1, 2, 3],
      [2, 3, 0],
      [3, 5, 12],
    ]);
    for (const batch of processor.out.batches) {
      const { series, flags } = (batch as ReturnType<typeof batchOf>).numbers;
      expect(series[0]!.descriptor).toMatchObject({ kind: "sum", monotonic: true, temporality: "delta" });
      expect(flags[0]).toBe(POINT_INTEGER);
    }
  });

  test("keeps the series of one batch apart, and several points of one series", async () => {
    await using processor = await runProcessor(cumulativeToDeltaProcessor, "initial_value: drop");
    const [a, b] = [{ gpu: "a" }, { gpu: "b" }];
    await processor.consume(batchOf({ at: 1, value: 5, attributes: a }, { at: 1, value: 100, attributes: b }));
    await processor.consume(
      batchOf(
        { at: 2, value: 6, attributes: a },
        { at: 2, value: 103, attributes: b },
        { at: 3, value: 8, attributes: a },
      ),
    );
    expect(processor.out.points.map(({ attributes, value }) => [attributes["gpu"], value])).toEqual([
      ["a", 1],
      ["b", 3],
      ["a", 2],
    ]);
  });

  test("is exact where a double is not", async () => {
    const big = 2n ** 60n;
    expect(
      await deltasOf("initial_value: drop", [
        { at: 1, value: big },
        { at: 2, value: big + 3n },
      ]),
    ).toEqual([[1, 2, 3]]);
    const most = 2n ** 63n - 1n;
    expect(
      await deltasOf("initial_value: drop", [
        { at: 1, value: 1n },
        { at: 2, value: most },
      ]),
    ).toEqual([[1, 2, most - 1n]]);
  });

  describe("first values", () => {
    test.each([
      ["auto", 0, [[0, 10, 5]], "of a series that began since the processor did are sent"],
      ["auto", -5, [], "of a series that is older than the processor are not sent"],
      ["auto", -1, [], "of a series that does not say since when it counts are not sent"],
      ["auto", 10, [], "of a series that begins with its first point are not sent"],
      ["keep", -5, [[-5, 10, 5]], "are all sent with keep"],
      ["keep", -1, [[-1, 10, 5]], "are all sent with keep, without a start time too"],
      ["drop", 0, [], "are never sent with drop"],
    ])("%s, start %d: %j: %s", async (initial, start, expected) => {
      expect(await deltasOf(`initial_value: ${initial}`, [{ at: 10, start, value: 5 }])).toEqual(expected);
    });

    test("are counted as initial and not as lost when they are not sent", async () => {
      const counted = countedItems();
      const { meterProvider } = counted;
      await using processor = await runProcessor(cumulativeToDeltaProcessor, "{}", { meterProvider });
      await processor.consume(batchOf({ at: 10, start: -5, value: 5 }));
      expect(await counted.dropped()).toEqual({ initial: 1 });
      expect(processor.logs).toEqual([]);
    });
  });

  describe("restarts", () => {
    test("a start time after the last point begins to count anew, even where the value is higher", async () => {
      expect(
        await deltasOf("{}", [
          { at: 10, value: 5 },
          { at: 20, start: 15, value: 50 },
        ]),
      ).toEqual([
        [0, 10, 5],
        [15, 20, 50],
      ]);
    });

    test("a value that fell begins to count anew after the last point", async () => {
      const points = [
        { at: 10, value: 100 },
        { at: 20, value: 7 },
        { at: 30, value: 9 },
      ];
      expect(await deltasOf("{}", points)).toEqual([
        [0, 10, 100],
        [10, 20, 7],
        [20, 30, 2],
      ]);
    });

    test("two sources that write one series give nothing but a count and a line", async () => {
      const counted = countedItems();
      const { meterProvider } = counted;
      await using processor = await runProcessor(cumulativeToDeltaProcessor, "initial_value: drop", { meterProvider });
      await processor.consume(batchOf({ at: 10, start: 1, value: 100 }));
      await processor.consume(batchOf({ at: 11, start: 5, value: 10 }));
      await processor.consume(batchOf({ at: 20, start: 1, value: 110 }));
      await processor.consume(batchOf({ at: 21, start: 5, value: 20 }));
      expect(processor.out.batches).toEqual([]);
      expect(await counted.dropped()).toEqual({ initial: 1, overlap: 3 });
      expect(processor.logs.map(({ level, message }) => [level, message])).toEqual([
        [
          "warn",
          "dropped 1 items: their start time lies before the last point of their series: do two sources write the same series?",
        ],
      ]);
      await processor.clock.advance(60_000);
      await processor.consume(batchOf({ at: 30, start: 1, value: 120 }));
      expect(processor.logs[1]?.message).toMatch(/^dropped 3 items: /);
    });

    test("a start time that trembles is no restart within start_time_tolerance", async () => {
      const points = [
        { at: 10, start: -5, value: 100 },
        { at: 20, start: -4, value: 107 },
        { at: 30, start: -5.5, value: 110 },
      ];
      expect(await deltasOf("start_time_tolerance: 2s", points)).toEqual([
        [10, 20, 7],
        [20, 30, 3],
      ]);
      expect(await deltasOf("{}", points)).toEqual([]);
    });

    test("a start time that comes and goes is judged by the value", async () => {
      const points = [
        { at: 10, start: -1, value: 100 },
        { at: 20, start: -5, value: 107 },
        { at: 30, start: -1, value: 110 },
        { at: 40, start: 35, value: 200 },
      ];
      expect(await deltasOf("{}", points)).toEqual([
        [10, 20, 7],
        [20, 30, 3],
        [35, 40, 200],
      ]);
    });
  });

  test.each([
    ["older than the last", { at: 9, value: 6 }],
    ["of the same time as the last", { at: 10, value: 6 }],
  ])("drops and counts points that are %s", async (_, late) => {
    const counted = countedItems();
    const { meterProvider } = counted;
    await using processor = await runProcessor(cumulativeToDeltaProcessor, "{}", { meterProvider });
    for (const point of [{ at: 10, value: 5 }, late, { at: 20, value: 8 }]) await processor.consume(batchOf(point));
    expect(sumsOf(processor.out.batches)).toEqual([
      [0, 10, 5],
      [10, 20, 3],
    ]);
    expect(await counted.dropped()).toEqual({ out_of_order: 1 });
    expect(processor.logs.map(({ message }) => message)).toEqual([
      "dropped 1 items: they are not newer than the last point of their series",
    ]);
  });

  test.each([
    ["NaN", { at: 10, value: Number.NaN }],
    ["infinite", { at: 10, value: Number.POSITIVE_INFINITY }],
    ["negative", { at: 10, value: -1 }],
    ["from before their start", { at: 10, start: 11, value: 1 }],
    ["negative histograms", { at: 10, histogram: { count: -1, bounds: [], bucketCounts: [] } }],
    ["histograms with half a count", { at: 10, histogram: { count: 1, bounds: [1], bucketCounts: [0.5, 0.5] } }],
    ["exponential histograms of a scale that is none", { at: 10, exponential: exponentialOf({ scale: 21 }) }],
    [
      "exponential histograms with buckets beyond all numbers",
      { at: 10, exponential: exponentialOf({ positive: { offset: 2 ** 30, counts: [1] } }) },
    ],
  ])("drops and counts points that are %s", async (_, point: TimedPoint) => {
    const counted = countedItems();
    const { meterProvider } = counted;
    await using processor = await runProcessor(cumulativeToDeltaProcessor, "{}", { meterProvider });
    await processor.consume(batchOf(point));
    expect(processor.out.batches).toEqual([]);
    expect(await counted.dropped()).toEqual({ invalid: 1 });
    expect(processor.logs).toHaveLength(1);
  });

  test("drops points of series beyond max_series, and takes them in again when there is room", async () => {
    const counted = countedItems();
    const { meterProvider } = counted;
    const yaml = "{ max_series: 2, max_staleness: 60s }";
    await using processor = await runProcessor(cumulativeToDeltaProcessor, yaml, { meterProvider });
    const one = (gpu: string, at: number, value: number): TimedPoint => ({ at, value, attributes: { gpu } });
    await processor.consume(batchOf(one("a", 1, 1), one("b", 1, 1), one("c", 1, 1)));
    expect(processor.out.points.map(({ attributes }) => attributes["gpu"])).toEqual(["a", "b"]);
    expect(await counted.dropped()).toEqual({ cardinality: 1 });
    expect(processor.logs.map(({ message }) => message)).toEqual([
      "dropped 1 items: their series are beyond max_series (2). Raise it, or send fewer series",
    ]);
    await processor.clock.advance(120_001);
    processor.out.clear();
    // What was forgotten has counted up to second 1, so nothing that began before is sent whole.
    await processor.consume(batchOf(one("c", 130, 10)));
    await processor.consume(batchOf(one("c", 140, 12)));
    expect(sumsOf(processor.out.batches)).toEqual([[130, 140, 2]]);
  });

  test.each(["auto", "keep"])(
    "with %s does not send again what a forgotten series has counted before",
    async (initial) => {
      await using processor = await runProcessor(
        cumulativeToDeltaProcessor,
        `{ max_staleness: 5m, initial_value: ${initial} }`,
      );
      await processor.consume(batchOf({ at: 10, value: 5 }));
      await processor.clock.advance(300_001);
      await processor.consume(batchOf({ at: 400, value: 9 }));
      await processor.consume(batchOf({ at: 410, value: 10 }));
      expect(sumsOf(processor.out.batches)).toEqual([
        [0, 10, 5],
        [400, 410, 1],
      ]);
    },
  );

  test("counts on over a silence shorter than max_staleness", async () => {
    await using processor = await runProcessor(cumulativeToDeltaProcessor, "max_staleness: 5m");
    await processor.consume(batchOf({ at: 10, value: 5 }));
    await processor.clock.advance(300_000);
    await processor.consume(batchOf({ at: 310, value: 9 }));
    expect(sumsOf(processor.out.batches)).toEqual([
      [0, 10, 5],
      [10, 310, 4],
    ]);
  });

  test("makes the same delta again when the next stage has refused the batch", async () => {
    const counted = countedItems();
    const out = recordingSink();
    let refuses = true;
    const metrics = {
      consume: (batch: Batch) =>
        refuses
          ? Promise.reject(new ConsumeError("no", { retryable: true }))
          : out.metrics.consume(batch as never, AbortSignal.any([])),
    };
    const { meterProvider } = counted;
    const next = { ...out, metrics };
    await using processor = await runProcessor(cumulativeToDeltaProcessor, "{}", { next, meterProvider });
    const batch = batchOf({ at: 10, value: 5 }, { at: 10, value: 1, start: -5, attributes: { gpu: "old" } });
    await expect(processor.consume(batch)).rejects.toThrow("no");
    expect(await counted.dropped()).toEqual({});
    refuses = false;
    await processor.consume(batch);
    expect(sumsOf(out.batches)).toEqual([[0, 10, 5]]);
    expect(await counted.dropped()).toEqual({ initial: 1 });
  });

  test("takes batches that come at once one after the other", async () => {
    await using processor = await runProcessor(cumulativeToDeltaProcessor, "{}");
    await Promise.all([1, 2, 3].map((at) => processor.consume(batchOf({ at, value: at * at }))));
    expect(sumsOf(processor.out.batches)).toEqual([
      [0, 1, 1],
      [1, 2, 3],
      [2, 3, 5],
    ]);
  });

  test("passes the end of a series on, and counts on when it comes back", async () => {
    await using processor = await runProcessor(cumulativeToDeltaProcessor, "{}");
    await processor.consume(batchOf({ at: 10, value: 5 }));
    await processor.consume(batchOf({ at: 20, noValue: true }));
    const ended = (processor.out.batches[1] as ReturnType<typeof batchOf>).numbers;
    expect([ended.series[0]!.descriptor.temporality, ended.flags[0]]).toEqual(["delta", POINT_NO_VALUE]);
    await processor.consume(batchOf({ at: 30, value: 7 }));
    expect(sumsOf(processor.out.batches).at(-1)).toEqual([10, 30, 2]);
  });

  test("leaves gauges, deltas and sums that also fall as they are", async () => {
    await using processor = await runProcessor(cumulativeToDeltaProcessor, "{}");
    const batch = batchOf(
      { at: 1, value: 1, kind: "gauge", monotonic: false, temporality: "unspecified" },
      { at: 1, value: 2, temporality: "delta" },
      { at: 1, value: 3, monotonic: false },
    );
    await processor.consume(batch);
    expect(processor.out.batches[0]).toBe(batch);
  });

  test.each([
    ["include: { match_type: strict, metrics: [a] }", ["a"]],
    ["include: { match_type: regexp, metrics: ['^[ab]$'] }", ["a", "b"]],
    ["exclude: { match_type: strict, metrics: [a] }", ["b", "h"]],
    ["{ include: { match_type: regexp, metrics: [.] }, exclude: { match_type: strict, metrics: [a] } }", ["b", "h"]],
    ["include: { metric_types: [Histogram] }", ["h"]],
    ["include: { match_type: regexp, regexp: { cacheenabled: true }, metrics: [h] }", ["h"]],
    ["exclude: { metric_types: [sum, exponentialhistogram] }", ["h"]],
    ["include: { match_type: strict, metrics: [a, h], metric_types: [sum] }", ["a"]],
  ])("with %s converts %j", async (yaml, expected) => {
    await using processor = await runProcessor(cumulativeToDeltaProcessor, yaml);
    const histogram = { count: 1, bounds: [], bucketCounts: [] };
    await processor.consume(batchOf({ at: 1, name: "a" }, { at: 1, name: "b" }, { at: 1, name: "h", histogram }));
    const { numbers, histograms } = processor.out.batches[0] as ReturnType<typeof batchOf>;
    const deltas = [...numbers.series, ...histograms.series].filter(
      ({ descriptor }) => descriptor.temporality === "delta",
    );
    expect(deltas.map(({ name }) => name)).toEqual(expected);
  });

  test.each([
    [
      "include: {}",
      'config.yaml:1:10: include: nothing to match is given. Set "metrics" or "metric_types". [config-invalid-value]',
    ],
    [
      "include: { metrics: [a] }",
      'config.yaml:1:21: include.metrics: say in "match_type" how names match: strict or regexp. [config-invalid-value]',
    ],
    [
      "include: { match_type: regexp, metrics: ['('] }",
      'config.yaml:1:43: include.metrics[0]: expected a regular expression: a "(" is not closed in "(". Write \\( for the character. [config-invalid-value]',
    ],
    [
      "include: { metric_types: [gauge] }",
      'config.yaml:1:27: include.metric_types[0]: "gauge" is not one of sum, histogram, exponential_histogram, exponentialhistogram. [config-invalid-value]',
    ],
    ["max_series: 0", "config.yaml:1:13: max_series: expected at least 1, got 0. [config-invalid-value]"],
    [
      "max_staleness: 10",
      'config.yaml:1:16: max_staleness: expected a duration such as "10s", got 10. Add a unit: ms, s, m or h. [config-invalid-value]',
    ],
  ])("refuses %s", async (yaml, message) => {
    await expect(runProcessor(cumulativeToDeltaProcessor, yaml)).rejects.toThrow(message);
  });
});

test("a batch that is worked on in parts counts on from one part to the next", async () => {
  const sums = { name: "m", kind: "sum", monotonic: true, temporality: "cumulative" } as const;
  const points = Array.from({ length: 10 }, (_, i) => ({
    ...sums,
    value: i * i,
    timeUnixNano: BigInt(i + 1) * 1_000_000_000n,
  }));
  const { whole, parts } = await wholeAndInParts(cumulativeToDeltaProcessor, "{}", metricsOf(points));
  expect(whole.points.map(({ value }) => value)).toEqual([1, 3, 5, 7, 9, 11, 13, 15, 17]);
  expect(parts).toEqual(whole);
});
