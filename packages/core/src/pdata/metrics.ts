import type { AttributesInput } from "./attribute-value.ts";
import type { Series } from "./series.ts";
import { timeAt, type TimeColumn } from "./time-column.ts";

/** The value is a 64-bit integer, not a double. */
export const POINT_INTEGER = 1;
/** The series has no value any more (OTLP: FLAG_NO_RECORDED_VALUE). */
export const POINT_NO_VALUE = 2;
/** A sum that is NaN, which without this says that there is none; likewise min and max. */
export const POINT_NAN_SUM = 4;
export const POINT_NAN_MIN = 8;
export const POINT_NAN_MAX = 16;
/** A value stands beside POINT_NO_VALUE, as it came. */
export const POINT_VALUE_KEPT = 32;
/** There is no value, and OTLP's flag does not say so: POINT_NO_VALUE stands here alone. */
export const POINT_UNMARKED = 64;

/** A sample behind an aggregated point. */
export interface Exemplar {
  readonly timeUnixNano: bigint;
  readonly value: number | bigint;
  readonly filteredAttributes: AttributesInput;
  /** Hex; empty when there is none. */
  readonly traceId: string;
  readonly spanId: string;
}

/** What every section of a metrics batch has: one row per data point. */
export interface PointColumns {
  readonly length: number;
  readonly series: readonly Series[];
  readonly times: TimeColumn;
  /** When a cumulative or delta point began; 0 where it is not known. */
  readonly startTimes: TimeColumn;
  /** POINT_… bits. */
  readonly flags: Uint8Array;
  /** OTLP's flags by row, without the one that is POINT_NO_VALUE; most batches have none. */
  readonly otherFlags: ReadonlyMap<number, number> | undefined;
  /** By row; most batches have none. */
  readonly exemplars: ReadonlyMap<number, readonly Exemplar[]> | undefined;
}

/** Gauges and sums. */
export interface NumberPoints extends PointColumns {
  readonly values: Float64Array;
  /** Exact integers by row, only where a double cannot hold the value. */
  readonly exactIntegers: ReadonlyMap<number, bigint> | undefined;
}

/** Explicit-bucket histograms. Counts are exact below 2^53; larger ones stand in `exactCounts`. */
export interface HistogramPoints extends PointColumns {
  readonly counts: Float64Array;
  readonly exactCounts: ReadonlyMap<number, bigint> | undefined;
  /** NaN where there is none, and where POINT_NAN_SUM says that it is NaN; likewise min and max. */
  readonly sums: Float64Array;
  readonly mins: Float64Array;
  readonly maxs: Float64Array;
  /** Upper bounds by row; the same array object for the same bounds. One fewer than the buckets. */
  readonly bounds: readonly (readonly number[])[];
  /** Row i owns bucketCounts[bucketStarts[i]] up to bucketStarts[i + 1]; counts are per bucket, not cumulative. */
  readonly bucketStarts: Uint32Array;
  readonly bucketCounts: Float64Array;
}

/** One side of an exponential histogram. */
export interface ExponentialBuckets {
  readonly offset: number;
  readonly counts: readonly number[];
}

/** Exponential histograms: rare enough that the buckets are objects. */
export interface ExponentialHistogramPoints extends PointColumns {
  readonly counts: Float64Array;
  readonly sums: Float64Array;
  readonly mins: Float64Array;
  readonly maxs: Float64Array;
  readonly scales: Int32Array;
  readonly zeroCounts: Float64Array;
  readonly zeroThresholds: Float64Array;
  readonly positive: readonly ExponentialBuckets[];
  readonly negative: readonly ExponentialBuckets[];
}

/** Summaries with precomputed quantiles. */
export interface SummaryPoints extends PointColumns {
  readonly counts: Float64Array;
  readonly sums: Float64Array;
  readonly quantiles: readonly (readonly { readonly quantile: number; readonly value: number }[])[];
}

/** A batch of metrics: series, and their values in columns. Immutable; every stage may keep it. */
export interface Metrics {
  readonly signal: "metrics";
  /** Data points of all kinds. */
  readonly itemCount: number;
  readonly numbers: NumberPoints;
  readonly histograms: HistogramPoints;
  readonly exponentialHistograms: ExponentialHistogramPoints;
  readonly summaries: SummaryPoints;
}

/** One gauge or sum point, for code that is not on a hot path. */
export interface NumberPoint {
  readonly series: Series;
  readonly name: string;
  /** A bigint where a double cannot hold the integer. */
  readonly value: number | bigint;
  readonly integer: boolean;
  /** The series has no value any more, and `value` says nothing. */
  readonly noValue: boolean;
  readonly attributes: AttributesInput;
  readonly timeUnixNano: bigint;
  readonly startTimeUnixNano: bigint;
}

/** The gauge and sum points of a batch, one object each. */
export function* numberPoints({ numbers }: Metrics): IterableIterator<NumberPoint> {
  for (let i = 0; i < numbers.length; i++) {
    const series = numbers.series[i]!;
    yield {
      series,
      name: series.name,
      value: numbers.exactIntegers?.get(i) ?? numbers.values[i]!,
      integer: (numbers.flags[i]! & POINT_INTEGER) !== 0,
      noValue: (numbers.flags[i]! & POINT_NO_VALUE) !== 0,
      attributes: series.attributes.toObject(),
      timeUnixNano: timeAt(numbers.times, i),
      startTimeUnixNano: timeAt(numbers.startTimes, i),
    };
  }
}
