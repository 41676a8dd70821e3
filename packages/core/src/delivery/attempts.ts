import type { Clock } from "../clock/clock.ts";
import { TimeLimit } from "../clock/time-limit.ts";
import { connectionFailure } from "./connection-failure.ts";
import type { SendResult } from "./send-result.ts";
import type { Sender } from "./sender.ts";
import type { Sized } from "./sending-queue.ts";

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

  /** One attempt of a sender at a request. What it throws is a failure of the connection, or that its time was up. */
  async run<R extends Sized, P>(sender: Pick<Sender<R, P>, "prepare" | "send">, request: R): Promise<SendResult> {
    let prepared: P | undefined;
    try {
      if (sender.prepare !== undefined && !this.#signal.aborted) prepared = await sender.prepare(request);
    } catch (error) {
      return { outcome: "retry", kind: "connect", reason: connectionFailure(error) };
    }
    // What is counted as dropped must not be sent all the same.
    if (this.#signal.aborted) return { outcome: "retry", kind: "connect", reason: stopped.message };
    const attempt = new AbortController();
    const { signal } = attempt;
    this.#open.begin(attempt);
    try {
      return await sender.send(request, signal, prepared as P);
    } catch (error) {
      if (signal.reason === timedOut) {
        return { outcome: "retry", kind: "timeout", reason: `no answer within ${this.#open.limitMs} ms` };
      }
      return { outcome: "retry", kind: "connect", reason: connectionFailure(error) };
    } finally {
      this.#open.end(attempt);
    }
  }

  readonly #stop = (): void => {
    for (const attempt of this.#open.open) attempt.abort(stopped);
  };

  [Symbol.dispose](): void {
    this.#signal.removeEventListener("abort", this.#stop);
    this.#open[Symbol.dispose]();
  }
}
