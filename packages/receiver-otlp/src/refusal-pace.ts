import type { Clock } from "@tracecore/core";

/** What it takes to refuse a request, microseconds of CPU, without its body. Measured, like the next; both only have to be about right. */
const REQUEST_US = 80;
/** What it takes to read a byte of a body and forget it. */
const BYTE_US = 1 / 1024;
/** Refusals that come at once after a calm time are not delayed as long as they take less than this, milliseconds of CPU. */
const BURST_MS = 100;

/** The checked options; time in milliseconds. */
export interface RefusalPaceConfig {
  readonly cpu_share: number;
  readonly max_delay: number;
}

/**
 * Says how long a refusal has to wait, so that refusing takes no more than a share of the time. A sender that waits for its answer
 * sends nothing else meanwhile; without that, a collector that is sent three times what it can do spends a third of itself on
 * reading what it refuses.
 */
export class RefusalPace {
  readonly #clock: Clock;
  readonly #config: RefusalPaceConfig;
  /** Until when the share is spent; in the past while there is some left. */
  #spentUntilMs: number;

  constructor(clock: Clock, config: RefusalPaceConfig) {
    this.#clock = clock;
    this.#config = config;
    this.#spentUntilMs = Number.NEGATIVE_INFINITY;
  }

  /** Milliseconds to wait before a request is refused of which `bytes` are still to be read; undefined when that is more than `most`. */
  delayMs(bytes: number, most: number = this.#config.max_delay): number | undefined {
    const { cpu_share: share } = this.#config;
    const nowMs = this.#clock.monotonicMs();
    const from = Math.max(this.#spentUntilMs, nowMs - BURST_MS / share);
    if (from - nowMs > most) return undefined;
    this.#spentUntilMs = from + (REQUEST_US + bytes * BYTE_US) / 1000 / share;
    return Math.max(0, from - nowMs);
  }
}
