/** When something is to be done again, in a loop whose ticks come a little early or late. */
export class Schedule {
  readonly #intervalMs: number;
  readonly #toleranceMs: number;
  #dueMs: number;

  /** `tickMs` is the time between two ticks of the loop; half of it early is on time. */
  constructor(intervalMs: number, tickMs: number, firstMs: number = Number.NEGATIVE_INFINITY) {
    this.#intervalMs = intervalMs;
    this.#toleranceMs = Math.min(tickMs, intervalMs) / 2;
    this.#dueMs = firstMs;
  }

  isDue(nowMs: number): boolean {
    return nowMs >= this.#dueMs - this.#toleranceMs;
  }

  /** Notes that it was done. Due times keep to their grid; what was missed is not made up for. */
  done(nowMs: number): void {
    const next = this.#dueMs + this.#intervalMs;
    this.#dueMs = next > nowMs ? next : nowMs + this.#intervalMs;
  }

  /** Makes it due at once. */
  now(): void {
    this.#dueMs = Number.NEGATIVE_INFINITY;
  }
}
