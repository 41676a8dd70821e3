import type { Clock } from "@tracecore/core";
import { POINT_NO_VALUE, timeAt, type PointColumns, type Series } from "@tracecore/core/pdata";
import {
  exponentialValues,
  histogramValues,
  numberValues,
  SeriesStates,
  type Decision,
  type PointKind,
  type PointKinds,
  type PointRewriter,
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

/** What a series has counted. Times in nanoseconds since 1970. */
interface Sum<V = unknown> {
  readonly start: bigint;
  readonly time: bigint;
  readonly value: V;
  readonly cumulative: Series;
}

/** Adds deltas up. */
export class Accumulator implements PointRewriter<SumDropReason> {
  readonly states: SeriesStates<Sum>;
  readonly kinds: PointKinds;
  readonly #joins: boolean;

  constructor({ max_stale, max_streams, max_buckets, gaps }: AccumulatorOptions, clock: Clock) {
    this.states = new SeriesStates({ limit: max_streams, maxAgeMs: max_stale, clock });
    this.#joins = gaps === "join";
    this.kinds = {
      numbers: numberValues,
      histograms: histogramValues,
      exponentialHistograms: exponentialValues(max_buckets),
    };
  }

  decide<P extends PointColumns, V>(
    kind: PointKind<P, V>,
    points: P,
    row: number,
  ): Exclude<Decision<V>, "drop"> | SumDropReason {
    const series = points.series[row]!;
    if (series.descriptor.temporality !== "delta") return "keep";
    const last = this.states.get(series) as Sum<V> | undefined;
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
    if (!this.states.set(series, sum)) return "cardinality";
    return { series: cumulative, startTimeUnixNano: sum.start, value: sum.value };
  }
}

/** Whether a sum that only rises would fall by this. */
function falls({ descriptor }: Series, value: unknown): boolean {
  const { value: number = 0 } = value as { readonly value?: number | bigint };
  return descriptor.monotonic && number < 0;
}
