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
  readonly state: S;
  readonly seenMs: number;
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
  readonly #tried = new Map<Series, Entry<S>>();
  readonly #options: SeriesStatesOptions<S>;
  readonly #sweeper: AsyncDisposable | undefined;
  /** Series of `#tried` that have no state yet. */
  #added = 0;

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
    const tried = this.#tried.get(series);
    if (tried !== undefined) return tried.state;
    const entry = this.#entries.get(series);
    if (entry === undefined || !this.#isOld(entry)) return entry?.state;
    this.#forget(series, entry);
    return undefined;
  }

  /** Tries a change; false when it is a new series and there is no room. */
  set(series: Series, state: S): boolean {
    if (!this.#entries.has(series) && !this.#tried.has(series)) {
      if (this.#entries.size + this.#added >= this.#options.limit) return false;
      this.#added++;
    }
    this.#tried.set(series, { state, seenMs: this.#options.clock.monotonicMs() });
    return true;
  }

  commit(): void {
    for (const [series, entry] of this.#tried) this.#entries.set(series, entry);
    this.discard();
  }

  discard(): void {
    this.#tried.clear();
    this.#added = 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sweeper?.[Symbol.asyncDispose]();
  }

  #sweep(): void {
    for (const [series, entry] of this.#entries) {
      // One whose change is being tried was seen just now.
      if (this.#isOld(entry) && !this.#tried.has(series)) this.#forget(series, entry);
    }
  }

  #isOld({ seenMs }: Entry<S>): boolean {
    const { clock, maxAgeMs } = this.#options;
    return maxAgeMs > 0 && clock.monotonicMs() - seenMs > maxAgeMs;
  }

  #forget(series: Series, { state }: Entry<S>): void {
    this.#entries.delete(series);
    this.#options.onForget?.(state);
  }
}
