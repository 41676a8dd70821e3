import type { Clock } from "../clock/clock.ts";
import type { Logger } from "../settings.ts";

/** Time between two lines about losses, in milliseconds: under overload there would be one for each request. */
const INTERVAL_MS = 10_000;

/** Says how many items were lost and why, at once and then at most every ten seconds; the rest at the end. */
export class LossReport {
  readonly #logger: Logger;
  readonly #clock: Clock;
  #items = 0;
  #lastMs = Number.NEGATIVE_INFINITY;

  constructor(logger: Logger, clock: Clock) {
    this.#logger = logger;
    this.#clock = clock;
  }

  lost(items: number, reason: string): void {
    this.#items += items;
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#lastMs < INTERVAL_MS) return;
    this.#lastMs = nowMs;
    this.#logger.error(`dropped ${this.#items} items: ${reason}`, { items: this.#items });
    this.#items = 0;
  }

  end(): void {
    if (this.#items > 0) this.#logger.error(`dropped ${this.#items} more items`, { items: this.#items });
    this.#items = 0;
  }
}
