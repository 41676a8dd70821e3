import type { Clock } from "../clock/clock.ts";
import { TimeLimit } from "../clock/time-limit.ts";

/** Why the signal of an attempt is aborted. */
const timedOut = new Error("no answer in time");
const stopped = new Error("the exporter stops");

/** Limits the time of attempts; one that ends well aborts nothing, which costs a tenth of a request over HTTP. */
export class Attempts implements Disposable {
  readonly #signal: AbortSignal;
  readonly #open: TimeLimit<AbortController>;

  /** `signal` ends every attempt. */
  constructor(clock: Clock, limitMs: number, signal: AbortSignal) {
    this.#signal = signal;
    this.#open = new TimeLimit(clock, limitMs, (attempt) => attempt.abort(timedOut));
    signal.addEventListener("abort", this.#stop, { once: true });
  }

  begin(): AbortController {
    const attempt = new AbortController();
    if (this.#signal.aborted) attempt.abort(stopped);
    this.#open.begin(attempt);
    return attempt;
  }

  end(attempt: AbortController): void {
    this.#open.end(attempt);
  }

  /** Whether its time was up. */
  hasTimedOut({ signal }: AbortController): boolean {
    return signal.reason === timedOut;
  }

  readonly #stop = (): void => {
    for (const attempt of this.#open.open) attempt.abort(stopped);
  };

  [Symbol.dispose](): void {
    this.#signal.removeEventListener("abort", this.#stop);
    this.#open[Symbol.dispose]();
  }
}
