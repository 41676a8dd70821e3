import type { RetryConfig } from "./delivery-config.ts";

/** The waits between attempts: growing, and spread so that many senders do not come back at once. */
export class BackOff {
  readonly #config: RetryConfig;
  readonly #random: () => number;
  #nextMs: number;

  constructor(config: RetryConfig, random: () => number = Math.random) {
    this.#config = config;
    this.#random = random;
    this.#nextMs = config.initial_interval;
  }

  /** The next wait in milliseconds: at least `atLeastMs`, which the backend asked for. */
  next(atLeastMs = 0): number {
    const { max_interval, multiplier, randomization_factor } = this.#config;
    const base = Math.min(this.#nextMs, max_interval);
    this.#nextMs = Math.min(this.#nextMs * multiplier, max_interval);
    const spread = 1 + randomization_factor * (2 * this.#random() - 1);
    // Who asked for a pause gets it whole: the spread comes on top.
    return atLeastMs > 0
      ? Math.max(base * spread, atLeastMs + base * randomization_factor * this.#random())
      : base * spread;
  }
}
