import type { Clock } from "@tracecore/core";

export interface WindowedRateOptions {
  readonly clock: Pick<Clock, "monotonicMs">;
  /** Default 60 000 ms, also for 0. */
  readonly windowMs?: number;
  /** The most samples that are kept; default 4096. */
  readonly maxSamples?: number;
}

const DEFAULT_WINDOW_MS = 60_000;
const MAX_SAMPLES = 4_096;
/** Times, numerators, denominators. */
const COLUMNS = 3;
const SMALLEST_CAPACITY = 8;

/**
 * A ratio over the last minute from two counters that only rise. It compares with the latest sample that is at least one
 * window old, so one early failure does not keep the ratio above zero for ever. Zero means: no samples that old yet, no
 * calls, or counters that were reset.
 */
export class WindowedRate {
  readonly #clock: Pick<Clock, "monotonicMs">;
  readonly #windowMs: number;
  readonly #maxSamples: number;
  /** Samples closer together than this are not kept: with the cap on samples, the oldest must still be a window old. */
  readonly #spacingMs: number;
  /** Rows of time, numerator and denominator, oldest first. */
  #rows = new Float64Array(SMALLEST_CAPACITY * COLUMNS);
  #start = 0;
  #end = 0;

  constructor({ clock, windowMs = 0, maxSamples = MAX_SAMPLES }: WindowedRateOptions) {
    this.#clock = clock;
    this.#windowMs = windowMs === 0 ? DEFAULT_WINDOW_MS : windowMs;
    this.#maxSamples = Math.max(4, maxSamples);
    this.#spacingMs = (2 * this.#windowMs) / (this.#maxSamples - 2);
  }

  get windowMs(): number {
    return this.#windowMs;
  }

  /** Samples kept now. */
  get sampleCount(): number {
    return this.#end - this.#start;
  }

  /** Rows there is room for: what the samples cost, at 24 bytes each. */
  get capacity(): number {
    return this.#rows.length / COLUMNS;
  }

  /** Takes the counters as they are now; gives the ratio of their growth over the window. */
  observe(numerator: number, denominator: number): number {
    const now = this.#clock.monotonicMs();
    const rows = this.#rows;
    const last = (this.#end - 1) * COLUMNS;
    if (this.sampleCount > 0 && (numerator < rows[last + 1]! || denominator < rows[last + 2]!)) {
      this.#start = this.#end; // A reset: nothing from before it can be compared with.
    }
    let anchor = -1;
    let row = this.#start;
    while (row < this.#end && now - rows[row * COLUMNS]! >= this.#windowMs) anchor = row++;
    let rate = 0;
    if (anchor !== -1) {
      const grown = numerator - rows[anchor * COLUMNS + 1]!;
      const calls = denominator - rows[anchor * COLUMNS + 2]!;
      if (calls > 0) rate = grown / calls;
      // Time does not go back: nothing before the anchor will be asked for again, and the anchor not beyond two windows.
      const expired = now - rows[anchor * COLUMNS]! > 2 * this.#windowMs;
      this.#start = expired ? anchor + 1 : anchor;
    }
    this.#append(now, numerator, denominator);
    return rate;
  }

  #append(now: number, numerator: number, denominator: number): void {
    if (this.sampleCount > 0 && now - this.#rows[(this.#end - 1) * COLUMNS]! < this.#spacingMs) return;
    if (this.#end === this.capacity || this.capacity > 4 * Math.max(SMALLEST_CAPACITY, this.sampleCount)) this.#move();
    const at = this.#end++ * COLUMNS;
    this.#rows[at] = now;
    this.#rows[at + 1] = numerator;
    this.#rows[at + 2] = denominator;
  }

  /** Moves the samples to the front, into fresh storage where the size has changed. */
  #move(): void {
    const count = this.sampleCount;
    let capacity = SMALLEST_CAPACITY;
    while (capacity < 2 * count) capacity *= 2;
    const kept = this.#rows.subarray(this.#start * COLUMNS, this.#end * COLUMNS);
    if (capacity === this.capacity) this.#rows.copyWithin(0, this.#start * COLUMNS, this.#end * COLUMNS);
    else {
      const fresh = new Float64Array(capacity * COLUMNS);
      fresh.set(kept);
      this.#rows = fresh;
    }
    this.#start = 0;
    this.#end = count;
  }
}
