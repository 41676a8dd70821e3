import type { Clock } from "./clock.ts";

/**
 * One time limit for many things that are under way. They run out in the order in which they began, so one timer serves them all,
 * and what ends in time costs two operations on a map.
 */
export class TimeLimit<T extends object> implements Disposable {
  /** 0 waits for ever. */
  readonly limitMs: number;
  readonly #clock: Clock;
  readonly #late: (one: T) => void;
  /** When each has to end, ms; the oldest first. */
  readonly #open = new Map<T, number>();
  readonly #over = new AbortController();
  #watching = false;

  /** Calls `late` with each that does not end within `limitMs`. */
  constructor(clock: Clock, limitMs: number, late: (one: T) => void) {
    this.#clock = clock;
    this.limitMs = limitMs;
    this.#late = late;
  }

  /** What has begun and neither ended nor run out. */
  get open(): Iterable<T> {
    return this.#open.keys();
  }

  begin(one: T): void {
    if (this.limitMs === 0) return;
    this.#open.set(one, this.#clock.monotonicMs() + this.limitMs);
    if (!this.#watching) void this.#watch();
  }

  end(one: T): void {
    this.#open.delete(one);
  }

  async #watch(): Promise<void> {
    this.#watching = true;
    // No iterator over the map lives on while this sleeps: it would keep every table that the map has had since.
    for (let oldest = this.#oldest(); oldest !== undefined; oldest = this.#oldest()) {
      const [one, untilMs] = oldest;
      const leftMs = untilMs - this.#clock.monotonicMs();
      if (leftMs > 0) {
        await this.#clock.sleep(leftMs, this.#over.signal);
        if (this.#over.signal.aborted) return;
      } else {
        this.#open.delete(one);
        this.#late(one);
      }
    }
    this.#watching = false;
  }

  #oldest(): [T, number] | undefined {
    return this.#open.entries().next().value;
  }

  /** Nothing runs out any more. */
  [Symbol.dispose](): void {
    this.#over.abort();
    this.#open.clear();
  }
}
