import type { HistogramPoints } from "../pdata/metrics.ts";
import { extreme, type PointKind } from "./point-kind.ts";

/** What a histogram with explicit bounds has counted. */
export interface HistogramValue {
  /** A bigint only where a double cannot hold it. */
  readonly count: number | bigint;
  /** NaN where there is none; likewise min and max. */
  readonly sum: number;
  readonly min: number;
  readonly max: number;
  readonly bounds: readonly number[];
  readonly buckets: Float64Array;
}

/** Histograms with explicit bounds. */
export const histogramValues: PointKind<HistogramPoints, HistogramValue> = {
  read(points, row) {
    const count = points.exactCounts?.get(row) ?? points.counts[row]!;
    const buckets = points.bucketCounts.slice(points.bucketStarts[row], points.bucketStarts[row + 1]);
    if (!isCount(Number(count)) || !buckets.every(isCount)) return undefined;
    const [sum, min, max] = [points.sums[row]!, points.mins[row]!, points.maxs[row]!];
    return { count, sum, min, max, bounds: points.bounds[row]!, buckets };
  },
  draft: (points) => ({
    ...points,
    counts: points.counts.slice(),
    exactCounts: new Map(points.exactCounts),
    sums: points.sums.slice(),
    mins: points.mins.slice(),
    maxs: points.maxs.slice(),
    bucketCounts: points.bucketCounts.slice(),
  }),
  write(draft, row, { count, sum, min, max, buckets }) {
    const exact = draft.exactCounts as Map<number, bigint>;
    draft.counts[row] = Number(count);
    if (typeof count === "bigint") exact.set(row, count);
    else exact.delete(row);
    draft.sums[row] = sum;
    draft.mins[row] = min;
    draft.maxs[row] = max;
    draft.bucketCounts.set(buckets, draft.bucketStarts[row]);
  },
  plus(one, other) {
    if (!isAlike(one, other)) return undefined;
    return {
      count: counted(BigInt(one.count) + BigInt(other.count)),
      sum: one.sum + other.sum,
      min: extreme(Math.min, one.min, other.min),
      max: extreme(Math.max, one.max, other.max),
      bounds: other.bounds,
      buckets: one.buckets.map((count, i) => count + other.buckets[i]!),
    };
  },
  minus(now, before) {
    if (now.count < before.count) return "fell";
    if (!isAlike(now, before)) return "unlike";
    const buckets = now.buckets.map((count, i) => count - before.buckets[i]!);
    if (buckets.some((count) => count < 0)) return "fell";
    return {
      count: counted(BigInt(now.count) - BigInt(before.count)),
      sum: now.sum - before.sum,
      // Those of the whole time say nothing of a part of it.
      min: Number.NaN,
      max: Number.NaN,
      bounds: now.bounds,
      buckets,
    };
  },
};

function isCount(count: number): boolean {
  return count >= 0 && Number.isInteger(count);
}

function counted(exact: bigint): number | bigint {
  const number = Number(exact);
  return Number.isSafeInteger(number) ? number : exact;
}

function isAlike(a: HistogramValue, b: HistogramValue): boolean {
  if (a.buckets.length !== b.buckets.length) return false;
  if (a.bounds === b.bounds) return true;
  return a.bounds.length === b.bounds.length && a.bounds.every((bound, i) => bound === b.bounds[i]);
}
