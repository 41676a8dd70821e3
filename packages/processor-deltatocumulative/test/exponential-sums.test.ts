import type { ExponentialBuckets } from "@tracecore/core/pdata";
import { exponentialValues, type ExponentialValue } from "@tracecore/core/temporality";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

const MAX_BUCKETS = 12;
const kind = exponentialValues(MAX_BUCKETS);

const side = fc.record({
  offset: fc.integer({ min: -40, max: 40 }),
  counts: fc.array(fc.nat({ max: 3 }), { maxLength: MAX_BUCKETS }),
});

const histograms = fc
  .record({ scale: fc.integer({ min: -3, max: 6 }), zeroCount: fc.nat({ max: 3 }), positive: side, negative: side })
  .map(({ scale, zeroCount, positive, negative }): ExponentialValue => {
    const count = zeroCount + total(positive) + total(negative);
    const none = Number.NaN;
    return { count, sum: none, min: none, max: none, scale, zeroCount, zeroThreshold: 0, positive, negative };
  });

function total({ counts }: ExponentialBuckets): number {
  return counts.reduce((sum, count) => sum + count, 0);
}

/** Where the counts of some histograms lie at `scale`, bucket by bucket, as the specification says: halving an index each step. */
function at(scale: number, parts: readonly (readonly [number, ExponentialBuckets])[]): Map<number, number> {
  const all = new Map<number, number>();
  for (const [own, { offset, counts }] of parts) {
    for (const [i, count] of counts.entries()) {
      let index = offset + i;
      for (let one = own; one > scale; one--) index = Math.floor(index / 2);
      if (count > 0) all.set(index, (all.get(index) ?? 0) + count);
    }
  }
  return new Map([...all].sort(([a], [b]) => a - b));
}

describe("sums of exponential histograms", () => {
  test("hold every count where it belongs, within the limit of buckets, at the finest scale that does so", () => {
    fc.assert(
      fc.property(histograms, histograms, (a, b) => {
        const sum = kind.plus(a, b)!;
        const finest = Math.min(a.scale, b.scale);
        const width = (scale: number): number => {
          const widths = (["positive", "negative"] as const).map((name) => {
            const indexes = [
              ...at(scale, [
                [a.scale, a[name]],
                [b.scale, b[name]],
              ]).keys(),
            ];
            return indexes.length === 0 ? 0 : indexes.at(-1)! - indexes[0]! + 1;
          });
          return Math.max(...widths);
        };
        expect(sum.count).toBe(a.count + b.count);
        expect(sum.zeroCount).toBe(a.zeroCount + b.zeroCount);
        expect(width(sum.scale)).toBeLessThanOrEqual(MAX_BUCKETS);
        if (sum.scale < finest) expect(width(sum.scale + 1)).toBeGreaterThan(MAX_BUCKETS);
        for (const name of ["positive", "negative"] as const) {
          expect(sum[name].counts.length).toBeLessThanOrEqual(MAX_BUCKETS);
          expect(at(sum.scale, [[sum.scale, sum[name]]])).toEqual(
            at(sum.scale, [
              [a.scale, a[name]],
              [b.scale, b[name]],
            ]),
          );
        }
      }),
      { numRuns: 2000 },
    );
  });

  test("without one of the two are the other", () => {
    fc.assert(
      fc.property(histograms, histograms, (a, b) => {
        const sum = kind.plus(a, b)!;
        const rest = kind.minus(sum, a);
        if (typeof rest === "string") throw new Error(`the difference is said to be ${rest}`);
        expect([rest.count, rest.zeroCount, rest.scale]).toEqual([b.count, b.zeroCount, sum.scale]);
        for (const name of ["positive", "negative"] as const) {
          expect(at(sum.scale, [[rest.scale, rest[name]]])).toEqual(at(sum.scale, [[b.scale, b[name]]]));
        }
      }),
      { numRuns: 2000 },
    );
  });
});
