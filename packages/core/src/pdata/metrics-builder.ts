import type {
  Exemplar,
  ExponentialBuckets,
  ExponentialHistogramPoints,
  HistogramPoints,
  Metrics,
  SummaryPoints,
} from "./metrics.ts";
import { POINT_INTEGER, POINT_NAN_MAX, POINT_NAN_MIN, POINT_NAN_SUM, POINT_NO_VALUE } from "./metrics.ts";
import type { Series } from "./series.ts";
import { splitTime, type TimeColumn } from "./time-column.ts";

export interface PointOptions {
  readonly timeUnixNano?: bigint;
  readonly startTimeUnixNano?: bigint;
  /** Store as a 64-bit integer; default false for numbers, always true for bigints. */
  readonly integer?: boolean;
  readonly noValue?: boolean;
  /** Further POINT_… bits. */
  readonly bits?: number;
  /** OTLP's flags; the first one is `noValue`. */
  readonly otherFlags?: number;
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

/** Rows that a builder makes room for at first. */
const FIRST_CAPACITY = 32;

/** Columns that grow by doubling. Times and flags, which most batches do not vary, are columns only once a row needs them. */
class Columns {
  length = 0;
  capacity: number;
  readonly series: Series[] = [];
  /** The Float64 columns; which is which is up to the section. */
  readonly doubles: Float64Array[];
  otherFlags: Map<number, number> | undefined;
  exemplars: Map<number, readonly Exemplar[]> | undefined;
  #flags: Uint8Array | undefined;
  #times: OwnTimes | undefined;
  #startTimes: OwnTimes | undefined;

  constructor(doubles: number, capacity: number) {
    this.capacity = capacity;
    this.doubles = Array.from({ length: doubles }, () => new Float64Array(capacity));
  }

