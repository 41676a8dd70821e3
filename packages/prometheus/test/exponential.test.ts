import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { classicBuckets, emptyExponential, takeExponential, type ExponentialPoint } from "../src/exponential.ts";

describe("exponential histograms as classic buckets", () => {
  test("keep every bound while there are few buckets", () => {
    const state = emptyExponential(0);
    takeExponential(
      state,
      point({
        scale: 0,
        positive: { offset: 0, counts: [1, 0, 2] },
        negative: { offset: 1, counts: [3] },
        zeroCount: 4,
      }),
      false,
    );
    expect(classicBuckets(state)).toEqual({ bounds: [-2, 0, 2, 4, 8], cumulative: [3, 7, 8, 8, 10] });
  });

  test("a finer point is merged into the coarser scale", () => {
    const state = emptyExponential(1);
    takeExponential(state, point({ scale: 0, positive: { offset: 0, counts: [1] } }), true);
    takeExponential(state, point({ scale: 1, positive: { offset: 0, counts: [1, 1, 1, 1] } }), true);
    expect(classicBuckets(state)).toEqual({ bounds: [2, 4], cumulative: [3, 5] });
  });

  test("a cumulative point replaces the one before it, and bounds stay", () => {
    const state = emptyExponential(0);
    takeExponential(state, point({ scale: 0, positive: { offset: 0, counts: [5, 5] } }), false);
    takeExponential(state, point({ scale: 0, positive: { offset: 1, counts: [1] } }), false);
    expect(classicBuckets(state)).toEqual({ bounds: [2, 4], cumulative: [0, 1] });
  });

  test("scales that lie as far apart as they can be written take no time", () => {
    const state = emptyExponential(2 ** 31 - 1);
    const positive = { offset: 5, counts: [1, 1] };
    const negative = { offset: -5, counts: [2] };
    takeExponential(state, point({ scale: 2 ** 31 - 1, positive, negative }), true);
    takeExponential(state, point({ scale: -(2 ** 31) }), true);
    expect(state).toMatchObject({
      scale: -(2 ** 31),
      positive: { offset: 0, counts: [2] },
      negative: { offset: -1, counts: [2] },
    });
  });

  test("buckets at the end of what offsets can say keep their counts", () => {
    const state = emptyExponential(1);
    takeExponential(state, point({ scale: 1, positive: { offset: 2 ** 31 - 1, counts: [1, 2] } }), true);
    takeExponential(state, point({ scale: 0 }), true);
    expect(state.positive).toEqual({ offset: 2 ** 30 - 1, counts: [1, 2] });
  });

  test("have at most 40 buckets on a side, rising bounds, and lose no value", () => {
    const side = fc.record({
      offset: fc.integer({ min: -2000, max: 2000 }),
      counts: fc.array(fc.nat(9), { maxLength: 160 }),
    });
    const points = fc.array(
      fc.record({ scale: fc.integer({ min: -10, max: 20 }), positive: side, negative: side, zeroCount: fc.nat(9) }),
      { minLength: 1, maxLength: 5 },
    );
    fc.assert(
      fc.property(points, (all) => {
        const state = emptyExponential(all[0]!.scale);
        for (const one of all) takeExponential(state, point(one), true);
        const { bounds, cumulative } = classicBuckets(state);
        const total = all
          .flatMap((one) => [one.zeroCount, ...one.positive.counts, ...one.negative.counts])
          .reduce((a, b) => a + b, 0);
        expect(state.positive.counts.length).toBeLessThanOrEqual(40);
        expect(state.negative.counts.length).toBeLessThanOrEqual(40);
        expect(bounds).toEqual([...new Set(bounds)].toSorted((a, b) => a - b));
        expect(cumulative).toEqual(cumulative.toSorted((a, b) => a - b));
        expect(state.count).toBe(total);
        const held = [...state.positive.counts, ...state.negative.counts].reduce((a, b) => a + b, 0) + state.zeroCount;
        expect(held).toBe(total);
      }),
      { numRuns: 300 },
    );
  });
});

function point(changes: Partial<ExponentialPoint>): ExponentialPoint {
  const none = { offset: 0, counts: [] };
  const one = { scale: 0, zeroThreshold: 0, zeroCount: 0, positive: none, negative: none, sum: 0, ...changes };
  const counts = [...one.positive.counts, ...one.negative.counts];
  return { count: counts.reduce((a, b) => a + b, one.zeroCount), ...one };
}
