import type { Clock } from "@tracecore/core";

const TIMEOUT = /^(\d{1,8})([HMSmun])$/;
const UNIT_MS: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 1e-3, n: 1e-6 };

/** How long a caller waits, ms (gRPC over HTTP/2, "Timeout"); undefined where it says nothing that is a time. */
export function timeoutOf(header: string | string[] | undefined): number | undefined {
  const [, count, unit] = TIMEOUT.exec(String(header)) ?? [];
  return count === undefined ? undefined : Number(count) * UNIT_MS[unit!]!;
}

/** How late what has run out may be told so, ms. */
const STEP_MS = 20;

/** Things that each have a time of their own. Nearly all end long before it, so one timer serves them all. */
export class Deadlines<T extends object> implements Disposable {
  readonly #clock: Clock;
  readonly #late: (one: T) => void;
  /** When each has to end, ms. */
  readonly #open = new Map<T, number>();
  readonly #over = new AbortController();
  #watching = false;

  /** Calls `late` with each that does not end within its time. */
  constructor(clock: Clock, late: (one: T) => void) {
    this.#clock = clock;
    this.#late = late;
  }

  begin(one: T, ms: number): void {
    this.#open.set(one, this.#clock.monotonicMs() + ms);
    if (!this.#watching) void this.#watch();
  }

  end(one: T): void {
    this.#open.delete(one);
  }

  async #watch(): Promise<void> {
    this.#watching = true;
    while (this.#open.size > 0) {
      await this.#clock.sleep(STEP_MS, this.#over.signal);
      if (this.#over.signal.aborted) return;
      const nowMs = this.#clock.monotonicMs();
      for (const [one, untilMs] of this.#open) {
        if (untilMs > nowMs) continue;
        this.#open.delete(one);
        this.#late(one);
      }
    }
    this.#watching = false;
  }

  /** Nothing runs out any more. */
  [Symbol.dispose](): void {
    this.#over.abort();
    this.#open.clear();
  }
}
