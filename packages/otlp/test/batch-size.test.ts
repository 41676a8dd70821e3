import type { Batch } from "@tracecore/core";
import {
  batchSize,
  logs,
  metricFamily,
  MetricsBuilder,
  resource,
  scope,
  series,
  traces,
  type LogRecord,
  type MetricKind,
  type Metrics,
  type Span,
} from "@tracecore/core/pdata";
import { decodeProtobuf, encodeProtobuf } from "@tracecore/otlp";
import { describe, expect, test } from "vitest";

const from = resource({ "service.name": "api", "service.instance.id": "i-1", "host.name": "node-17" });
const library = scope({ name: "io.opentelemetry.runtime", version: "1.2.3", attributes: { build: 7 } });
const now = 1_700_000_000_123_456_789n;

function metricsOf(kind: MetricKind, rows: number): Metrics {
  const builder = new MetricsBuilder(now);
  const family = metricFamily(from, library, {
    name: "http.server.request.duration",
    description: "Duration of HTTP server requests.",
    unit: "s",
    kind,
    monotonic: kind === "sum",
    temporality: kind === "gauge" || kind === "summary" ? "unspecified" : "cumulative",
  });
  for (let i = 0; i < rows; i++) {
    const one = series(family, { "http.route": `/users/${i}`, "http.response.status_code": 200, cached: i % 2 === 0 });
    const start = { startTimeUnixNano: now - 1000n };
    if (kind === "gauge" || kind === "sum") builder.addNumber(one, i * 0.1, start);
    else if (kind === "histogram") {
      builder.addHistogram(one, { count: 6, sum: 7.5, bounds: [0.1, 1, 10], bucketCounts: [1, 2, 3, 0] }, start);
    } else if (kind === "summary") {
      builder.addSummary(
        one,
        {
          count: 6,
          sum: 7.5,
          quantiles: [
            { quantile: 0.5, value: 1.1 },
            { quantile: 0.99, value: 9.5 },
          ],
        },
        start,
      );
    } else {
      const side = { offset: 3, counts: [1, 2, 3] };
      const empty = { offset: 0, counts: [] };
      builder.addExponentialHistogram(
        one,
        { count: 6, sum: 7.5, scale: 3, zeroCount: 1, positive: side, negative: empty },
        start,
      );
    }
  }
  return builder.build();
}

const record: LogRecord = {
  resource: from,
  scope: library,
  timeUnixNano: now,
  observedTimeUnixNano: now,
  severityNumber: 9,
  severityText: "INFO",
  attributes: {
    "user.id": 1234,
    path: "/a/b",
    ratio: 0.5,
    tags: ["a", "b"],
    nested: { deep: true },
    big: 2n ** 60n,
    none: null,
  },
  traceId: "0af7651916cd43dd8448eb211c80319c",
  spanId: "b7ad6b7169203331",
  flags: 1,
  eventName: "road.blocked",
};

const span: Span = {
  resource: from,
  scope: library,
  traceId: "0af7651916cd43dd8448eb211c80319c",
  spanId: "b7ad6b7169203331",
  parentSpanId: "00f067aa0ba902b7",
  name: "GET /users/{id}",
  kind: "server",
  startTimeUnixNano: now,
  endTimeUnixNano: now + 5_000_000n,
  attributes: { "http.request.method": "GET", "http.response.status_code": 500 },
  statusCode: "error",
  statusMessage: "it broke",
  events: [{ timeUnixNano: now, name: "exception", attributes: { "exception.type": "Error" } }],
  links: [
    { traceId: "1af7651916cd43dd8448eb211c80319c", spanId: "c7ad6b7169203331", traceState: "a=1", attributes: {} },
  ],
};

const batches: readonly (readonly [string, Batch])[] = [
  ["gauges", metricsOf("gauge", 1000)],
  ["sums", metricsOf("sum", 50)],
  ["histograms", metricsOf("histogram", 100)],
  ["exponential histograms", metricsOf("exponential_histogram", 100)],
  ["summaries", metricsOf("summary", 100)],
  ["one gauge", metricsOf("gauge", 1)],
  ["nothing", metricsOf("gauge", 0)],
  [
    "log records",
    logs(
      Array.from({ length: 200 }, (_, i) => ({ ...record, body: `line ${i}: the Straße is blocked, the 道路 too` })),
    ),
  ],
  ["bare log records", logs([{ resource: from, scope: library, body: "" }])],
  ["spans", traces(Array.from({ length: 200 }, () => span))],
];

describe("the size of a batch", () => {
  test.each(batches)("of %s is within 3 %% of its protobuf while it is columns", (_name, batch) => {
    const { length } = encodeProtobuf(batch);
    expect(Math.abs(batchSize(batch) - length)).toBeLessThanOrEqual(Math.max(length * 0.03, 4));
    expect(batchSize(batch)).toBe(batchSize(batch));
  });

  test.each(batches)("of %s is that of its protobuf, to the byte, when it came in as that", (_name, batch) => {
    const bytes = encodeProtobuf(batch);
    expect(batchSize(decodeProtobuf(batch.signal, bytes))).toBe(bytes.length);
  });
});
