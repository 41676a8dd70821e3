import type { Clock } from "../clock/clock.ts";
import { ConsumeError } from "../consumer.ts";

interface Call {
  readonly startedMs: number;
  readonly component: string;
  readonly give: (error: unknown) => void;
}

/** Holds the calls that wait for a component, and ends those that wait for too long. One timer serves all of them. */
export class InFlight {
  readonly #calls = new Set<Call>();
  readonly #clock: Clock;
  readonly timeoutMs: number;
  readonly #watch: AsyncDisposable;

  constructor(clock: Clock, timeoutMs: number) {
    this.#clock = clock;
    this.timeoutMs = timeoutMs;
    this.#watch = clock.every(Math.min(1000, timeoutMs), () => this.#expire());
  }

  get size(): number {
    return this.#calls.size;
  }

  /** `work` as it is, or a retryable error naming `component` once the time is up; `work` itself goes on unobserved. */
  async bound(component: string, work: Promise<void>): Promise<void> {
    const { promise, reject } = Promise.withResolvers<never>();
    const call: Call = { startedMs: this.#clock.monotonicMs(), component, give: reject };
    this.#calls.add(call);
    try {
      await Promise.race([work, promise]);
    } finally {
      this.#calls.delete(call);
    }
  }

  /** Ends every call now, as when the drain budget is spent. */
  abandon(reason: string): void {
    for (const { component, give } of this.#calls) {
      give(new ConsumeError(`${component} did not take the data: ${reason}`, { retryable: true }));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#watch[Symbol.asyncDispose]();
  }

  #expire(): void {
    const now = this.#clock.monotonicMs();
    for (const { startedMs, component, give } of this.#calls) {
      if (now - startedMs < this.timeoutMs) return; // Calls stand in the order of their start.
      give(new ConsumeError(`${component} did not take the data within ${this.timeoutMs} ms`, { retryable: true }));
    }
  }
}
