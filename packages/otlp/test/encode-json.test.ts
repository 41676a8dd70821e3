import { decodeProtobuf, encodeJson, encodeJsonInParts } from "@tracecore/otlp";
import {
  logs,
  metricFamily,
  MetricsBuilder,
  resource,
  scope,
  series,
  traces,
  type MetricDescriptor,
} from "@tracecore/core/pdata";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { requestType } from "./otlp-proto.ts";

const host = resource({ "host.name": "node-1", "host.cpus": 2 }, "https://example.test/schema");
const own = scope({ name: "test", version: "1.2.3" });
const at = 1_700_000_000_123_456_789n;

function descriptor(changes: Partial<MetricDescriptor>): MetricDescriptor {
  return {
    name: "m",
    description: "",
    unit: "By",
    kind: "gauge",
    monotonic: false,
    temporality: "unspecified",
    ...changes,
  };
}

function points(fill: (builder: MetricsBuilder) => void) {
  const builder = new MetricsBuilder(at);
  fill(builder);
  const request = JSON.parse(encodeJson(builder.build()));
  return request.resourceMetrics;
}

describe("OTLP/JSON of metrics", () => {
  test("groups points by metric, scope and resource", () => {
    const a = metricFamily(host, own, descriptor({ name: "a" }));
    const b = metricFamily(
      host,
      own,
      descriptor({ name: "b", kind: "sum", monotonic: true, temporality: "cumulative" }),
    );
    const [one, ...others] = points((builder) => {
      builder.addNumber(series(a, { gpu: 0 }), 1.5);
      builder.addNumber(series(b, {}), 3, { integer: true, startTimeUnixNano: 1n });
      builder.addNumber(series(a, { gpu: 1 }), 2.5);
    });
    expect(others).toEqual([]);
    expect(one).toEqual({
      resource: {
        attributes: [
          { key: "host.cpus", value: { intValue: "2" } },
          { key: "host.name", value: { stringValue: "node-1" } },
        ],
      },
      schemaUrl: "https://example.test/schema",
      scopeMetrics: [
        {
          scope: { name: "test", version: "1.2.3" },
          metrics: [
            {
              name: "a",
              unit: "By",
              gauge: {
                dataPoints: [
                  {
                    attributes: [{ key: "gpu", value: { intValue: "0" } }],
                    timeUnixNano: "1700000000123456789",
                    asDouble: 1.5,
                  },
                  {
                    attributes: [{ key: "gpu", value: { intValue: "1" } }],
                    timeUnixNano: "1700000000123456789",
                    asDouble: 2.5,
                  },
                ],
              },
            },
            {
              name: "b",
              unit: "By",
              sum: {
                dataPoints: [{ startTimeUnixNano: "1", timeUnixNano: "1700000000123456789", asInt: "3" }],
                aggregationTemporality: 2,
                isMonotonic: true,
              },
            },
          ],
        },
      ],
    });
  });

  test("keeps 64-bit integers exact", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => {
        const [request] = points((builder) =>
          builder.addNumber(series(metricFamily(host, own, descriptor({})), {}), value),
        );
        expect(request.scopeMetrics[0].metrics[0].gauge.dataPoints[0].asInt).toBe(value.toString());
      }),
    );
  });

  test("writes what JSON has no number for as text, and nothing for a series without a value", () => {
    const family = metricFamily(host, own, descriptor({}));
    const [request] = points((builder) => {
      for (const value of [Number.NaN, Infinity, -Infinity]) builder.addNumber(series(family, {}), value);
      builder.addNumber(series(family, {}), 0, { noValue: true });
    });
    const { dataPoints } = request.scopeMetrics[0].metrics[0].gauge;
    expect(dataPoints.map((point: { asDouble?: unknown; flags?: number }) => point.asDouble ?? point.flags)).toEqual([
      "NaN",
      "Infinity",
      "-Infinity",
      1,
    ]);
  });

  test("writes histograms, exponential histograms and summaries whole", () => {
    const of = (kind: MetricDescriptor["kind"]) =>
      series(metricFamily(host, own, descriptor({ name: kind, kind, temporality: "delta" })), {});
    const [request] = points((builder) => {
      builder.addHistogram(of("histogram"), { count: 3, sum: 6, bounds: [1, 5], bucketCounts: [1, 1, 1] });
      builder.addExponentialHistogram(of("exponential_histogram"), {
        count: 4,
        sum: 10,
        scale: 2,
        zeroCount: 1,
        positive: { offset: -1, counts: [1, 2] },
        negative: { offset: 0, counts: [] },
      });
      builder.addSummary(of("summary"), { count: 2, sum: 3, quantiles: [{ quantile: 0.5, value: 1 }] });
    });
    const metrics = request.scopeMetrics[0].metrics as { name: string; [key: string]: any }[];
    const byName = Object.fromEntries(metrics.map((metric) => [metric.name, metric])) as Record<string, any>;
    expect(byName["histogram"].histogram).toEqual({
      aggregationTemporality: 1,
      dataPoints: [
        { timeUnixNano: at.toString(), count: "3", sum: 6, bucketCounts: ["1", "1", "1"], explicitBounds: [1, 5] },
      ],
    });
    expect(byName["exponential_histogram"].exponentialHistogram.dataPoints).toEqual([
      {
        timeUnixNano: at.toString(),
        count: "4",
        sum: 10,
        scale: 2,
        zeroCount: "1",
        positive: { offset: -1, bucketCounts: ["1", "2"] },
      },
    ]);
    expect(byName["summary"].summary.dataPoints).toEqual([
      { timeUnixNano: at.toString(), count: "2", sum: 3, quantileValues: [{ quantile: 0.5, value: 1 }] },
    ]);
  });
});

