import { cumulativeToDeltaProcessor } from "@tracecore/processor-cumulativetodelta";
import { runProcessor } from "@tracecore/testkit";
import { batchOf, exponentialOf, timesOf } from "@tracecore/testkit/metrics";
import { describe, expect, test } from "vitest";

describe("cumulativetodelta processor", () => {
  describe("histograms", () => {
    test("are told by bucket, without the extremes of the whole time", async () => {
      await using processor = await runProcessor(cumulativeToDeltaProcessor, "{}");
      const bounds = [1, 10];
      const first = { count: 3, sum: 12, min: 0.5, max: 9, bounds, bucketCounts: [1, 2, 0] };
      const second = { count: 6, sum: 40, min: 0.5, max: 20, bounds: [1, 10], bucketCounts: [1, 3, 2] };
      await processor.consume(batchOf({ at: 10, histogram: first }));
      await processor.consume(batchOf({ at: 20, histogram: second }));
      const [before, after] = processor.out.batches.map((batch) => (batch as ReturnType<typeof batchOf>).histograms);
      expect([before!.counts[0], before!.sums[0], before!.mins[0], before!.maxs[0]]).toEqual([3, 12, 0.5, 9]);
      expect([after!.counts[0], after!.sums[0], after!.mins[0], after!.maxs[0]]).toEqual([
        3,
        28,
        Number.NaN,
        Number.NaN,
      ]);
      expect([...after!.bucketCounts]).toEqual([0, 1, 2]);
      expect(timesOf(after!, 0)).toEqual([10, 20]);
      expect(after!.series[0]!.descriptor.temporality).toBe("delta");
    });

    test.each([
      ["one bucket fell", { count: 6, bounds: [1], bucketCounts: [2, 4] }, [6, 2, 4]],
      ["the count fell", { count: 1, bounds: [1], bucketCounts: [1, 0] }, [1, 1, 0]],
    ])("begin anew where %s", async (_, second, expected) => {
      await using processor = await runProcessor(cumulativeToDeltaProcessor, "{}");
      await processor.consume(batchOf({ at: 10, histogram: { count: 5, bounds: [1], bucketCounts: [3, 2] } }));
      await processor.consume(batchOf({ at: 20, histogram: second }));
      const { counts, bucketCounts, startTimes, times } = (processor.out.batches[1] as ReturnType<typeof batchOf>)
        .histograms;
      expect([counts[0], ...bucketCounts]).toEqual(expected);
      expect(timesOf({ startTimes, times }, 0)).toEqual([10, 20]);
    });

    test("count from there when their bounds have changed", async () => {
      await using processor = await runProcessor(cumulativeToDeltaProcessor, "{}");
      const histograms = [
        { count: 5, bounds: [1], bucketCounts: [3, 2] },
        { count: 7, bounds: [2], bucketCounts: [4, 3] },
        { count: 8, bounds: [2], bucketCounts: [5, 3] },
      ];
      for (const [i, histogram] of histograms.entries()) await processor.consume(batchOf({ at: 10 + i, histogram }));
      const out = processor.out.batches.map((batch) => (batch as ReturnType<typeof batchOf>).histograms);
      expect(out.map((points) => [timesOf(points, 0), points.counts[0]])).toEqual([
        [[0, 10], 5],
        [[11, 12], 1],
      ]);
    });

    test("are exact beyond 2^53", async () => {
      await using processor = await runProcessor(cumulativeToDeltaProcessor, "{}");
      const big = 2n ** 60n;
      await processor.consume(batchOf({ at: 10, histogram: { count: big, bounds: [], bucketCounts: [] } }));
      await processor.consume(batchOf({ at: 20, histogram: { count: big + 1n, bounds: [], bucketCounts: [] } }));
      const { counts, exactCounts } = (processor.out.batches[1] as ReturnType<typeof batchOf>).histograms;
      expect([counts[0], exactCounts?.size]).toEqual([1, 0]);
    });
  });

  describe("exponential histograms", () => {
    const deltaOf = async (...points: ReturnType<typeof exponentialOf>[]) => {
      await using processor = await runProcessor(cumulativeToDeltaProcessor, "{}");
      for (const [i, exponential] of points.entries()) await processor.consume(batchOf({ at: 10 + i, exponential }));
      return processor.out.batches.map((batch) => {
        const { counts, scales, zeroCounts, positive, negative } = (batch as ReturnType<typeof batchOf>)
          .exponentialHistograms;
        return [counts[0], scales[0], zeroCounts[0], positive[0], negative[0]];
      });
    };

    test("are told by bucket, also after they got coarser", async () => {
      const first = exponentialOf({ count: 4, scale: 1, zeroCount: 1, positive: { offset: 2, counts: [1, 2] } });
      const second = exponentialOf({
        count: 7,
        scale: 0,
        zeroCount: 2,
        positive: { offset: 0, counts: [0, 4] },
        negative: { offset: -3, counts: [1] },
      });
      const [, delta] = await deltaOf(first, second);
      expect(delta).toEqual([3, 0, 1, { offset: 1, counts: [1] }, { offset: -3, counts: [1] }]);
    });

    test("take what lies below a wider zero bucket as zero", async () => {
      const first = exponentialOf({ count: 3, positive: { offset: -4, counts: [2, 1] } });
      const second = exponentialOf({
        count: 5,
        zeroCount: 3,
        zeroThreshold: 2 ** -3,
        positive: { offset: -3, counts: [2] },
      });
      const [, delta] = await deltaOf(first, second);
      expect(delta).toEqual([2, 0, 1, { offset: -3, counts: [1] }, { offset: 0, counts: [] }]);
    });

    test.each([
      ["the scale rose", { scale: 3 }],
      ["the zero bucket got narrower", { zeroThreshold: 0 }],
    ])("count from there when %s", async (_, change) => {
      const first = exponentialOf({ count: 3, zeroCount: 3, zeroThreshold: 0.1 });
      expect(await deltaOf(first, exponentialOf({ ...first, count: 4, zeroCount: 4, ...change }))).toHaveLength(1);
    });

    test("begin anew when a bucket is gone, however far away the others are", async () => {
      const first = exponentialOf({ count: 1, scale: 20, positive: { offset: -1_000_000_000, counts: [1] } });
      const second = exponentialOf({ count: 2, scale: 20, positive: { offset: 1_000_000_000, counts: [2] } });
      const [, delta] = await deltaOf(first, second);
      expect(delta).toEqual([2, 20, 0, { offset: 1_000_000_000, counts: [2] }, { offset: 0, counts: [] }]);
    });
  });
});
