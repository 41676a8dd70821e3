import type { Clock } from "../clock/clock.ts";
import type { Logger } from "../settings.ts";

/** How often one reason is written about, at most, in milliseconds. */
const INTERVAL_MS = 60_000;

/** Writes lines about items that end in a component: one a minute for each reason, with all that came to it since the last. */
export class DropLog<R extends string> {
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #texts: Readonly<Record<R, string | undefined>>;
  readonly #state = new Map<R, { atMs: number; waiting: number }>();

  /** `texts` says of each reason why the items are dropped and what to do. */
  constructor(logger: Logger, clock: Clock, texts: Readonly<Record<R, string | undefined>>) {
    this.#logger = logger;
    this.#clock = clock;
    this.#texts = texts;
  }

  add(reason: R, items: number): void {
    const { atMs, waiting } = this.#state.get(reason) ?? { atMs: Number.NEGATIVE_INFINITY, waiting: 0 };
    const all = waiting + items;
    const nowMs = this.#clock.monotonicMs();
    const isDue = nowMs - atMs >= INTERVAL_MS;
    this.#state.set(reason, isDue ? { atMs: nowMs, waiting: 0 } : { atMs, waiting: all });
    if (isDue) this.#logger.warn(`dropped ${all} items: ${this.#texts[reason]}`, { items: all, kind: reason });
  }
}
