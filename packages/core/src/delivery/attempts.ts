import type { Clock } from "../clock/clock.ts";

/** Why the signal of an attempt is aborted. */
const timedOut = new Error("no answer in time");
const stopped = new Error("the exporter stops");

/**
 * Limits the time of attempts. All have the same limit, so they run out in the order in which they began, and one timer serves
 * them all; an attempt that ends well aborts nothing, which costs a tenth of a request over HTTP.
 */
export class Attempts implements Disposable {
  readonly #clock: Clock;
  readonly #limitMs: number;
  readonly #signal: AbortSignal;
  /** When each has to end, ms; the oldest first. */
  readonly #open = new Map<AbortController, number>();
  readonly #over = new AbortController();
  #watching = false;

  /** `signal` ends every attempt. */
  constructor(clock: Clock, limitMs: number, signal: AbortSignal) {
    this.#clock = clock;
    this.#limitMs = limitMs;
    this.#signal = signal;
    signal.addEventListener("abort", this.#stop, { once: true });
  }

  begin(): AbortController {
    const attempt = new AbortController();
    if (this.#signal.aborted) attempt.abort(stopped);
    this.#open.set(attempt, this.#clock.monotonicMs() + this.#limitMs);
    if (!this.#watching) void this.#watch();
    return attempt;
  }

  end(attempt: AbortController): void {
    this.#open.delete(attempt);
  }

  /** Whether its time was up. */
  hasTimedOut({ signal }: AbortController): boolean {
    return signal.reason === timedOut;
  }

  async #watch(): Promise<void> {
    this.#watching = true;
    for (const [attempt, untilMs] of this.#open) {
      const leftMs = untilMs - this.#clock.monotonicMs();
      if (leftMs > 0) await this.#clock.sleep(leftMs, this.#over.signal);
      if (this.#over.signal.aborted) return;
      if (this.#open.delete(attempt)) attempt.abort(timedOut);
    }
    this.#watching = false;
  }

  readonly #stop = (): void => {
    for (const attempt of this.#open.keys()) attempt.abort(stopped);
  };

  [Symbol.dispose](): void {
    this.#signal.removeEventListener("abort", this.#stop);
    this.#over.abort();
  }
}
