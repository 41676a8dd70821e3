import type { Clock } from "@tracecore/core";

/** How late a limit may be noticed, ms. */
const CHECK_MS = 500;

/** Limits the time that clients may take for something; one timer for all of them, which runs while there are any. */
export class SlowClients implements Disposable {
  readonly #clock: Clock;
  readonly #waiting = new Map<object, { readonly untilMs: number; readonly cut: () => void }>();
  readonly #over = new AbortController();
  #watching = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls `cut` unless `client` is done within `ms`; 0 waits for ever. */
  limit(client: object, ms: number, cut: () => void): void {
    if (ms === 0) return;
    this.#waiting.set(client, { untilMs: this.#clock.monotonicMs() + ms, cut });
    if (!this.#watching) void this.#watch();
  }

  done(client: object): void {
    this.#waiting.delete(client);
  }

  async #watch(): Promise<void> {
    this.#watching = true;
    while (this.#waiting.size > 0) {
      await this.#clock.sleep(CHECK_MS, this.#over.signal);
      if (this.#over.signal.aborted) return;
      const nowMs = this.#clock.monotonicMs();
      for (const [client, { untilMs, cut }] of this.#waiting) {
        if (untilMs > nowMs) continue;
        this.#waiting.delete(client);
        cut();
      }
    }
    this.#watching = false;
  }

  [Symbol.dispose](): void {
    this.#over.abort();
  }
}