  grow(): void {
    this.capacity *= 2;
    const { capacity, doubles } = this;
    for (let i = 0; i < doubles.length; i++) doubles[i] = resized(doubles[i]!, new Float64Array(capacity));
    if (this.#flags !== undefined) this.#flags = resized(this.#flags, new Uint8Array(capacity));
  }

  flag(row: number, bits: number): void {
    this.#flags ??= new Uint8Array(this.capacity);
    this.#flags[row]! |= bits;
  }

  time(row: number, unixNano: bigint): void {
    this.#times ??= new OwnTimes();
    this.#times.set(row, unixNano);
  }

  startTime(row: number, unixNano: bigint): void {
    this.#startTimes ??= new OwnTimes();
    this.#startTimes.set(row, unixNano);
  }

  double(column: number): Float64Array {
    return this.doubles[column]!.subarray(0, this.length);
  }

  base(
    high: number,
    low: number,
  ): {
    length: number;
    series: readonly Series[];
    times: TimeColumn;
    startTimes: TimeColumn;
    flags: Uint8Array;
    otherFlags: ReadonlyMap<number, number> | undefined;
    exemplars: ReadonlyMap<number, readonly Exemplar[]> | undefined;
  } {
    const { length } = this;
    return {
      length,
      series: this.series,
      times: timeColumn(length, high, low, this.#times),
      startTimes: timeColumn(length, 0, 0, this.#startTimes),
      flags: this.#flags?.subarray(0, length) ?? new Uint8Array(length),
      otherFlags: this.otherFlags,
      exemplars: this.exemplars,
    };
  }
}

/** The times of the rows that brought one. */
class OwnTimes {
  readonly rows: number[] = [];
  readonly high: number[] = [];
  readonly low: number[] = [];

  set(row: number, unixNano: bigint): void {
    const { high, low } = splitTime(unixNano);
    this.rows.push(row);
    this.high.push(high);
    this.low.push(low);
  }
}

/** A column with one time in all rows but those that brought their own. */
function timeColumn(length: number, high: number, low: number, own: OwnTimes | undefined): TimeColumn {
  const column = { high: new Uint32Array(length), low: new Uint32Array(length) };
  if (high !== 0 || low !== 0) {
    column.high.fill(high);
    column.low.fill(low);
  }
  if (own === undefined) return column;
  const { rows } = own;
  for (let i = 0; i < rows.length; i++) {
    column.high[rows[i]!] = own.high[i]!;
    column.low[rows[i]!] = own.low[i]!;
  }
  return column;
}

function resized<T extends { set(from: T): void }>(from: T, to: T): T {
  to.set(from);
  return to;
}

/** Collects the rows of one batch. `build` ends it. */
export class MetricsBuilder {
  readonly #numbers: Columns;
  #histograms: HistogramColumns | undefined;
  #exponential: ExponentialColumns | undefined;
  #summaries: SummaryColumns | undefined;
  #exactIntegers: Map<number, bigint> | undefined;
  readonly #high: number;
  readonly #low: number;

  /**
   * `timeUnixNano` is the time of every point that does not bring its own. `capacity` is how many gauge and sum points
   * to make room for at once: who knows saves the copies of growing.
   */
  constructor(timeUnixNano: bigint, capacity: number = FIRST_CAPACITY) {
    ({ high: this.#high, low: this.#low } = splitTime(timeUnixNano));
    this.#numbers = new Columns(1, Math.max(1, capacity));
  }

  /** Data points so far. */
  get itemCount(): number {
    return (
      this.#numbers.length +
      (this.#histograms?.columns.length ?? 0) +
      (this.#exponential?.columns.length ?? 0) +
      (this.#summaries?.columns.length ?? 0)
    );
  }

  /** Adds a gauge or sum point. */
  addNumber(series: Series, value: number | bigint, options?: PointOptions): void {
    const columns = this.#numbers;
    const row = newRow(columns, series, options);
    if (typeof value === "bigint") {
      columns.flag(row, POINT_INTEGER);
      columns.doubles[0]![row] = Number(value);
      if (value > MAX_SAFE || value < -MAX_SAFE) (this.#exactIntegers ??= new Map()).set(row, value);
    } else {
      columns.doubles[0]![row] = value;
    }
  }

  addHistogram(series: Series, point: HistogramInput, options?: PointOptions): void {
    this.#histograms ??= new HistogramColumns();
    this.#histograms.add(series, point, options);
  }

  addExponentialHistogram(series: Series, point: ExponentialHistogramInput, options?: PointOptions): void {
    this.#exponential ??= new ExponentialColumns();
    this.#exponential.add(series, point, options);
  }

  addSummary(series: Series, point: SummaryInput, options?: PointOptions): void {
    this.#summaries ??= new SummaryColumns();
    this.#summaries.add(series, point, options);
  }

  /** The finished batch. The builder must not be used after it. */
  build(): Metrics {
    const numbers = this.#numbers;
    return {
      signal: "metrics",
      itemCount: this.itemCount,
      numbers: {
        ...numbers.base(this.#high, this.#low),
        values: numbers.double(0),
        exactIntegers: this.#exactIntegers,
      },
      histograms: this.#histograms?.build(this.#high, this.#low) ?? noHistograms,
      exponentialHistograms: this.#exponential?.build(this.#high, this.#low) ?? noExponentialHistograms,
      summaries: this.#summaries?.build(this.#high, this.#low) ?? noSummaries,
    };
  }
}

class HistogramColumns {
  readonly columns = new Columns(4, FIRST_CAPACITY);
  #exactCounts: Map<number, bigint> | undefined;
  readonly #bounds: (readonly number[])[] = [];
  readonly #bucketStarts: number[] = [0];
  readonly #bucketCounts: number[] = [];

  add(series: Series, point: HistogramInput, options: PointOptions | undefined): void {
    const row = newRow(this.columns, series, options);
    setAggregate(this.columns, row, Number(point.count), point);
    if (typeof point.count === "bigint" && point.count > MAX_SAFE)
      (this.#exactCounts ??= new Map()).set(row, point.count);
    this.#bounds.push(point.bounds);
    for (const count of point.bucketCounts) this.#bucketCounts.push(count);
    this.#bucketStarts.push(this.#bucketCounts.length);
  }

  build(high: number, low: number): HistogramPoints {
    const { columns } = this;
    return {
      ...columns.base(high, low),
      counts: columns.double(0),
      exactCounts: this.#exactCounts,
      sums: columns.double(1),
      mins: columns.double(2),
      maxs: columns.double(3),
      bounds: this.#bounds,
      bucketStarts: new Uint32Array(this.#bucketStarts),
      bucketCounts: new Float64Array(this.#bucketCounts),
    };
  }
}

class ExponentialColumns {
  readonly columns = new Columns(6, FIRST_CAPACITY);
  readonly #scales: number[] = [];
  readonly #positive: ExponentialBuckets[] = [];
  readonly #negative: ExponentialBuckets[] = [];

  add(series: Series, point: ExponentialHistogramInput, options: PointOptions | undefined): void {
    const { columns } = this;
    const row = newRow(columns, series, options);
    setAggregate(columns, row, point.count, point);
    columns.doubles[4]![row] = point.zeroCount;
    columns.doubles[5]![row] = point.zeroThreshold ?? 0;
    this.#scales.push(point.scale);
    this.#positive.push(point.positive);
    this.#negative.push(point.negative);
  }

  build(high: number, low: number): ExponentialHistogramPoints {
    const { columns } = this;
    return {
      ...columns.base(high, low),
      counts: columns.double(0),
      sums: columns.double(1),
      mins: columns.double(2),
      maxs: columns.double(3),
      zeroCounts: columns.double(4),
      zeroThresholds: columns.double(5),
      scales: new Int32Array(this.#scales),
      positive: this.#positive,
      negative: this.#negative,
    };
  }
}

class SummaryColumns {
  readonly columns = new Columns(2, FIRST_CAPACITY);
  readonly #quantiles: (readonly { quantile: number; value: number }[])[] = [];

  add(series: Series, point: SummaryInput, options: PointOptions | undefined): void {
    const { columns } = this;
    const row = newRow(columns, series, options);
    columns.doubles[0]![row] = point.count;
    columns.doubles[1]![row] = point.sum;
    this.#quantiles.push(point.quantiles);
  }

  build(high: number, low: number): SummaryPoints {
    const { columns } = this;
    return {
      ...columns.base(high, low),
      counts: columns.double(0),
      sums: columns.double(1),
      quantiles: this.#quantiles,
    };
  }
}

/** The empty sections that every batch without such points shares. */
const noHistograms: HistogramPoints = new HistogramColumns().build(0, 0);
const noExponentialHistograms: ExponentialHistogramPoints = new ExponentialColumns().build(0, 0);
const noSummaries: SummaryPoints = new SummaryColumns().build(0, 0);

function newRow(columns: Columns, series: Series, options: PointOptions | undefined): number {
  const row = columns.length++;
  if (row === columns.capacity) columns.grow();
  columns.series.push(series);
  if (options !== undefined) apply(columns, row, options);
  return row;
}

function apply(columns: Columns, row: number, options: PointOptions): void {
  const { timeUnixNano, startTimeUnixNano, bits, otherFlags, exemplars } = options;
  if (timeUnixNano !== undefined) columns.time(row, timeUnixNano);
  if (startTimeUnixNano !== undefined) columns.startTime(row, startTimeUnixNano);
  if (options.integer === true) columns.flag(row, POINT_INTEGER);
  if (options.noValue === true) columns.flag(row, POINT_NO_VALUE);
  if (bits !== undefined) columns.flag(row, bits);
  if (otherFlags !== undefined && otherFlags > 1) (columns.otherFlags ??= new Map()).set(row, (otherFlags & ~1) >>> 0);
  if (exemplars !== undefined && exemplars.length > 0) (columns.exemplars ??= new Map()).set(row, exemplars);
}

function setAggregate(
  columns: Columns,
  row: number,
  count: number,
  { sum, min, max }: { sum?: number | undefined; min?: number | undefined; max?: number | undefined },
): void {
  const { doubles } = columns;
  doubles[0]![row] = count;
  doubles[1]![row] = sum ?? Number.NaN;
  doubles[2]![row] = min ?? Number.NaN;
  doubles[3]![row] = max ?? Number.NaN;
  const nan = (Number.isNaN(sum) ? POINT_NAN_SUM : 0) | (Number.isNaN(min) ? POINT_NAN_MIN : 0);
  const bits = nan | (Number.isNaN(max) ? POINT_NAN_MAX : 0);
  if (bits !== 0) columns.flag(row, bits);
}
