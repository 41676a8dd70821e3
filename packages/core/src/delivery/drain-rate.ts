/** Over how long the rate is taken, ms. */
const WINDOW_MS = 200;
/** An answer is never longer than this, ms. */
const LONGEST_MS = 1000;

/** How fast a queue empties, to say when it is worth asking again. */
export class DrainRate {
  #sinceMs: number;
  #drained = 0;
  #before = { drained: 0, ms: 1 };

  constructor(nowMs: number) {
    this.#sinceMs = nowMs;
  }

  /** So much has left the queue. */
  add(size: number): void {
    this.#drained += size;
  }

  /** Milliseconds until `size` more will have left it: 1 to 1,000. */
  msFor(size: number, nowMs: number): number {
    const ms = nowMs - this.#sinceMs;
    if (ms >= WINDOW_MS) {
      this.#before = { drained: this.#drained, ms };
      this.#sinceMs = nowMs;
      this.#drained = 0;
    }
    const { drained, ms: overMs } = this.#before;
    return drained === 0 ? LONGEST_MS : Math.min(LONGEST_MS, Math.max(1, Math.round((size * overMs) / drained)));
  }
}
