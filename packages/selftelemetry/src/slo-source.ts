import type { Clock } from "@tracecore/core";
import type { FailureRateReader } from "@tracecore/core/selftelemetry";
import { WindowedRate } from "./windowed-rate.ts";

/** Feeds the service-level gauges. It is asked once a scrape. */
export interface SloSource {
  /** Failed share of all exporters' calls over the window. */
  failureRate(): number;
  /** The same for each exporter by itself. */
  eachFailureRate(visit: (componentId: string, rate: number) => void): void;
  /** How full the sending queues are, 0 to 1. */
  queueDepthRatio(): number;
  restartsPerHour(): number;
}

/** No signal at all: for tests and for `validate`. */
export const zeroSloSource: SloSource = {
  failureRate: () => 0,
  eachFailureRate: () => {},
  queueDepthRatio: () => 0,
  restartsPerHour: () => 0,
};

interface OwnRate {
  readonly rate: WindowedRate;
  /** Counts of readers that have gone, so that the sums only rise when an exporter is restarted. */
  goneFailures: number;
  goneCalls: number;
}

/** Adds up over the exporters that run. The set may change at any time; a reader that comes twice counts once. */
export class AggregateSloSource implements SloSource {
  readonly #clock: Pick<Clock, "monotonicMs">;
  readonly #windowMs: number;
  readonly #restarts: { perHour(): number };
  readonly #total: OwnRate;
  readonly #own = new Map<string, OwnRate>();
  #readers: readonly FailureRateReader[] = [];

  constructor(
    clock: Pick<Clock, "monotonicMs">,
    { windowMs = 0, restarts = { perHour: () => 0 } }: { windowMs?: number; restarts?: { perHour(): number } } = {},
  ) {
    this.#clock = clock;
    this.#windowMs = windowMs;
    this.#restarts = restarts;
    this.#total = this.#newRate();
  }

  /** The exporters that run from now on. */
  setReaders(readers: readonly FailureRateReader[]): void {
    const next = new Set(readers);
    const ids = new Set<string>();
    for (const { componentId } of next) if (componentId !== undefined) ids.add(componentId);
    for (const reader of this.#readers) {
      if (next.has(reader)) continue;
      retire(this.#total, reader);
      const own = reader.componentId === undefined ? undefined : this.#own.get(reader.componentId);
      if (own !== undefined) retire(own, reader);
    }
    for (const id of this.#own.keys()) if (!ids.has(id)) this.#own.delete(id);
    for (const id of ids) if (!this.#own.has(id)) this.#own.set(id, this.#newRate());
    this.#readers = [...next];
  }

  failureRate(): number {
    let failures = this.#total.goneFailures;
    let calls = this.#total.goneCalls;
    for (const reader of this.#readers) {
      const failed = reader.failureCount();
      failures += failed;
      calls += failed + reader.successCount();
    }
    return this.#total.rate.observe(failures, calls);
  }

  eachFailureRate(visit: (componentId: string, rate: number) => void): void {
    for (const [id, { rate, goneFailures, goneCalls }] of this.#own) {
      let failures = goneFailures;
      let calls = goneCalls;
      for (const reader of this.#readers) {
        if (reader.componentId !== id) continue;
        const failed = reader.failureCount();
        failures += failed;
        calls += failed + reader.successCount();
      }
      visit(id, rate.observe(failures, calls));
    }
  }

  /** Exporters hand their data on at once: there is no queue that could fill. */
  queueDepthRatio(): number {
    return 0;
  }

  restartsPerHour(): number {
    return this.#restarts.perHour();
  }

  #newRate(): OwnRate {
    return { rate: new WindowedRate({ clock: this.#clock, windowMs: this.#windowMs }), goneFailures: 0, goneCalls: 0 };
  }
}

function retire(own: OwnRate, reader: FailureRateReader): void {
  const failures = reader.failureCount();
  own.goneFailures += failures;
  own.goneCalls += failures + reader.successCount();
}
