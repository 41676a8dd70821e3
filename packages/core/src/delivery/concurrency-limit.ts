/** Share that is left of the limit after a backend was slow or refused. */
const CUT = 0.5;

/**
 * How many requests may be on their way at once: halved when the backend cannot keep up, and one more after each full round
 * of successes (additive increase, multiplicative decrease).
 */
export class ConcurrencyLimit {
  readonly max: number;
  #limit: number;
  #successes = 0;
  /** Requests that began before the last cut say nothing about the limit since. */
  #epoch = 0;

  constructor(max: number) {
    this.max = max;
    this.#limit = max;
  }

  get current(): number {
    return Math.max(1, Math.floor(this.#limit));
  }

  /** To give to {@link failed} and {@link succeeded} at the end of a request that begins now. */
  begin(): number {
    return this.#epoch;
  }

  succeeded(): void {
    if (this.#limit >= this.max || ++this.#successes < this.current) return;
    this.#successes = 0;
    this.#limit = Math.min(this.max, this.#limit + 1);
  }

  failed(epoch: number): void {
    if (epoch !== this.#epoch) return;
    this.#epoch++;
    this.#successes = 0;
    this.#limit = Math.max(1, this.#limit * CUT);
  }
}
