import {
  metricFamily,
  MetricsBuilder,
  POINT_NO_VALUE,
  POINT_UNMARKED,
  POINT_VALUE_KEPT,
  series,
  type Exemplar,
  type ExponentialBuckets,
  type MetricFamily,
  type MetricKind,
  type Metrics,
  type PointOptions,
  type Resource,
  type Scope,
  type Temporality,
} from "@tracecore/core/pdata";
import { attributesFrom, attributesInputFrom, enumFrom, originsFrom } from "./decode-value.ts";
import type { JsonCursor } from "./json-cursor.ts";
import { Pace } from "./pace.ts";

const data = [
  ["gauge", "gauge"],
  ["sum", "sum"],
  ["histogram", "histogram"],
  ["exponentialHistogram", "exponential_histogram"],
  ["summary", "summary"],
] as const satisfies (readonly [string, MetricKind])[];
const temporalities: readonly Temporality[] = ["unspecified", "delta", "cumulative"];

/** ExportMetricsServiceRequest, in batches of some `partItems` points: `undefined` where work may pause, and at last the batch of the rest. */
export function* metricsFrom(request: JsonCursor, partItems: number): Generator<Metrics | undefined, Metrics> {
  const pace = new Pace(partItems);
  let builder = new MetricsBuilder(0n);
  for (const one of pointsFrom(request, pace)) {
    if (one === undefined) {
      yield undefined;
      continue;
    }
    addPoint(builder, one.family, one.point);
    if (!pace.endsPart(builder.itemCount)) continue;
    yield builder.build();
    builder = new MetricsBuilder(0n);
  }
  return builder.build();
}

function* pointsFrom(
  request: JsonCursor,
  pace: Pace,
): Generator<{ family: MetricFamily; point: JsonCursor } | undefined> {
  for (const origin of originsFrom(request, ["resourceMetrics", "scopeMetrics"], pace)) {
    if (origin === undefined) {
      yield undefined;
      continue;
    }
    const { resource, scope, within } = origin;
    for (const metric of within.get("metrics").itemsByTurns(pace)) {
      if (metric === undefined) {
        yield undefined;
        continue;
      }
      for (const [name, kind] of data) {
        const own = metric.get(name);
        if (own.absent) continue;
        const family = familyFrom(metric, own, { resource, scope, kind });
        for (const point of own.get("dataPoints").itemsByTurns(pace)) yield point && { family, point };
      }
    }
  }
}

function familyFrom(
  metric: JsonCursor,
  own: JsonCursor,
  { resource, scope, kind }: { resource: Resource; scope: Scope; kind: MetricKind },
): MetricFamily {
  const metadata = metric.get("metadata");
  return metricFamily(resource, scope, {
    name: metric.get("name").text(),
    description: metric.get("description").text(),
    unit: metric.get("unit").text(),
    kind,
    monotonic: kind === "sum" && own.get("isMonotonic").boolean(),
    temporality: enumFrom(own.get("aggregationTemporality"), "AGGREGATION_TEMPORALITY_", temporalities),
    ...(!metadata.absent && { metadata: attributesFrom(metadata) }),
  });
}

function addPoint(builder: MetricsBuilder, family: MetricFamily, point: JsonCursor): void {
  const of = series(family, attributesFrom(point.get("attributes")));
  const flags = point.get("flags").uint32();
  const noValue = (flags & 1) !== 0;
  const options: PointOptions = {
    timeUnixNano: point.get("timeUnixNano").uint64(),
    startTimeUnixNano: point.get("startTimeUnixNano").uint64(),
    noValue,
    otherFlags: flags,
    exemplars: point.get("exemplars").map(exemplarFrom),
  };
  switch (family.descriptor.kind) {
    case "gauge":
    case "sum": {
      const value = numberFrom(point);
      if (value === undefined) builder.addNumber(of, 0, noValue ? options : { ...options, ...unmarked });
      else builder.addNumber(of, value, noValue ? { ...options, bits: POINT_VALUE_KEPT } : options);
      break;
    }
    case "histogram":
      builder.addHistogram(
        of,
        {
          count: point.get("count").uint64(),
          sum: optional(point.get("sum")),
          min: optional(point.get("min")),
          max: optional(point.get("max")),
          bounds: point.get("explicitBounds").doubles(),
          bucketCounts: point.get("bucketCounts").counts(),
        },
        options,
      );
      break;
    case "exponential_histogram":
      builder.addExponentialHistogram(
        of,
        {
          count: point.get("count").count(),
          sum: optional(point.get("sum")),
          min: optional(point.get("min")),
          max: optional(point.get("max")),
          scale: point.get("scale").int32(),
          zeroCount: point.get("zeroCount").count(),
          zeroThreshold: point.get("zeroThreshold").double(),
          positive: bucketsFrom(point.get("positive")),
          negative: bucketsFrom(point.get("negative")),
        },
        options,
      );
      break;
    case "summary":
      builder.addSummary(
        of,
        {
          count: point.get("count").count(),
          sum: point.get("sum").double(),
          quantiles: point.get("quantileValues").map((one) => ({
            quantile: one.get("quantile").double(),
            value: one.get("value").double(),
          })),
        },
        options,
      );
  }
}

const unmarked = { bits: POINT_NO_VALUE | POINT_UNMARKED };

/** `asInt` as a bigint, so that it stays an integer. */
function numberFrom(point: JsonCursor): number | bigint | undefined {
  const integer = point.get("asInt");
  if (!integer.absent) return integer.int64();
  const double = point.get("asDouble");
  return double.absent ? undefined : double.double();
}

function optional(value: JsonCursor): number | undefined {
  return value.absent ? undefined : value.double();
}

function bucketsFrom(side: JsonCursor): ExponentialBuckets {
  return {
    offset: side.get("offset").int32(),
    counts: side.get("bucketCounts").counts(),
  };
}

function exemplarFrom(one: JsonCursor): Exemplar {
  return {
    timeUnixNano: one.get("timeUnixNano").uint64(),
    value: numberFrom(one) ?? 0,
    filteredAttributes: attributesInputFrom(one.get("filteredAttributes")),
    traceId: one.get("traceId").traceId(),
    spanId: one.get("spanId").spanId(),
  };
}
