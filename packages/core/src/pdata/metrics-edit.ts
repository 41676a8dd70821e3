import type {
  ExponentialHistogramPoints,
  HistogramPoints,
  Metrics,
  NumberPoints,
  PointColumns,
  SummaryPoints,
} from "./metrics.ts";
import { keptRows, pick, pickMap, pickTimes, pickTyped } from "./pick-rows.ts";
import type { Series } from "./series.ts";

/**
 * A batch with other series for the same values: every column but the series is shared with `batch`. `map` is called once
 * for each distinct series. Returns `batch` itself when nothing changed.
 */
export function mapSeries(batch: Metrics, map: (series: Series) => Series): Metrics {
  const known = new Map<Series, Series>();
  let changed = false;
  const mapped = (from: readonly Series[]): readonly Series[] => {
    let out: Series[] | undefined;
    for (let i = 0; i < from.length; i++) {
      const before = from[i]!;
      let after = known.get(before);
      if (after === undefined) {
        after = map(before);
        known.set(before, after);
      }
      if (after !== before) {
        out ??= from.slice();
        out[i] = after;
      }
    }
    if (out !== undefined) changed = true;
    return out ?? from;
  };
  const numbers = mapped(batch.numbers.series);
  const histograms = mapped(batch.histograms.series);
  const exponential = mapped(batch.exponentialHistograms.series);
  const summaries = mapped(batch.summaries.series);
  if (!changed) return batch;
  return {
    ...batch,
    numbers: { ...batch.numbers, series: numbers },
    histograms: { ...batch.histograms, series: histograms },
    exponentialHistograms: { ...batch.exponentialHistograms, series: exponential },
    summaries: { ...batch.summaries, series: summaries },
  };
}

/**
 * The points of `batch` whose series `keep` wants; it is asked once for each distinct series. Returns `batch` itself when
 * it wants all, and shares the sections of which it wants all.
 */
export function filterSeries(batch: Metrics, keep: (series: Series) => boolean): Metrics {
  const known = new Map<Series, boolean>();
  return filterPoints(batch, (section, row) => {
    const one = batch[section].series[row]!;
    let wanted = known.get(one);
    if (wanted === undefined) known.set(one, (wanted = keep(one)));
    return wanted;
  });
}

/** The sections of a batch of metrics. */
export type PointSection = "numbers" | "histograms" | "exponentialHistograms" | "summaries";

/** Likewise for single points: `keep` is asked for each row of each section, in order. */
export function filterPoints(batch: Metrics, keep: (section: PointSection, row: number) => boolean): Metrics {
  const kept = (section: PointSection): Uint32Array | undefined =>
    keptRows(batch[section].length, (row) => keep(section, row));
  return pickMetrics(batch, {
    numbers: kept("numbers"),
    histograms: kept("histograms"),
    exponentialHistograms: kept("exponentialHistograms"),
    summaries: kept("summaries"),
  });
}

/** Rows to keep, by section; undefined for all of one. */
export interface MetricRows {
  readonly numbers?: Uint32Array | undefined;
  readonly histograms?: Uint32Array | undefined;
  readonly exponentialHistograms?: Uint32Array | undefined;
  readonly summaries?: Uint32Array | undefined;
}

/** The points of `batch` at `rows`. Returns `batch` itself for all, and shares the sections of which it keeps all. */
export function pickMetrics(
  batch: Metrics,
  {
    numbers: numberRows,
    histograms: histogramRows,
    exponentialHistograms: exponentialRows,
    summaries: summaryRows,
  }: MetricRows,
): Metrics {
  if ([numberRows, histogramRows, exponentialRows, summaryRows].every((rows) => rows === undefined)) return batch;
  const numbers = numberRows === undefined ? batch.numbers : pickNumbers(batch.numbers, numberRows);
  const histograms = histogramRows === undefined ? batch.histograms : pickHistograms(batch.histograms, histogramRows);
  const exponentialHistograms =
    exponentialRows === undefined
      ? batch.exponentialHistograms
      : pickExponential(batch.exponentialHistograms, exponentialRows);
  const summaries = summaryRows === undefined ? batch.summaries : pickSummaries(batch.summaries, summaryRows);
  const itemCount = numbers.length + histograms.length + exponentialHistograms.length + summaries.length;
  return { signal: "metrics", itemCount, numbers, histograms, exponentialHistograms, summaries };
}

function pickBase(from: PointColumns, rows: Uint32Array): PointColumns {
  return {
    length: rows.length,
    series: pick(from.series, rows),
    times: pickTimes(from.times, rows),
    startTimes: pickTimes(from.startTimes, rows),
    flags: pickTyped(from.flags, rows, new Uint8Array(rows.length)),
    otherFlags: pickMap(from.otherFlags, rows),
    exemplars: pickMap(from.exemplars, rows),
  };
}

function pickNumbers(from: NumberPoints, rows: Uint32Array): NumberPoints {
  return {
    ...pickBase(from, rows),
    values: pickTyped(from.values, rows, new Float64Array(rows.length)),
    exactIntegers: pickMap(from.exactIntegers, rows),
  };
}

function pickHistograms(from: HistogramPoints, rows: Uint32Array): HistogramPoints {
  const bucketStarts = new Uint32Array(rows.length + 1);
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    bucketStarts[i + 1] = bucketStarts[i]! + from.bucketStarts[row + 1]! - from.bucketStarts[row]!;
  }
  const bucketCounts = new Float64Array(bucketStarts.at(-1)!);
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    bucketCounts.set(from.bucketCounts.subarray(from.bucketStarts[row], from.bucketStarts[row + 1]), bucketStarts[i]);
  }
  return {
    ...pickBase(from, rows),
    ...pickAggregate(from, rows),
    exactCounts: pickMap(from.exactCounts, rows),
    bounds: pick(from.bounds, rows),
    bucketStarts,
    bucketCounts,
  };
}

function pickExponential(from: ExponentialHistogramPoints, rows: Uint32Array): ExponentialHistogramPoints {
  return {
    ...pickBase(from, rows),
    ...pickAggregate(from, rows),
    scales: pickTyped(from.scales, rows, new Int32Array(rows.length)),
    zeroCounts: pickTyped(from.zeroCounts, rows, new Float64Array(rows.length)),
    zeroThresholds: pickTyped(from.zeroThresholds, rows, new Float64Array(rows.length)),
    positive: pick(from.positive, rows),
    negative: pick(from.negative, rows),
  };
}

function pickSummaries(from: SummaryPoints, rows: Uint32Array): SummaryPoints {
  return {
    ...pickBase(from, rows),
    counts: pickTyped(from.counts, rows, new Float64Array(rows.length)),
    sums: pickTyped(from.sums, rows, new Float64Array(rows.length)),
    quantiles: pick(from.quantiles, rows),
  };
}

type Aggregate = Pick<HistogramPoints, "counts" | "sums" | "mins" | "maxs">;

function pickAggregate(from: Aggregate, rows: Uint32Array): Aggregate {
  const column = (values: Float64Array): Float64Array => pickTyped(values, rows, new Float64Array(rows.length));
  return { counts: column(from.counts), sums: column(from.sums), mins: column(from.mins), maxs: column(from.maxs) };
}
