import type { Clock } from "@tracecore/core";

const HOUR_MS = 3_600_000;
/** More restarts than this in one hour count as this many. */
const MAX_KEPT = 10_000;

/** Counts restarts over the last hour, on a clock that nobody can set back. */
export class RestartRate {
  readonly #clock: Pick<Clock, "monotonicMs">;
  #timesMs: number[] = [];

  constructor(clock: Pick<Clock, "monotonicMs">) {
    this.#clock = clock;
  }

  record(): void {
    this.#forget();
    if (this.#timesMs.length < MAX_KEPT) this.#timesMs.push(this.#clock.monotonicMs());
  }

  perHour(): number {
    this.#forget();
    return this.#timesMs.length;
  }

  #forget(): void {
    const oldest = this.#clock.monotonicMs() - HOUR_MS;
    const keep = this.#timesMs.findIndex((timeMs) => timeMs > oldest);
    if (keep !== 0) this.#timesMs = keep === -1 ? [] : this.#timesMs.slice(keep);
  }
}
