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
  readers: FailureRateReader[];
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
    const distinct = [...new Set(readers)];
    const byId = Map.groupBy(distinct, ({ componentId }) => componentId);
    byId.delete(undefined);
    replace(this.#total, distinct);
    for (const id of this.#own.keys()) if (!byId.has(id)) this.#own.delete(id);
    for (const [id, own] of byId as Map<string, FailureRateReader[]>) {
      const known = this.#own.get(id) ?? this.#newRate();
      this.#own.set(id, known);
      replace(known, own);
    }
  }

  failureRate(): number {
    return observe(this.#total);
  }

  eachFailureRate(visit: (componentId: string, rate: number) => void): void {
    for (const [id, own] of this.#own) visit(id, observe(own));
  }

  /** The fullest queue: an average would hide the one that is about to lose data. */
  queueDepthRatio(): number {
    let fullest = 0;
    for (const reader of this.#total.readers) fullest = Math.max(fullest, reader.queueDepthRatio?.() ?? 0);
    return fullest;
  }

  restartsPerHour(): number {
    return this.#restarts.perHour();
  }

  #newRate(): OwnRate {
    const rate = new WindowedRate({ clock: this.#clock, windowMs: this.#windowMs });
    return { rate, readers: [], goneFailures: 0, goneCalls: 0 };
  }
}

function observe({ rate, readers, goneFailures, goneCalls }: OwnRate): number {
  let failures = goneFailures;
  let calls = goneCalls;
  for (const reader of readers) {
    const failed = reader.failureCount();
    failures += failed;
    calls += failed + reader.successCount();
  }
  return rate.observe(failures, calls);
}

function replace(own: OwnRate, readers: FailureRateReader[]): void {
  for (const reader of own.readers) {
    if (readers.includes(reader)) continue;
    const failures = reader.failureCount();
    own.goneFailures += failures;
    own.goneCalls += failures + reader.successCount();
  }
  own.readers = readers;
}
