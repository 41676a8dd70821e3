import type { Json } from "@tracecore/core";
import {
  POINT_INTEGER,
  POINT_NAN_MAX,
  POINT_NAN_MIN,
  POINT_NAN_SUM,
  timeAt,
  type Exemplar,
  type MetricDescriptor,
  type MetricFamily,
  type Metrics,
  type PointColumns,
  type Series,
} from "@tracecore/core/pdata";
import { flagsOf, hasValue } from "../point-flags.ts";
import {
  attributeList,
  byResourceAndScope,
  double,
  nonEmpty,
  nonZero,
  optionalDouble,
  resourceToJson,
  scopeToJson,
  time,
} from "./encode-value.ts";

const temporalities = { unspecified: 0, delta: 1, cumulative: 2 } as const;

/** ExportMetricsServiceRequest. Points of one metric stand together, in their order. */
export function metricsToJson(batch: Metrics): Json {
  const points = new Map<MetricFamily, Json[]>();
  const add = (series: Series, point: Json): void => {
    const list = points.get(series.family);
    if (list === undefined) points.set(series.family, [point]);
    else list.push(point);
  };
  numberPoints(batch, add);
  histogramPoints(batch, add);
  exponentialPoints(batch, add);
  summaryPoints(batch, add);

  const rows = Array.from(points, ([family, list]) => ({
    resource: family.resource,
    scope: family.scope,
    row: metric(family.descriptor, list),
  }));
  return {
    resourceMetrics: byResourceAndScope(rows).map(({ resource, scopes }) => ({
      resource: resourceToJson(resource),
      scopeMetrics: scopes.map(({ scope, rows: metrics }) => ({
        scope: scopeToJson(scope),
        metrics,
        schemaUrl: nonEmpty(scope.schemaUrl),
      })),
      schemaUrl: nonEmpty(resource.schemaUrl),
    })),
  };
}

type Add = (series: Series, point: Json) => void;

function metric(descriptor: MetricDescriptor, dataPoints: Json[]): Json {
  const { name, description, unit, kind, monotonic, temporality, metadata } = descriptor;
  const head = {
    name,
    description: nonEmpty(description),
    unit: nonEmpty(unit),
    metadata: metadata === undefined ? undefined : attributeList(metadata),
  };
  const aggregationTemporality = temporalities[temporality];
  switch (kind) {
    case "gauge":
      return { ...head, gauge: { dataPoints } };
    case "sum":
      return { ...head, sum: { dataPoints, aggregationTemporality, isMonotonic: monotonic } };
    case "histogram":
      return { ...head, histogram: { dataPoints, aggregationTemporality } };
    case "exponential_histogram":
      return { ...head, exponentialHistogram: { dataPoints, aggregationTemporality } };
    case "summary":
      return { ...head, summary: { dataPoints } };
  }
}

/** What every kind of point has. */
function pointHead(columns: PointColumns, i: number): Record<string, Json> {
  return {
    attributes: attributeList(columns.series[i]!.attributes),
    startTimeUnixNano: time(timeAt(columns.startTimes, i)),
    timeUnixNano: time(timeAt(columns.times, i)),
    flags: nonZero(flagsOf(columns, i)),
    exemplars: columns.exemplars?.get(i)?.map(exemplar),
  };
}

function exemplar({ timeUnixNano, value, filteredAttributes, traceId, spanId }: Exemplar): Json {
  return {
    timeUnixNano: time(timeUnixNano),
    ...(typeof value === "bigint" ? { asInt: value.toString() } : { asDouble: double(value) }),
    filteredAttributes: attributeList(filteredAttributes),
    traceId: nonEmpty(traceId),
    spanId: nonEmpty(spanId),
  };
}

function numberPoints({ numbers }: Metrics, add: Add): void {
  for (let i = 0; i < numbers.length; i++) {
    const value = numbers.values[i]!;
    const bits = numbers.flags[i]!;
    const number: Record<string, Json> = !hasValue(bits)
      ? {}
      : (bits & POINT_INTEGER) !== 0
        ? { asInt: (numbers.exactIntegers?.get(i) ?? BigInt(Math.trunc(value))).toString() }
        : { asDouble: double(value) };
    add(numbers.series[i]!, { ...pointHead(numbers, i), ...number });
  }
}

function histogramPoints({ histograms: h }: Metrics, add: Add): void {
  for (let i = 0; i < h.length; i++) {
    const buckets = h.bucketCounts.subarray(h.bucketStarts[i], h.bucketStarts[i + 1]);
    add(h.series[i]!, {
      ...pointHead(h, i),
      count: (h.exactCounts?.get(i) ?? BigInt(h.counts[i]!)).toString(),
      sum: optionalDouble(h.sums[i]!, h.flags[i]! & POINT_NAN_SUM),
      min: optionalDouble(h.mins[i]!, h.flags[i]! & POINT_NAN_MIN),
      max: optionalDouble(h.maxs[i]!, h.flags[i]! & POINT_NAN_MAX),
      ...(buckets.length > 0 && {
        bucketCounts: Array.from(buckets, (count) => BigInt(count).toString()),
        explicitBounds: h.bounds[i]!.map(double),
      }),
    });
  }
}

function exponentialPoints({ exponentialHistograms: e }: Metrics, add: Add): void {
  const side = ({ offset, counts }: { offset: number; counts: readonly number[] }): Json =>
    counts.length === 0 && offset === 0
      ? undefined
      : {
          offset: nonZero(offset),
          ...(counts.length > 0 && { bucketCounts: counts.map((count) => BigInt(count).toString()) }),
        };
  for (let i = 0; i < e.length; i++) {
    add(e.series[i]!, {
      ...pointHead(e, i),
      count: BigInt(e.counts[i]!).toString(),
      sum: optionalDouble(e.sums[i]!, e.flags[i]! & POINT_NAN_SUM),
      min: optionalDouble(e.mins[i]!, e.flags[i]! & POINT_NAN_MIN),
      max: optionalDouble(e.maxs[i]!, e.flags[i]! & POINT_NAN_MAX),
      scale: e.scales[i]!,
      zeroCount: BigInt(e.zeroCounts[i]!).toString(),
      zeroThreshold: Object.is(e.zeroThresholds[i], 0) ? undefined : double(e.zeroThresholds[i]!),
      positive: side(e.positive[i]!),
      negative: side(e.negative[i]!),
    });
  }
}

function summaryPoints({ summaries: s }: Metrics, add: Add): void {
  for (let i = 0; i < s.length; i++) {
    add(s.series[i]!, {
      ...pointHead(s, i),
      count: BigInt(s.counts[i]!).toString(),
      sum: double(s.sums[i]!),
      quantileValues: s.quantiles[i]!.map(({ quantile, value }) => ({
        quantile: double(quantile),
        value: double(value),
      })),
    });
  }
}
