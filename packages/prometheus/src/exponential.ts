import type { ExponentialBuckets } from "@tracecore/core/pdata";

/** The most buckets on one side of zero that a classic histogram gets from an exponential one. */
const MAX_BUCKETS = 40;

interface Side {
  offset: number;
  counts: number[];
}

/** What an exponential histogram has seen, at a scale that only gets coarser, so that bounds only ever disappear by merging. */
export interface ExponentialState {
  scale: number;
  zeroThreshold: number;
  zeroCount: number;
  readonly positive: Side;
  readonly negative: Side;
  count: number;
  sum: number;
}

/** One point. */
export interface ExponentialPoint {
  readonly scale: number;
  readonly zeroThreshold: number;
  readonly zeroCount: number;
  readonly positive: ExponentialBuckets;
  readonly negative: ExponentialBuckets;
  readonly count: number;
  readonly sum: number;
}

/** A state before its first point. */
export function emptyExponential(scale: number): ExponentialState {
  return { scale, zeroThreshold: 0, zeroCount: 0, positive: emptySide(), negative: emptySide(), count: 0, sum: 0 };
}

function emptySide(): Side {
  return { offset: 0, counts: [] };
}

/** Takes a point in: added to what is there for delta, in place of it otherwise. Bounds once shown stay, with their buckets at 0. */
export function takeExponential(state: ExponentialState, point: ExponentialPoint, delta: boolean): void {
  if (!delta) {
    state.positive.counts.fill(0);
    state.negative.counts.fill(0);
    state.zeroCount = 0;
    state.count = 0;
    state.sum = 0;
  }
  coarsen(state, point.scale);
  state.zeroThreshold = Math.max(state.zeroThreshold, point.zeroThreshold);
  state.zeroCount += point.zeroCount;
  state.count += point.count;
  state.sum += point.sum;
  for (const side of ["positive", "negative"] as const) {
    const { offset, counts } = point[side];
    for (const [i, count] of counts.entries()) {
      if (count === 0) continue;
      add(state, side, halved(offset + i, point.scale - state.scale), count);
    }
  }
}

function add(state: ExponentialState, name: "positive" | "negative", at: number, count: number): void {
  const side = state[name];
  let index = at;
  if (side.counts.length === 0) side.offset = index;
  for (;;) {
    const low = Math.min(side.offset, index);
    const high = Math.max(side.offset + side.counts.length - 1, index);
    if (high - low < MAX_BUCKETS) break;
    coarsen(state, state.scale - 1);
    index = halved(index, 1);
  }
  while (index < side.offset) {
    side.counts.unshift(0);
    side.offset--;
  }
  while (index >= side.offset + side.counts.length) side.counts.push(0);
  side.counts[index - side.offset]! += count;
}

/** The bucket that holds bucket `index` after so many halvings. Not by shifting: the last bucket of a point may lie beyond 32 bits. */
function halved(index: number, times: number): number {
  return Math.floor(index / 2 ** Math.min(64, times));
}

/**
 * Halves the resolution until `scale` is reached: two neighbours become one, which loses nothing but detail. In one step: a sender may
 * write scales that lie thousands of millions apart.
 */
function coarsen(state: ExponentialState, scale: number): void {
  if (state.scale <= scale) return;
  const halvings = state.scale - scale;
  state.scale = scale;
  for (const side of [state.positive, state.negative]) {
    const { offset, counts } = side;
    if (counts.length === 0) continue;
    side.offset = halved(offset, halvings);
    const last = halved(offset + counts.length - 1, halvings);
    const merged: number[] = Array.from({ length: last - side.offset + 1 }, () => 0);
    for (const [i, count] of counts.entries()) merged[halved(offset + i, halvings) - side.offset]! += count;
    side.counts = merged;
  }
}

/** The classic histogram of a state: bounds, and how many values are not above each of them. */
export function classicBuckets(state: ExponentialState): { bounds: number[]; cumulative: number[] } {
  const { positive, negative, zeroThreshold } = state;
  const bounds: number[] = [];
  const cumulative: number[] = [];
  let seen = 0;
  for (let i = negative.counts.length - 1; i >= 0; i--) {
    seen += negative.counts[i]!;
    push(0 - boundAt(negative.offset + i, state.scale)); // 0 - x: a bound so small that it is 0 must not print as -0.
  }
  seen += state.zeroCount;
  if (bounds.length > 0 || zeroThreshold > 0 || state.zeroCount > 0) push(zeroThreshold);
  for (const [i, count] of positive.counts.entries()) {
    seen += count;
    push(boundAt(positive.offset + i + 1, state.scale));
  }
  return { bounds, cumulative };

  function push(bound: number): void {
    // Neighbours beyond the range of a double, or inside the zero bucket, have equal bounds: the later count stands.
    if (!Number.isFinite(bound)) return;
    const last = bounds.length - 1;
    if (last >= 0 && bound <= bounds[last]!) cumulative[last] = seen;
    else {
      bounds.push(bound);
      cumulative.push(seen);
    }
  }
}

/** The lower bound of bucket `index`: 2^(index · 2^-scale). */
function boundAt(index: number, scale: number): number {
  return 2 ** (index * 2 ** -scale);
}
