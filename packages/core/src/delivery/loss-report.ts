import type { Clock } from "../clock/clock.ts";
import type { Logger } from "../settings.ts";

/** Time between two lines about losses, in milliseconds: under overload there would be one for each request. */
const INTERVAL_MS = 10_000;

/** Says how many items were lost and why, at once and then every ten seconds while there are more; the rest at the end. */
export class LossReport {
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #over = new AbortController();
  #items = 0;
  #reason = "";
  /** What the last line said. */
  #said = "";
  #waiting = false;

  constructor(logger: Logger, clock: Clock) {
    this.#logger = logger;
    this.#clock = clock;
  }

  lost(items: number, reason: string): void {
    this.#items += items;
    this.#reason = reason;
    if (!this.#waiting) void this.#report();
  }

  end(): void {
    this.#over.abort();
    const why = this.#reason === this.#said ? "" : `: ${this.#reason}`;
    if (this.#items > 0) this.#logger.error(`dropped ${this.#items} more items${why}`, { items: this.#items });
    this.#items = 0;
  }

  async #report(): Promise<void> {
    this.#waiting = true;
    while (this.#items > 0) {
      this.#logger.error(`dropped ${this.#items} items: ${this.#reason}`, { items: this.#items });
      this.#said = this.#reason;
      this.#items = 0;
      await this.#clock.sleep(INTERVAL_MS, this.#over.signal);
      if (this.#over.signal.aborted) return;
    }
    this.#waiting = false;
  }
}
