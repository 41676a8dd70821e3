import type {
  Exemplar,
  ExponentialBuckets,
  ExponentialHistogramPoints,
  HistogramPoints,
  Metrics,
  NumberPoints,
  SummaryPoints,
} from "./metrics.ts";
import { POINT_INTEGER, POINT_NO_VALUE } from "./metrics.ts";
import type { Series } from "./series.ts";
import { splitTime, type TimeColumn } from "./time-column.ts";

export interface PointOptions {
  readonly timeUnixNano?: bigint;
  readonly startTimeUnixNano?: bigint;
  /** Store as a 64-bit integer; default false for numbers, always true for bigints. */
  readonly integer?: boolean;
  readonly noValue?: boolean;
  readonly exemplars?: readonly Exemplar[];
}

export interface HistogramInput {
  readonly count: number | bigint;
  readonly sum?: number | undefined;
  readonly min?: number | undefined;
  readonly max?: number | undefined;
  readonly bounds: readonly number[];
  /** Per bucket, one more than the bounds; empty when only count and sum are known. */
  readonly bucketCounts: readonly number[];
}

export interface ExponentialHistogramInput {
  readonly count: number;
  readonly sum?: number | undefined;
  readonly min?: number | undefined;
  readonly max?: number | undefined;
  readonly scale: number;
  readonly zeroCount: number;
  readonly zeroThreshold?: number;
  readonly positive: ExponentialBuckets;
  readonly negative: ExponentialBuckets;
}

export interface SummaryInput {
  readonly count: number;
  readonly sum: number;
  readonly quantiles: readonly { readonly quantile: number; readonly value: number }[];
}

const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER);

/** Columns that grow by doubling. */
class Columns {
  length = 0;
  series: Series[] = [];
  flags = new Uint8Array(16);
  high = new Uint32Array(16);
  low = new Uint32Array(16);
  startHigh = new Uint32Array(16);
  startLow = new Uint32Array(16);
  exemplars: Map<number, readonly Exemplar[]> | undefined;
  /** The Float64 columns; which is which is up to the section. */
  readonly doubles: Float64Array[];

  constructor(doubles: number) {
    this.doubles = Array.from({ length: doubles }, () => new Float64Array(16));
  }

  grow(): void {
    const capacity = this.flags.length * 2;
    this.flags = resized(this.flags, new Uint8Array(capacity));
    this.high = resized(this.high, new Uint32Array(capacity));
    this.low = resized(this.low, new Uint32Array(capacity));
    this.startHigh = resized(this.startHigh, new Uint32Array(capacity));
    this.startLow = resized(this.startLow, new Uint32Array(capacity));
    for (let i = 0; i < this.doubles.length; i++)
      this.doubles[i] = resized(this.doubles[i]!, new Float64Array(capacity));
  }

  double(column: number): Float64Array {
    return this.doubles[column]!.subarray(0, this.length);
  }

  base(): {
    length: number;
    series: readonly Series[];
    times: TimeColumn;
    startTimes: TimeColumn;
    flags: Uint8Array;
    exemplars: ReadonlyMap<number, readonly Exemplar[]> | undefined;
  } {
    const { length } = this;
    return {
      length,
      series: this.series,
      times: { high: this.high.subarray(0, length), low: this.low.subarray(0, length) },
      startTimes: { high: this.startHigh.subarray(0, length), low: this.startLow.subarray(0, length) },
      flags: this.flags.subarray(0, length),
      exemplars: this.exemplars,
    };
  }
}

function resized<T extends { set(from: T): void }>(from: T, to: T): T {
  to.set(from);
  return to;
}

/** Collects the rows of one batch. `build` ends it. */
export class MetricsBuilder {
  readonly #numbers = new Columns(1);
  readonly #histograms = new Columns(4);
  readonly #exponential = new Columns(6);
  readonly #summaries = new Columns(2);
  #exactIntegers: Map<number, bigint> | undefined;
  #exactCounts: Map<number, bigint> | undefined;
  readonly #bounds: (readonly number[])[] = [];
  readonly #bucketStarts: number[] = [0];
  readonly #bucketCounts: number[] = [];
  readonly #scales: number[] = [];
  readonly #positive: ExponentialBuckets[] = [];
  readonly #negative: ExponentialBuckets[] = [];
  readonly #quantiles: (readonly { quantile: number; value: number }[])[] = [];
  #high: number;
  #low: number;

