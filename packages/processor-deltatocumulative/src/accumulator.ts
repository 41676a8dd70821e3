import type { Clock } from "@tracecore/core";
import { POINT_NO_VALUE, timeAt, type Metrics, type PointColumns, type Series } from "@tracecore/core/pdata";
import {
  exponentialValues,
  histogramValues,
  numberValues,
  rewriteMetrics,
  SeriesStates,
  type Decision,
  type PointKind,
  type PointKinds,
} from "@tracecore/core/temporality";

/** Why a point ends here. */
export type SumDropReason = "out_of_order" | "invalid" | "cardinality";

/** The options. Times in milliseconds. */
export interface AccumulatorOptions {
  readonly max_stale: number;
  readonly max_streams: number;
  readonly max_buckets: number;
  readonly gaps: "restart" | "join";
}

/** A batch with sums, and how many points went. */
export interface Summed {
  readonly batch: Metrics;
  readonly drops: ReadonlyMap<SumDropReason, number>;
}

/** What a series has counted. Times in nanoseconds since 1970. */
interface Sum<V = unknown> {
  readonly start: bigint;
  readonly time: bigint;
  readonly value: V;
  readonly cumulative: Series;
}

/** Adds deltas up. What a batch adds counts once `commit` is called. */
export class Accumulator implements AsyncDisposable {
  readonly #sums: SeriesStates<Sum>;
  readonly #kinds: PointKinds;
  readonly #joins: boolean;

  constructor({ max_stale, max_streams, max_buckets, gaps }: AccumulatorOptions, clock: Clock) {
    this.#sums = new SeriesStates({ limit: max_streams, maxAgeMs: max_stale, clock });
    this.#joins = gaps === "join";
    this.#kinds = {
      numbers: numberValues,
      histograms: histogramValues,
      exponentialHistograms: exponentialValues(max_buckets),
    };
  }

  add(batch: Metrics): Summed {
    const drops = new Map<SumDropReason, number>();
    const summed = rewriteMetrics(batch, this.#kinds, (kind, points, row) => {
      const decision = this.#decide(kind, points, row);
      if (typeof decision === "object" || decision === "keep") return decision;
      drops.set(decision, (drops.get(decision) ?? 0) + 1);
      return "drop";
    });
    return { batch: summed, drops };
  }

  commit(): void {
    this.#sums.commit();
  }

  discard(): void {
    this.#sums.discard();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sums[Symbol.asyncDispose]();
  }

  #decide<P extends PointColumns, V>(
    kind: PointKind<P, V>,
    points: P,
    row: number,
  ): Exclude<Decision<V>, "drop"> | SumDropReason {
    const series = points.series[row]!;
    if (series.descriptor.temporality !== "delta") return "keep";
    const last = this.#sums.get(series) as Sum<V> | undefined;
    const cumulative = last?.cumulative ?? series.withDescriptor({ temporality: "cumulative" });
    const start = timeAt(points.startTimes, row);
    const time = timeAt(points.times, row);
    if ((points.flags[row]! & POINT_NO_VALUE) !== 0) {
      return { series: cumulative, startTimeUnixNano: last?.start ?? start };
    }
    const value = kind.read(points, row);
    if (value === undefined || time === 0n || start > time || falls(series, value)) return "invalid";
    const isFirst = last === undefined;
    // A point without a start time is taken to begin where the last one ended.
    if (!isFirst && (time <= last.time || (start !== 0n && start < last.time))) return "out_of_order";
    const continues = !isFirst && (this.#joins || start === 0n || start === last.time);
    // Undefined too when there are other buckets, or the sum would go beyond 64 bits: then it begins anew, as after a gap.
    const total = continues ? kind.plus(last.value, value) : undefined;
    const begins = !isFirst && start === 0n ? last.time : start;
    const sum: Sum<V> =
      total === undefined
        ? { start: begins, time, value, cumulative }
        : { start: last!.start, time, value: total, cumulative };
    if (!this.#sums.set(series, sum)) return "cardinality";
    return { series: cumulative, startTimeUnixNano: sum.start, value: sum.value };
  }
}

/** Whether a sum that only rises would fall by this. */
function falls({ descriptor }: Series, value: unknown): boolean {
  const { value: number = 0 } = value as { readonly value?: number | bigint };
  return descriptor.monotonic && number < 0;
}
