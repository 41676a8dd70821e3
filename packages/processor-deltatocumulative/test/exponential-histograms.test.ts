import type { Metrics } from "@tracecore/core/pdata";
import { deltaToCumulativeProcessor } from "@tracecore/processor-deltatocumulative";
import { runProcessor } from "@tracecore/testkit";
import { batchOf, exponentialOf, timesOf, type TimedPoint } from "@tracecore/testkit/metrics";
import { describe, expect, test } from "vitest";

const delta = (point: TimedPoint): Metrics => batchOf({ temporality: "delta", ...point });

describe("deltatocumulative processor", () => {
  describe("exponential histograms", () => {
    const joined = async (yaml: string, ...points: ReturnType<typeof exponentialOf>[]) => {
      await using processor = await runProcessor(deltaToCumulativeProcessor, yaml);
      for (const [i, exponential] of points.entries()) {
        await processor.consume(delta({ start: 10 * i, at: 10 * i + 10, exponential }));
      }
      const { counts, scales, zeroCounts, zeroThresholds, positive, negative, startTimes, times } = (
        processor.out.batches.at(-1) as Metrics
      ).exponentialHistograms;
      return {
        times: timesOf({ startTimes, times }, 0),
        point: [counts[0], scales[0], zeroCounts[0], zeroThresholds[0]],
        positive: positive[0],
        negative: negative[0],
      };
    };
    const none = { offset: 0, counts: [] };

    test("of one scale are added bucket by bucket", async () => {
      const first = exponentialOf({ count: 4, zeroCount: 1, positive: { offset: 1, counts: [2, 1] } });
      const second = exponentialOf({
        count: 3,
        positive: { offset: 2, counts: [0, 1, 1] },
        negative: { offset: -5, counts: [1] },
      });
      expect(await joined("{}", first, second)).toEqual({
        times: [0, 20],
        point: [7, 0, 1, 0],
        positive: { offset: 1, counts: [2, 1, 1, 1] },
        negative: { offset: -5, counts: [1] },
      });
    });

    test("of two scales are added at the coarser one", async () => {
      const first = exponentialOf({ count: 3, scale: 2, positive: { offset: -3, counts: [1, 1, 1] } });
      const second = exponentialOf({ count: 1, scale: 0, positive: { offset: 0, counts: [1] } });
      expect(await joined("{}", first, second)).toEqual({
        times: [0, 20],
        point: [4, 0, 0, 0],
        positive: { offset: -1, counts: [3, 1] },
        negative: none,
      });
    });

    test.each([
      [4, 0, { offset: 0, counts: [1, 0, 0, 1] }],
      [3, 0, { offset: 0, counts: [1, 0, 1] }],
    ])("stay within max_buckets (an end at %d)", async (end, scale, positive) => {
      const first = exponentialOf({ positive: { offset: 0, counts: [1] } });
      const second = exponentialOf({ positive: { offset: end - 1, counts: [1] } });
      expect(await joined("max_buckets: 4", first, second)).toMatchObject({ point: [2, scale, 0, 0], positive });
    });

    test("that come with more than max_buckets get coarser at once", async () => {
      const only = exponentialOf({ count: 5, positive: { offset: 1, counts: [1, 1, 1, 1, 1] } });
      expect(await joined("max_buckets: 4", only)).toMatchObject({
        point: [5, -1, 0, 0],
        positive: { offset: 0, counts: [1, 2, 2] },
      });
    });

    test("get coarser beyond max_buckets", async () => {
      const first = exponentialOf({ positive: { offset: 0, counts: [1] } });
      const second = exponentialOf({ positive: { offset: 4, counts: [1] } });
      expect(await joined("max_buckets: 4", first, second)).toMatchObject({
        point: [2, -1, 0, 0],
        positive: { offset: 0, counts: [1, 0, 1] },
      });
    });

    test("from one end of all numbers to the other are added, at a scale that holds both", async () => {
      const first = exponentialOf({ scale: 20, positive: { offset: -1022 * 2 ** 20, counts: [1] } });
      const second = exponentialOf({ scale: 20, positive: { offset: 1023 * 2 ** 20, counts: [1] } });
      const { point, positive } = await joined("max_buckets: 160", first, second);
      expect([point, positive!.counts.length, positive!.counts.reduce((sum, one) => sum + one, 0)]).toEqual([
        [2, -4, 0, 0],
        128,
        2,
      ]);
    });

    test("take the wider zero bucket", async () => {
      const first = exponentialOf({ count: 2, positive: { offset: -4, counts: [1, 1] } });
      const second = exponentialOf({ count: 1, zeroCount: 1, zeroThreshold: 2 ** -3 });
      expect(await joined("{}", first, second)).toEqual({
        times: [0, 20],
        point: [3, 0, 2, 2 ** -3],
        positive: { offset: -3, counts: [1] },
        negative: none,
      });
    });

    test("begin anew where a zero bucket cuts through a bucket", async () => {
      const first = exponentialOf({ positive: { offset: -3, counts: [1] } });
      const second = exponentialOf({ zeroCount: 1, zeroThreshold: 0.2 });
      expect(await joined("{}", first, second)).toMatchObject({ times: [10, 20], point: [1, 0, 1, 0.2] });
    });
  });
});