describe("OTLP/JSON of logs and spans", () => {
  test("writes a log record with every kind of value", () => {
    const request = JSON.parse(
      encodeJson(
        logs([
          {
            resource: host,
            scope: own,
            timeUnixNano: at,
            severityNumber: 17,
            severityText: "ERROR",
            body: { code: 79, list: [true, "x", 1.5], raw: new Uint8Array([1, 2, 255]) },
            attributes: { xid: 79n },
            traceId: "0af7651916cd43dd8448eb211c80319c",
            spanId: "b7ad6b7169203331",
            eventName: "gpu.xid",
          },
        ]),
      ),
    );
    expect(request.resourceLogs[0].scopeLogs[0].logRecords).toEqual([
      {
        timeUnixNano: at.toString(),
        severityNumber: 17,
        severityText: "ERROR",
        body: {
          kvlistValue: {
            values: [
              { key: "code", value: { intValue: "79" } },
              {
                key: "list",
                value: { arrayValue: { values: [{ boolValue: true }, { stringValue: "x" }, { doubleValue: 1.5 }] } },
              },
              { key: "raw", value: { bytesValue: "AQL/" } },
            ],
          },
        },
        attributes: [{ key: "xid", value: { intValue: "79" } }],
        traceId: "0af7651916cd43dd8448eb211c80319c",
        spanId: "b7ad6b7169203331",
        eventName: "gpu.xid",
      },
    ]);
  });

  test("writes a span with its events, links and status", () => {
    const request = JSON.parse(
      encodeJson(
        traces([
          {
            resource: host,
            scope: own,
            traceId: "0af7651916cd43dd8448eb211c80319c",
            spanId: "b7ad6b7169203331",
            name: "step",
            kind: "server",
            startTimeUnixNano: 1n,
            endTimeUnixNano: 2n,
            events: [{ timeUnixNano: 1n, name: "e", attributes: { a: 1 } }],
            links: [{ traceId: "1", spanId: "2", traceState: "", attributes: {} }],
            statusCode: "error",
            statusMessage: "no",
          },
        ]),
      ),
    );
    expect(request.resourceSpans[0].scopeSpans[0].spans).toEqual([
      {
        traceId: "0af7651916cd43dd8448eb211c80319c",
        spanId: "b7ad6b7169203331",
        name: "step",
        kind: 2,
        startTimeUnixNano: "1",
        endTimeUnixNano: "2",
        events: [{ timeUnixNano: "1", name: "e", attributes: [{ key: "a", value: { intValue: "1" } }] }],
        links: [{ traceId: "1", spanId: "2" }],
        status: { message: "no", code: 2 },
      },
    ]);
  });

  test("writes a long request without items, which has no parts", async () => {
    const type = requestType("metrics");
    const metrics = Array.from({ length: 2 }, () => ({ name: "m", description: "x".repeat(200_000) }));
    const request = type.encode(type.fromObject({ resourceMetrics: [{ scopeMetrics: [{ metrics }] }] })).finish();
    const json = await encodeJsonInParts(decodeProtobuf("metrics", request));
    expect(Buffer.from(json).toString()).toBe('{"resourceMetrics":[]}');
  });

  test("writes texts of any length as JSON.stringify does, one piece after the other", async () => {
    const piece = 256 * 1024;
    const texts = [
      "\u0001".repeat(3 * piece),
      // Pairs of surrogates on both sides of where a piece would end, and halves of them.
      `${"x".repeat(piece - 1)}${"\u{1f600}".repeat(piece)}`,
      `${"x".repeat(piece - 1)}\ud83d${"\ud83d".repeat(piece)}`,
      "y".repeat(piece),
    ];
    const records = texts.map((body) => ({
      resource: host,
      scope: own,
      body,
      attributes: { [body]: [body, { in: body }], short: "\n" },
    }));
    for (const batch of [logs(records), ...records.map((record) => logs([record]))])
      expect(Buffer.from(await encodeJsonInParts(batch)).equals(Buffer.from(encodeJson(batch)))).toBe(true);
  });

  test("never pollutes a prototype, whatever the keys are called", () => {
    const line = encodeJson(
      logs([{ resource: host, scope: own, attributes: JSON.parse('{"__proto__":"x","constructor":"y"}') }]),
    );
    expect(JSON.parse(line).resourceLogs[0].scopeLogs[0].logRecords[0].attributes).toEqual([
      { key: "__proto__", value: { stringValue: "x" } },
      { key: "constructor", value: { stringValue: "y" } },
    ]);
    expect(({} as Record<string, unknown>)["x"]).toBeUndefined();
  });
});
