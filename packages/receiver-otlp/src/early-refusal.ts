import { TimeLimit, type Clock } from "@tracecore/core";
import type { Refusal } from "./refusal.ts";

/** A pipeline that says that it will not take anything for long is asked again after this, ms. */
const LONGEST_PAUSE_MS = 1000;
/** With so many requests under way that none was refused of, the pipeline is taken to be well again. */
const WELL = 256;
/** Who takes longer than this, ms, takes no place from others: a sender that is slow, or gone, would keep them all out. */
const SLOW_MS = 1000;

/** That of a request that was let in. */
export interface Place {
  /** Whether it is one of those that are counted. */
  counts: boolean;
  /** Called when it takes long. */
  onSlow?: () => void;
}

/**
 * Refuses what the pipeline would refuse anyway, before it is read. Reading and checking a request costs nearly as much as passing
 * it on: a collector that is sent three times what it can do would do little else.
 *
 * After a refusal nothing is let in for as long as the pipeline asked; then so many requests at once as were taken last time, and
 * one more with each that is taken. While nothing is refused there is no limit. Disposing stops its timer.
 */
export class EarlyRefusal implements Disposable {
  readonly #clock: Clock;
  readonly #places: TimeLimit<Place>;
  /** Requests that were let in less than a second ago. */
  #underWay = 0;
  #most = Number.POSITIVE_INFINITY;
  #shutUntilMs = Number.NEGATIVE_INFINITY;
  #last: Refusal | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#places = new TimeLimit(clock, SLOW_MS, (place) => {
      this.#free(place);
      place.onSlow?.();
    });
  }

  /** Lets a request in; throws the refusal that the pipeline gave last. What is let in must {@link leave}. */
  enter(): Place {
    if (this.#last !== undefined && (this.#underWay >= this.#most || this.#clock.monotonicMs() < this.#shutUntilMs)) {
      throw this.#last;
    }
    this.#underWay++;
    const place: Place = { counts: true };
    this.#places.begin(place);
    return place;
  }

  /** A request was answered. `refusal`: that of a pipeline that may take it later; undefined when it took it or was not asked. */
  leave(place: Place, refusal: Refusal | undefined): void {
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
    this.#places.end(place);
    this.#free(place);
  }

  [Symbol.dispose](): void {
    this.#places[Symbol.dispose]();
  }

  #free(place: Place): void {
    if (place.counts) this.#underWay--;
    place.counts = false;
  }
}
