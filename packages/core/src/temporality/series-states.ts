import type { Clock } from "../clock/clock.ts";
import type { Series } from "../pdata/series.ts";

export interface SeriesStatesOptions<S> {
  /** How many series may have a state. */
  readonly limit: number;
  /** How long a state is kept after it was last set, in milliseconds; 0 for ever. */
  readonly maxAgeMs: number;
  readonly clock: Clock;
  /** Called with each state that is let go for its age. */
  readonly onForget?: (state: S) => void;
}

interface Entry<S> {
  readonly series: Series;
  /** Undefined for a new series whose first state is being tried. */
  state: S | undefined;
  tried: S | undefined;
  seenMs: number;
}

/** How often old states are looked for: as often as they can become old, within these bounds. */
const LONGEST_SWEEP_INTERVAL_MS = 60_000;
const SHORTEST_SWEEP_INTERVAL_MS = 1_000;

/**
 * What a processor knows of each series, bounded in number and age. Changes are tried first: `commit` makes them true once
 * the next stage has taken what was made of them, `discard` forgets them when it has not, so that the sender can try again.
 */
export class SeriesStates<S> implements AsyncDisposable {
  readonly #entries = new Map<Series, Entry<S>>();
  /** Those with a state that is being tried. */
  readonly #touched: Entry<S>[] = [];
  /** The one that was asked for last: it is mostly the one that is set next. */
  #latest: Entry<S> | undefined;
  readonly #options: SeriesStatesOptions<S>;
  readonly #sweeper: AsyncDisposable | undefined;

  constructor(options: SeriesStatesOptions<S>) {
    this.#options = options;
    const { clock, maxAgeMs } = options;
    if (maxAgeMs === 0) return;
    const interval = Math.max(SHORTEST_SWEEP_INTERVAL_MS, Math.min(maxAgeMs, LONGEST_SWEEP_INTERVAL_MS));
    this.#sweeper = clock.every(interval, () => this.#sweep());
  }

  /** How many series have a state. */
  get size(): number {
    return this.#entries.size;
  }

  /** What is known of a series, changes that are being tried included. */
  get(series: Series): S | undefined {
    const entry = this.#entries.get(series);
    this.#latest = entry;
    if (entry === undefined) return undefined;
    if (entry.tried !== undefined) return entry.tried;
    if (!this.#isOld(entry)) return entry.state;
    this.#forget(entry);
    this.#latest = undefined;
    return undefined;
  }

  /** Tries a change; false when it is a new series and there is no room. */
  set(series: Series, state: S): boolean {
    let entry = this.#latest?.series === series ? this.#latest : this.#entries.get(series);
    if (entry === undefined) {
      if (this.#entries.size >= this.#options.limit) return false;
      entry = { series, state: undefined, tried: undefined, seenMs: 0 };
      this.#entries.set(series, entry);
      this.#latest = entry;
    }
    if (entry.tried === undefined) this.#touched.push(entry);
    entry.tried = state;
    return true;
  }

  commit(): void {
    const nowMs = this.#options.clock.monotonicMs();
    for (const entry of this.#touched) {
      entry.state = entry.tried;
      entry.tried = undefined;
      entry.seenMs = nowMs;
    }
    this.#settled();
  }

  discard(): void {
    for (const entry of this.#touched) {
      entry.tried = undefined;
      if (entry.state === undefined) this.#entries.delete(entry.series);
    }
    this.#settled();
  }

  #settled(): void {
    this.#touched.length = 0;
    this.#latest = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sweeper?.[Symbol.asyncDispose]();
  }

  #sweep(): void {
    // One whose change is being tried was seen just now.
    for (const entry of this.#entries.values())
      if (entry.tried === undefined && this.#isOld(entry)) this.#forget(entry);
    this.#latest = undefined;
  }

  #isOld({ seenMs }: Entry<S>): boolean {
    const { clock, maxAgeMs } = this.#options;
    return maxAgeMs > 0 && clock.monotonicMs() - seenMs > maxAgeMs;
  }

  #forget({ series, state }: Entry<S>): void {
    this.#entries.delete(series);
    if (state !== undefined) this.#options.onForget?.(state);
  }
}
