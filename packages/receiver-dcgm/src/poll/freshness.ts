/** A sample may be this many intervals old. */
const STALE_AFTER_INTERVALS = 3;

/** Tells fresh samples from stale ones. One for each engine. */
export class Freshness {
  /**
   * How far the engine's clock is behind ours, ms. An engine on this machine has our clock; of another one it is the least
   * age that a sample ever had, so that a clock that is wrong makes nothing stale.
   */
  #behindMs: number;
  readonly #sameClock: boolean;

  constructor(sameClock: boolean) {
    this.#sameClock = sameClock;
    this.#behindMs = sameClock ? 0 : Number.POSITIVE_INFINITY;
  }

  /** Learns from the newest sample of a table. */
  learn(newestUs: number, nowMs: number): void {
    if (this.#sameClock || newestUs === 0) return;
    this.#behindMs = Math.min(this.#behindMs, nowMs - newestUs / 1000);
  }

  /** How old a sample is when it is first seen, ms. */
  ageMs(sampleUs: number, nowMs: number): number {
    const behindMs = Number.isFinite(this.#behindMs) ? this.#behindMs : 0;
    return Math.max(0, nowMs - sampleUs / 1000 - behindMs);
  }

  isStale(ageMs: number, intervalMs: number): boolean {
    return ageMs > STALE_AFTER_INTERVALS * intervalMs;
  }
}
