import type { Clock } from "../clock/clock.ts";

/** How long to wait before a component is started anew, in milliseconds. */
export interface RestartPolicy {
  readonly initialIntervalMs: number;
  readonly maxIntervalMs: number;
  readonly multiplier: number;
}

/** Starts a component anew after a pause that grows with each failure and is forgotten after a quiet time. */
export class Supervisor {
  readonly #clock: Clock;
  readonly #policy: RestartPolicy;
  readonly #again: () => Promise<void>;
  readonly #stop = new AbortController();
  readonly #works = new Set<Promise<void>>();
  #pauseMs: number;
  #startedMs: number | undefined;
  #planned = false;

  constructor(clock: Clock, policy: RestartPolicy, again: () => Promise<void>) {
    this.#clock = clock;
    this.#policy = policy;
    this.#again = again;
    this.#pauseMs = policy.initialIntervalMs;
  }

  /** Plans one new start; further calls before it begins change nothing. */
  schedule(): void {
    if (this.#planned || this.#stop.signal.aborted) return;
    this.#planned = true;
    const ranMs = this.#startedMs === undefined ? 0 : this.#clock.monotonicMs() - this.#startedMs;
    if (ranMs >= this.#policy.maxIntervalMs) this.#pauseMs = this.#policy.initialIntervalMs;
    const pauseMs = this.#pauseMs;
    this.#pauseMs = Math.min(this.#policy.maxIntervalMs, pauseMs * this.#policy.multiplier);
    const work = (async () => {
      await this.#clock.sleep(pauseMs, this.#stop.signal);
      this.#planned = false;
      if (!this.#stop.signal.aborted) await this.#again();
    })().finally(() => this.#works.delete(work));
    this.#works.add(work);
  }

  /** Tells that the component runs. */
  started(): void {
    this.#startedMs = this.#clock.monotonicMs();
  }

  /** Forgets a planned start and waits for one that has begun. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#works);
  }
}