  /** `timeUnixNano` is the time of every point that does not bring its own. */
  constructor(timeUnixNano: bigint) {
    ({ high: this.#high, low: this.#low } = splitTime(timeUnixNano));
  }

  /** Data points so far. */
  get itemCount(): number {
    return this.#numbers.length + this.#histograms.length + this.#exponential.length + this.#summaries.length;
  }

  /** Adds a gauge or sum point. */
  addNumber(series: Series, value: number | bigint, options?: PointOptions): void {
    const columns = this.#numbers;
    const row = this.#row(columns, series, options);
    if (typeof value === "bigint") {
      columns.flags[row]! |= POINT_INTEGER;
      columns.doubles[0]![row] = Number(value);
      if (value > MAX_SAFE || value < -MAX_SAFE) (this.#exactIntegers ??= new Map()).set(row, value);
    } else {
      columns.doubles[0]![row] = value;
    }
  }

  addHistogram(series: Series, point: HistogramInput, options?: PointOptions): void {
    const columns = this.#histograms;
    const row = this.#row(columns, series, options);
    this.#aggregate(columns, row, Number(point.count), point);
    if (typeof point.count === "bigint" && point.count > MAX_SAFE)
      (this.#exactCounts ??= new Map()).set(row, point.count);
    this.#bounds.push(point.bounds);
    for (const count of point.bucketCounts) this.#bucketCounts.push(count);
    this.#bucketStarts.push(this.#bucketCounts.length);
  }

  addExponentialHistogram(series: Series, point: ExponentialHistogramInput, options?: PointOptions): void {
    const columns = this.#exponential;
    const row = this.#row(columns, series, options);
    this.#aggregate(columns, row, point.count, point);
    columns.doubles[4]![row] = point.zeroCount;
    columns.doubles[5]![row] = point.zeroThreshold ?? 0;
    this.#scales.push(point.scale);
    this.#positive.push(point.positive);
    this.#negative.push(point.negative);
  }

  addSummary(series: Series, point: SummaryInput, options?: PointOptions): void {
    const columns = this.#summaries;
    const row = this.#row(columns, series, options);
    columns.doubles[0]![row] = point.count;
    columns.doubles[1]![row] = point.sum;
    this.#quantiles.push(point.quantiles);
  }

  /** The finished batch. The builder must not be used after it. */
  build(): Metrics {
    const histograms = this.#histograms;
    const exponential = this.#exponential;
    const numbers: NumberPoints = {
      ...this.#numbers.base(),
      values: this.#numbers.double(0),
      exactIntegers: this.#exactIntegers,
    };
    const histogramPoints: HistogramPoints = {
      ...histograms.base(),
      counts: histograms.double(0),
      exactCounts: this.#exactCounts,
      sums: histograms.double(1),
      mins: histograms.double(2),
      maxs: histograms.double(3),
      bounds: this.#bounds,
      bucketStarts: Uint32Array.from(this.#bucketStarts),
      bucketCounts: Float64Array.from(this.#bucketCounts),
    };
    const exponentialPoints: ExponentialHistogramPoints = {
      ...exponential.base(),
      counts: exponential.double(0),
      sums: exponential.double(1),
      mins: exponential.double(2),
      maxs: exponential.double(3),
      zeroCounts: exponential.double(4),
      zeroThresholds: exponential.double(5),
      scales: Int32Array.from(this.#scales),
      positive: this.#positive,
      negative: this.#negative,
    };
    const summaries: SummaryPoints = {
      ...this.#summaries.base(),
      counts: this.#summaries.double(0),
      sums: this.#summaries.double(1),
      quantiles: this.#quantiles,
    };
    return {
      signal: "metrics",
      itemCount: this.itemCount,
      numbers,
      histograms: histogramPoints,
      exponentialHistograms: exponentialPoints,
      summaries,
    };
  }

  #row(columns: Columns, series: Series, options: PointOptions | undefined): number {
    const row = columns.length++;
    if (row === columns.flags.length) columns.grow();
    columns.series.push(series);
    columns.high[row] = this.#high;
    columns.low[row] = this.#low;
    if (options !== undefined) this.#apply(columns, row, options);
    return row;
  }

  #apply(columns: Columns, row: number, options: PointOptions): void {
    if (options.timeUnixNano !== undefined) {
      const { high, low } = splitTime(options.timeUnixNano);
      columns.high[row] = high;
      columns.low[row] = low;
    }
    if (options.startTimeUnixNano !== undefined) {
      const { high, low } = splitTime(options.startTimeUnixNano);
      columns.startHigh[row] = high;
      columns.startLow[row] = low;
    }
    if (options.integer === true) columns.flags[row]! |= POINT_INTEGER;
    if (options.noValue === true) columns.flags[row]! |= POINT_NO_VALUE;
    if (options.exemplars !== undefined && options.exemplars.length > 0) {
      (columns.exemplars ??= new Map()).set(row, options.exemplars);
    }
  }

  #aggregate(
    columns: Columns,
    row: number,
    count: number,
    { sum, min, max }: { sum?: number | undefined; min?: number | undefined; max?: number | undefined },
  ): void {
    columns.doubles[0]![row] = count;
    columns.doubles[1]![row] = sum ?? Number.NaN;
    columns.doubles[2]![row] = min ?? Number.NaN;
    columns.doubles[3]![row] = max ?? Number.NaN;
  }
}
