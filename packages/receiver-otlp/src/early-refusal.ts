import type { Clock } from "@tracecore/core";
import type { Refusal } from "./refusal.ts";

/** A pipeline that says that it will not take anything for long is asked again after this, ms. */
const LONGEST_PAUSE_MS = 1000;
/** With so many requests under way that none was refused of, the pipeline is taken to be well again. */
const WELL = 256;

/**
 * Refuses what the pipeline would refuse anyway, before it is read. Reading and checking a request costs nearly as much as passing
 * it on: a collector that is sent three times what it can do would do little else.
 *
 * After a refusal nothing is let in for as long as the pipeline asked; then so many requests at once as were taken last time, and
 * one more with each that is taken. While nothing is refused there is no limit.
 */
export class EarlyRefusal {
  readonly #clock: Clock;
  #underWay = 0;
  #most = Number.POSITIVE_INFINITY;
  #shutUntilMs = Number.NEGATIVE_INFINITY;
  #last: Refusal | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Lets a request in; throws the refusal that the pipeline gave last. What is let in must {@link leave}. */
  enter(): void {
    if (this.#last !== undefined && (this.#underWay >= this.#most || this.#clock.monotonicMs() < this.#shutUntilMs)) {
      throw this.#last;
    }
    this.#underWay++;
  }

  /** A request was answered. `refusal`: that of a pipeline that may take it later; undefined when it took it or was not asked. */
  leave(refusal: Refusal | undefined): void {
    if (refusal?.pauseMs !== undefined) {
      const nowMs = this.#clock.monotonicMs();
      // Of those that were let in together each is refused: that halves once.
      if (nowMs >= this.#shutUntilMs) this.#most = Math.max(1, Math.floor(Math.min(this.#most, this.#underWay) / 2));
      this.#last = refusal;
      this.#shutUntilMs = nowMs + Math.min(LONGEST_PAUSE_MS, refusal.pauseMs);
    } else if (this.#last !== undefined && ++this.#most > WELL) {
      this.#most = Number.POSITIVE_INFINITY;
      this.#last = undefined;
    }
    this.#underWay--;
  }
}
