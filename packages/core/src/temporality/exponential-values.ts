import type { ExponentialBuckets, ExponentialHistogramPoints } from "../pdata/metrics.ts";
import { extreme, type PointKind } from "./point-kind.ts";

/** What an exponential histogram has counted. */
export interface ExponentialValue {
  readonly count: number;
  /** NaN where there is none; likewise min and max. */
  readonly sum: number;
  readonly min: number;
  readonly max: number;
  readonly scale: number;
  readonly zeroCount: number;
  readonly zeroThreshold: number;
  readonly positive: ExponentialBuckets;
  readonly negative: ExponentialBuckets;
}

/** The specification allows scales from -10 to 20; what is beyond is a broken point. */
const LEAST_SCALE = -10;
const GREATEST_SCALE = 20;
/** All doubles lie between 2 to the power of minus this and this. */
const GREATEST_EXPONENT = 1075;

/** Exponential histograms; each side is kept within `maxBuckets` buckets, at a coarser scale where it must be. */
export function exponentialValues(maxBuckets: number): PointKind<ExponentialHistogramPoints, ExponentialValue> {
  return {
    read(points, row) {
      const value: ExponentialValue = {
        count: points.counts[row]!,
        sum: points.sums[row]!,
        min: points.mins[row]!,
        max: points.maxs[row]!,
        scale: points.scales[row]!,
        zeroCount: points.zeroCounts[row]!,
        zeroThreshold: points.zeroThresholds[row]!,
        positive: points.positive[row]!,
        negative: points.negative[row]!,
      };
      return isSound(value) ? limited(value, maxBuckets) : undefined;
    },
    draft: (points) => ({
      ...points,
      counts: points.counts.slice(),
      sums: points.sums.slice(),
      mins: points.mins.slice(),
      maxs: points.maxs.slice(),
      scales: points.scales.slice(),
      zeroCounts: points.zeroCounts.slice(),
      zeroThresholds: points.zeroThresholds.slice(),
      positive: points.positive.slice(),
      negative: points.negative.slice(),
    }),
    write(draft, row, value) {
      draft.counts[row] = value.count;
      draft.sums[row] = value.sum;
      draft.mins[row] = value.min;
      draft.maxs[row] = value.max;
      draft.scales[row] = value.scale;
      draft.zeroCounts[row] = value.zeroCount;
      draft.zeroThresholds[row] = value.zeroThreshold;
      (draft.positive as ExponentialBuckets[])[row] = value.positive;
      (draft.negative as ExponentialBuckets[])[row] = value.negative;
    },
    plus: (one, other) => joined(one, other, maxBuckets),
    minus: difference,
  };
}

function isSound({ count, scale, zeroCount, zeroThreshold, positive, negative }: ExponentialValue): boolean {
  const sides = [positive, negative];
  return (
    [count, zeroCount].every(isCount) &&
    zeroThreshold >= 0 &&
    scale >= LEAST_SCALE &&
    scale <= GREATEST_SCALE &&
    sides.every(({ offset, counts }) => isInRange(offset, offset + counts.length, scale) && counts.every(isCount))
  );
}

/** Whether buckets stand for numbers that there are: a broken offset would make room for thousands of millions of them. */
function isInRange(first: number, end: number, scale: number): boolean {
  const farthest = Math.ceil(GREATEST_EXPONENT * 2 ** scale) + 1;
  return first === end || (first >= -farthest && end <= farthest);
}

function isCount(count: number): boolean {
  return count >= 0 && Number.isInteger(count);
}

/** Undefined where the wider zero bucket of one cuts through a bucket of the other. */
function joined(one: ExponentialValue, other: ExponentialValue, maxBuckets: number): ExponentialValue | undefined {
  const threshold = Math.max(one.zeroThreshold, other.zeroThreshold);
  const a = widerZero(one, threshold);
  const b = widerZero(other, threshold);
  if (a === undefined || b === undefined) return undefined;
  const scale = scaleFor([a, b], maxBuckets);
  const side = (left: ExponentialBuckets, right: ExponentialBuckets): ExponentialBuckets =>
    combined(coarser(left, a.scale - scale), coarser(right, b.scale - scale));
  return {
    count: a.count + b.count,
    sum: a.sum + b.sum,
    min: extreme(Math.min, a.min, b.min),
    max: extreme(Math.max, a.max, b.max),
    scale,
    zeroCount: a.zeroCount + b.zeroCount,
    zeroThreshold: threshold,
    positive: side(a.positive, b.positive),
    negative: side(a.negative, b.negative),
  };
}

function limited(value: ExponentialValue, maxBuckets: number): ExponentialValue {
  const { positive, negative } = value;
  if (positive.counts.length <= maxBuckets && negative.counts.length <= maxBuckets) return value;
  const scale = scaleFor([value], maxBuckets);
  const side = (buckets: ExponentialBuckets): ExponentialBuckets => coarser(trimmed(buckets), value.scale - scale);
  return { ...value, scale, positive: side(positive), negative: side(negative) };
}

/** The finest scale that all of them have or can be brought to, at which no side has more than `maxBuckets` buckets. */
function scaleFor(values: readonly ExponentialValue[], maxBuckets: number): number {
  const sides = [
    values.map(({ positive, scale }) => rangeOf(positive, scale)),
    values.map(({ negative, scale }) => rangeOf(negative, scale)),
  ];
  let scale = Math.min(...values.map((value) => value.scale));
  while (scale > LEAST_SCALE && sides.some((ranges) => widthAt(ranges, scale) > maxBuckets)) scale--;
  return scale;
}

