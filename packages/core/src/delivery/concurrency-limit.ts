/** Share that is left of the limit after a backend was slow or refused. */
const CUT = 0.5;

/**
 * How many requests may be on their way at once: halved when the backend cannot keep up, and one more after each full round
 * of successes (additive increase, multiplicative decrease).
 */
export class ConcurrencyLimit {
  readonly max: number;
  #limit: number;
  #used = 0;
  #successes = 0;
  /** Requests that began before the last cut say nothing about the limit since. */
  #epoch = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(max: number) {
    this.max = max;
    this.#limit = max;
  }

  get current(): number {
    return Math.max(1, Math.floor(this.#limit));
  }

  /** Takes a turn when there is one. Each turn is to be {@link release}d. */
  take(): boolean {
    if (this.#used >= this.current) return false;
    this.#used++;
    return true;
  }

  /** Resolves once there is a turn, and takes it. */
  turn(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push(resolve);
    this.#serve();
    return promise;
  }

  release(): void {
    this.#used--;
    this.#serve();
  }

  #serve(): void {
    while (this.#waiting.length > 0 && this.take()) this.#waiting.shift()!();
  }

  /** To give to {@link failed} at the end of a request that begins now. */
  begin(): number {
    return this.#epoch;
  }

  succeeded(): void {
    if (this.#limit >= this.max || ++this.#successes < this.current) return;
    this.#successes = 0;
    this.#limit = Math.min(this.max, this.#limit + 1);
    this.#serve();
  }

  failed(epoch: number): void {
    if (epoch !== this.#epoch) return;
    this.#epoch++;
    this.#successes = 0;
    this.#limit = Math.max(1, this.#limit * CUT);
  }
}
