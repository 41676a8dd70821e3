import type { Clock } from "../clock/clock.ts";

/** Longest time for which a backend may ask not to be asked, ms: a wrong date would silence the exporter for years. */
const LONGEST_MS = 60 * 60 * 1000;

/** The time for which a backend has asked not to be asked, with any request. */
export class BackendPause {
  readonly #clock: Clock;
  #untilMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The backend asks for `ms`. What it gets is given back. */
  ask(ms: number): number {
    const granted = Math.min(ms, LONGEST_MS);
    this.#untilMs = Math.max(this.#untilMs, this.#clock.monotonicMs() + granted);
    return granted;
  }

  /** Resolves when it is over, or `signal` aborts. */
  async over(signal: AbortSignal): Promise<void> {
    const leftMs = this.#untilMs - this.#clock.monotonicMs();
    if (leftMs > 0) await this.#clock.sleep(leftMs, signal);
  }
}