/** A cumulative histogram only gets coarser and its zero bucket only wider; the other way is another histogram. */
function difference(now: ExponentialValue, before: ExponentialValue): ExponentialValue | "fell" | "unlike" {
  if (now.count < before.count) return "fell";
  if (now.scale > before.scale || now.zeroThreshold < before.zeroThreshold) return "unlike";
  const old = widerZero(before, now.zeroThreshold);
  if (old === undefined) return "unlike";
  const steps = before.scale - now.scale;
  const positive = rest(now.positive, coarser(old.positive, steps));
  const negative = rest(now.negative, coarser(old.negative, steps));
  const zeroCount = now.zeroCount - old.zeroCount;
  if (zeroCount < 0 || positive === undefined || negative === undefined) return "fell";
  const sum = now.sum - before.sum;
  const { scale, zeroThreshold } = now;
  // The extremes of the whole time say nothing of a part of it.
  const [min, max] = [Number.NaN, Number.NaN];
  return { count: now.count - before.count, sum, min, max, scale, zeroCount, zeroThreshold, positive, negative };
}

/** Bucket by bucket, what is there now without what was there; undefined where that is more. */
function rest(now: ExponentialBuckets, before: ExponentialBuckets): ExponentialBuckets | undefined {
  const [left, right] = [trimmed(now), trimmed(before)];
  const end = left.offset + left.counts.length;
  const isOutside = right.offset < left.offset || right.offset + right.counts.length > end;
  // A bucket with counts that is no longer there; without this a broken pair would be compared over all that lies between.
  if (right.counts.length > 0 && isOutside) return undefined;
  const counts = left.counts.map((count, i) => count - (right.counts[left.offset + i - right.offset] ?? 0));
  return counts.some((count) => count < 0) ? undefined : trimmed({ offset: left.offset, counts });
}

/** The same with buckets 2^`steps` times as wide. */
function coarser({ offset, counts }: ExponentialBuckets, steps: number): ExponentialBuckets {
  if (steps === 0 || counts.length === 0) return { offset, counts };
  const factor = 2 ** steps;
  const first = Math.floor(offset / factor);
  const out: number[] = [];
  for (const [i, count] of counts.entries()) {
    const at = Math.floor((offset + i) / factor) - first;
    out[at] = (out[at] ?? 0) + count;
  }
  return { offset: first, counts: out };
}

/** Without the empty buckets at both ends. */
function trimmed({ offset, counts }: ExponentialBuckets): ExponentialBuckets {
  let first = 0;
  let end = counts.length;
  while (end > 0 && counts[end - 1] === 0) end--;
  while (first < end && counts[first] === 0) first++;
  if (first === end) return { offset: 0, counts: [] };
  return { offset: offset + first, counts: first === 0 && end === counts.length ? counts : counts.slice(first, end) };
}

interface Range {
  readonly first: number;
  readonly last: number;
  readonly scale: number;
}

/** Where the counts of one side lie; undefined for one without any. */
function rangeOf(buckets: ExponentialBuckets, scale: number): Range | undefined {
  const { offset, counts } = trimmed(buckets);
  return counts.length === 0 ? undefined : { first: offset, last: offset + counts.length - 1, scale };
}

/** How many buckets hold all `ranges` at a scale. */
function widthAt(ranges: readonly (Range | undefined)[], at: number): number {
  let first = Infinity;
  let last = -Infinity;
  for (const range of ranges) {
    if (range === undefined) continue;
    const factor = 2 ** (range.scale - at);
    first = Math.min(first, Math.floor(range.first / factor));
    last = Math.max(last, Math.floor(range.last / factor));
  }
  return Math.max(0, last - first + 1);
}

/** Bucket by bucket, over those that either has. */
function combined(a: ExponentialBuckets, b: ExponentialBuckets): ExponentialBuckets {
  const [left, right] = [trimmed(a), trimmed(b)];
  if (right.counts.length === 0) return left;
  if (left.counts.length === 0) return right;
  const offset = Math.min(left.offset, right.offset);
  const end = Math.max(left.offset + left.counts.length, right.offset + right.counts.length);
  const counts: number[] = [];
  for (let i = offset; i < end; i++) {
    counts.push((left.counts[i - left.offset] ?? 0) + (right.counts[i - right.offset] ?? 0));
  }
  return trimmed({ offset, counts });
}

/** With all that lies below `threshold` counted as zero; undefined when a bucket with counts lies across it. */
function widerZero(value: ExponentialValue, threshold: number): ExponentialValue | undefined {
  if (threshold === value.zeroThreshold) return value;
  let { zeroCount } = value;
  const sides: ExponentialBuckets[] = [];
  for (const { offset, counts } of [value.positive, value.negative].map(trimmed)) {
    let first = 0;
    while (first < counts.length && bound(value.scale, offset + first + 1) <= threshold) zeroCount += counts[first++]!;
    const straddles = first < counts.length && counts[first]! > 0 && bound(value.scale, offset + first) < threshold;
    if (straddles) return undefined;
    sides.push(trimmed({ offset: offset + first, counts: counts.slice(first) }));
  }
  return { ...value, zeroCount, zeroThreshold: threshold, positive: sides[0]!, negative: sides[1]! };
}

/** The lower bound of bucket `index`: (2^(2^-scale))^index. */
function bound(scale: number, index: number): number {
  return 2 ** (index * 2 ** -scale);
}
