import { SpanKind, SpanStatusCode, ValueType } from "@opentelemetry/api";
import {
  JsonLogsSerializer,
  JsonMetricsSerializer,
  JsonTraceSerializer,
  ProtobufLogsSerializer,
  ProtobufMetricsSerializer,
  ProtobufTraceSerializer,
} from "@opentelemetry/otlp-transformer";
import { InMemoryLogRecordExporter, LoggerProvider, SimpleLogRecordProcessor } from "@opentelemetry/sdk-logs";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import type { Batch } from "@tracecore/core";
import { decodeJson, decodeProtobuf, encodeJson, encodeProtobuf } from "@tracecore/otlp";
import { describe, expect, test } from "vitest";

/** What the SDK encodes as protobuf and as JSON must be the same to us, and come out of our encoder with nothing lost. */
function expectSame(signal: Batch["signal"], protobuf: Uint8Array | undefined, json: Uint8Array | undefined): Batch {
  const fromProtobuf = decodeProtobuf(signal, protobuf!);
  const fromJson = decodeJson(signal, Buffer.from(json!).toString());
  expect(JSON.parse(encodeJson(fromProtobuf))).toEqual(JSON.parse(encodeJson(fromJson)));
  const again = decodeProtobuf(signal, encodeProtobuf({ ...fromProtobuf }));
  expect(JSON.parse(encodeJson(again))).toEqual(JSON.parse(encodeJson(fromProtobuf)));
  expect(fromProtobuf.itemCount).toBeGreaterThan(0);
  return fromProtobuf;
}

describe("what the OpenTelemetry SDK encodes", () => {
  test("as metrics is read the same from protobuf and from JSON", async () => {
    const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 60_000 });
    const provider = new MeterProvider({ readers: [reader] });
    const meter = provider.getMeter("test", "1.0", { schemaUrl: "https://example.test/schema" });
    meter
      .createCounter("requests", { unit: "1", description: "Requests." })
      .add(3, { route: "/", ok: true, code: 200 });
    meter.createUpDownCounter("open", { valueType: ValueType.INT }).add(-2, { list: ["a", "b"] });
    meter.createGauge("load").record(0.5);
    const histogram = meter.createHistogram("latency", { unit: "ms" });
    for (const value of [1, 20, 300, 4000, 50_000]) histogram.record(value, { route: "/" });
    await reader.forceFlush();
    const [exported] = exporter.getMetrics();
    const batch = expectSame(
      "metrics",
      ProtobufMetricsSerializer.serializeRequest(exported!),
      JsonMetricsSerializer.serializeRequest(exported!),
    );
    expect(batch.itemCount).toBe(4);
    await provider.shutdown();
  });

  test("as logs is read the same from protobuf and from JSON", () => {
    const exporter = new InMemoryLogRecordExporter();
    const provider = new LoggerProvider({ processors: [new SimpleLogRecordProcessor({ exporter })] });
    provider.getLogger("test").emit({
      severityText: "INFO",
      eventName: "it.happened",
      body: { what: "happened", list: [1, 2.5, true, null], nested: { deep: "er" } },
      attributes: { "host.name": "a", count: 3, ratio: 0.25, bytes: new Uint8Array([1, 2, 255]) },
    });
    const records = exporter.getFinishedLogRecords();
    const batch = expectSame(
      "logs",
      ProtobufLogsSerializer.serializeRequest(records),
      JsonLogsSerializer.serializeRequest(records),
    );
    expect(batch.itemCount).toBe(1);
  });

  test("as traces is read the same from protobuf and from JSON", () => {
    const exporter = new InMemorySpanExporter();
    const provider = new TracerProvider({
      spanProcessors: [new SimpleSpanProcessor({ exporter })],
    });
    const span = provider
      .getTracer("test")
      .startSpan("work", { kind: SpanKind.CLIENT, attributes: { a: 1, b: ["x"] } });
    span.addEvent("began", { at: 1.5 });
    span.addLink({
      context: { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331", traceFlags: 1 },
    });
    span.setStatus({ code: SpanStatusCode.ERROR, message: "failed" });
    span.end();
    const spans = exporter.getFinishedSpans();
    const batch = expectSame(
      "traces",
      ProtobufTraceSerializer.serializeRequest(spans),
      JsonTraceSerializer.serializeRequest(spans),
    );
    expect(batch.itemCount).toBe(1);
  });
});
