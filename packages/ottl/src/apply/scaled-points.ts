import {
  MetricsBuilder,
  POINT_INTEGER,
  POINT_NO_VALUE,
  series,
  timeAt,
  type Metrics,
  type MetricFamily,
  type NumberPoints,
  type PointColumns,
  type Series,
} from "@tracecore/core/pdata";
import type { MetricItem } from "../items/metric-item.ts";
import { bySource, madeOf, type BySource } from "./by-source.ts";
import type { Steps } from "./steps.ts";

type ItemOf = (one: Series) => MetricItem;

/** The batch with its values multiplied as statements said; the integers among them stay integers. */
export function withFactors(batch: Metrics, itemOf: ItemOf): Metrics {
  const { numbers, histograms, summaries } = batch;
  const factorsOf = ({ series: all }: PointColumns): number[] => all.map((one) => itemOf(one).factor);
  const histogramFactors = factorsOf(histograms);
  const summaryFactors = factorsOf(summaries);
  const times = (column: Float64Array, factors: readonly number[]): Float64Array =>
    column.map((value, row) => value * factors[row]!);
  return {
    ...batch,
    numbers: scaledNumbers(numbers, factorsOf(numbers)),
    histograms: {
      ...histograms,
      sums: times(histograms.sums, histogramFactors),
      mins: times(histograms.mins, histogramFactors),
      maxs: times(histograms.maxs, histogramFactors),
      bounds: histograms.bounds.map((bounds, row) => scaledList(bounds, histogramFactors[row]!)),
    },
    summaries: {
      ...summaries,
      sums: times(summaries.sums, summaryFactors),
      quantiles: summaries.quantiles.map((list, row) =>
        list.map(({ quantile, value }) => ({ quantile, value: value * summaryFactors[row]! })),
      ),
    },
  };
}

function scaledList(list: readonly number[], factor: number): readonly number[] {
  return factor === 1 ? list : list.map((value) => value * factor);
}

const MAX_INT = 2 ** 63;

function scaledNumbers(numbers: NumberPoints, factors: readonly number[]): NumberPoints {
  const exact = new Map(numbers.exactIntegers);
  const flags = numbers.flags.slice();
  const values = numbers.values.map((value, row) => {
    const factor = factors[row]!;
    if (factor === 1) return value;
    if ((flags[row]! & POINT_INTEGER) === 0) return value * factor;
    const whole = Math.trunc(Number(exact.get(row) ?? value) * factor);
    exact.delete(row);
    if (!(Math.abs(whole) < MAX_INT)) {
      // More than 64 bits hold: the double is near, and an integer would be another number.
      flags[row]! &= ~POINT_INTEGER;
      return value * factor;
    }
    if (!Number.isSafeInteger(whole)) exact.set(row, BigInt(whole));
    return whole;
  });
  return { ...numbers, values, flags, exactIntegers: exact.size === 0 ? undefined : exact };
}

/** The metrics that statements made of each metric. */
export function extractionsBySource(extracted: readonly MetricItem[]): Steps<BySource<MetricItem, MetricItem>> {
  return bySource(extracted, ({ extraction }) => extraction!.from);
}

const summed = ["histograms", "exponentialHistograms", "summaries"] as const;

/** The part with the points of metrics that statements made of others behind its own. */
export function withExtracted(
  batch: Metrics,
  original: Metrics,
  extracted: BySource<MetricItem, MetricItem>,
  { itemOf, resultOf }: { readonly itemOf: ItemOf; readonly resultOf: (item: MetricItem) => MetricFamily },
): Metrics {
  if (extracted.size === 0) return batch;
  const rows = new Map<MetricItem, { readonly name: (typeof summed)[number]; readonly row: number }[]>();
  for (const name of summed) {
    for (const [row, one] of original[name].series.entries()) {
      const item = itemOf(one);
      const own = rows.get(item);
      if (own === undefined) rows.set(item, [{ name, row }]);
      else own.push({ name, row });
    }
  }
  const builder = new MetricsBuilder(0n);
  for (const item of madeOf(extracted, rows.keys())) {
    const { from, column, factor } = item.extraction!;
    const family = resultOf(item);
    for (const { name, row } of rows.get(from)!) {
      const points = original[name];
      const value = points[column][row]!;
      if (Number.isNaN(value)) continue;
      const exact = name === "histograms" ? original.histograms.exactCounts?.get(row) : undefined;
      builder.addNumber(
        series(family, points.series[row]!.attributes),
        column === "sums" ? value * factor * item.factor : countOf(exact ?? value, item.factor),
        {
          timeUnixNano: timeAt(points.times, row),
          startTimeUnixNano: timeAt(points.startTimes, row),
          noValue: (points.flags[row]! & POINT_NO_VALUE) !== 0,
        },
      );
    }
  }
  const added = builder.build().numbers;
  if (added.length === 0) return batch;
  return { ...batch, itemCount: batch.itemCount + added.length, numbers: joined(batch.numbers, added) };
}

function countOf(count: number | bigint, factor: number): bigint {
  if (factor === 1) return BigInt(count);
  const scaled = Math.trunc(Number(count) * factor);
  return Number.isFinite(scaled) ? BigInt.asIntN(64, BigInt(scaled)) : 0n;
}

function joined(first: NumberPoints, second: NumberPoints): NumberPoints {
  const { length } = first;
  const length2 = length + second.length;
  const both = <T extends { set(from: T, at?: number): void }>(a: T, b: T, to: T): T => {
    to.set(a);
    to.set(b, length);
    return to;
  };
  const exact = new Map(first.exactIntegers);
  for (const [row, value] of second.exactIntegers ?? []) exact.set(length + row, value);
  const times = (name: "times" | "startTimes"): NumberPoints["times"] => ({
    high: both(first[name].high, second[name].high, new Uint32Array(length2)),
    low: both(first[name].low, second[name].low, new Uint32Array(length2)),
  });
  return {
    length: length2,
    series: [...first.series, ...second.series],
    times: times("times"),
    startTimes: times("startTimes"),
    flags: both(first.flags, second.flags, new Uint8Array(length2)),
    otherFlags: first.otherFlags,
    exemplars: first.exemplars,
    values: both(first.values, second.values, new Float64Array(length2)),
    exactIntegers: exact.size === 0 ? undefined : exact,
  };
}
