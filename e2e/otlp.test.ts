import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { OTLPLogExporter as LogsGrpc } from "@opentelemetry/exporter-logs-otlp-grpc";
import { OTLPLogExporter as LogsJson } from "@opentelemetry/exporter-logs-otlp-http";
import { OTLPLogExporter as LogsProto } from "@opentelemetry/exporter-logs-otlp-proto";
import { OTLPMetricExporter as MetricsGrpc } from "@opentelemetry/exporter-metrics-otlp-grpc";
import { OTLPMetricExporter as MetricsJson } from "@opentelemetry/exporter-metrics-otlp-http";
import { OTLPMetricExporter as MetricsProto } from "@opentelemetry/exporter-metrics-otlp-proto";
import { OTLPTraceExporter as TracesGrpc } from "@opentelemetry/exporter-trace-otlp-grpc";
import { OTLPTraceExporter as TracesJson } from "@opentelemetry/exporter-trace-otlp-http";
import { OTLPTraceExporter as TracesProto } from "@opentelemetry/exporter-trace-otlp-proto";
import { LoggerProvider, SimpleLogRecordProcessor } from "@opentelemetry/sdk-logs";
import { MeterProvider, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import { SimpleSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import { freePort } from "@tracecore/testkit";
import { describe, expect, test } from "vitest";
import { folderWith, start } from "./harness/collector.ts";
import { flavours } from "./harness/places.ts";

/** The exporters of the OpenTelemetry SDK for JavaScript, as an application sets them up. */
const protocols = {
  gRPC: ({ grpc }: Ports) => ({
    metrics: new MetricsGrpc({ url: `http://127.0.0.1:${grpc}` }),
    logs: new LogsGrpc({ url: `http://127.0.0.1:${grpc}` }),
    traces: new TracesGrpc({ url: `http://127.0.0.1:${grpc}` }),
  }),
  "HTTP/protobuf": ({ http }: Ports) => ({
    metrics: new MetricsProto({ url: `http://127.0.0.1:${http}/v1/metrics` }),
    logs: new LogsProto({ url: `http://127.0.0.1:${http}/v1/logs` }),
    traces: new TracesProto({ url: `http://127.0.0.1:${http}/v1/traces` }),
  }),
  "HTTP/JSON": ({ http }: Ports) => ({
    metrics: new MetricsJson({ url: `http://127.0.0.1:${http}/v1/metrics` }),
    logs: new LogsJson({ url: `http://127.0.0.1:${http}/v1/logs` }),
    traces: new TracesJson({ url: `http://127.0.0.1:${http}/v1/traces` }),
  }),
};

interface Ports {
  readonly grpc: number;
  readonly http: number;
}

/** A file of the Collector's, as its users write them; what it takes it hands to another collector. */
const gateway = ({ grpc, http }: Ports, next: Ports, exporter: string): string => `receivers:
  otlp:
    protocols:
      grpc:
        endpoint: 127.0.0.1:${grpc}
      http:
        endpoint: 127.0.0.1:${http}
processors:
  batch:
    timeout: 50ms
  memory_limiter:
    check_interval: 1s
    limit_mib: 4000
exporters:
  otlphttp:
    endpoint: http://127.0.0.1:${next.http}
  otlp:
    endpoint: 127.0.0.1:${next.grpc}
    tls:
      insecure: true
service:
  pipelines:
    metrics: { receivers: [otlp], processors: [memory_limiter, batch], exporters: [${exporter}] }
    logs: { receivers: [otlp], processors: [memory_limiter, batch], exporters: [${exporter}] }
    traces: { receivers: [otlp], processors: [memory_limiter, batch], exporters: [${exporter}] }
`;

const backend = ({ grpc, http }: Ports): string => `receivers:
  otlp: { protocols: { grpc: { endpoint: "127.0.0.1:${grpc}" }, http: { endpoint: "127.0.0.1:${http}" } } }
exporters: { stdout: {} }
pipelines:
  metrics: { receivers: [otlp], exporters: [stdout] }
  logs: { receivers: [otlp], exporters: [stdout] }
  traces: { receivers: [otlp], exporters: [stdout] }
`;

const ports = async (): Promise<Ports> => ({ grpc: await freePort(), http: await freePort() });

async function exportEverything(
  exporters: ReturnType<(typeof protocols)[keyof typeof protocols]>,
  name: string,
): Promise<void> {
  const meters = new MeterProvider({
    readers: [new PeriodicExportingMetricReader({ exporter: exporters.metrics, exportIntervalMillis: 600_000 })],
  });
  meters.getMeter("app").createCounter(`${name}.requests`).add(7, { route: "/" });
  await meters.forceFlush();
  await meters.shutdown();
  const loggers = new LoggerProvider({ processors: [new SimpleLogRecordProcessor({ exporter: exporters.logs })] });
  loggers.getLogger("app").emit({ body: `${name} happened`, severityText: "INFO" });
  await loggers.forceFlush();
  await loggers.shutdown();
  const tracers = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter: exporters.traces })] });
  tracers.getTracer("app").startSpan(`${name} work`).end();
  await tracers.forceFlush();
  await tracers.shutdown();
}

describe.each(flavours.slice(0, 1))("$name", (flavour) => {
  test.each(["otlphttp", "otlp"])(
    "what an application exports with the OpenTelemetry SDK arrives, by every protocol, through a second collector by %s",
    async (exporter) => {
      const [first, second] = [await ports(), await ports()];
      const folder = await folderWith({
        "backend.yaml": backend(second),
        "gateway.yaml": gateway(first, second, exporter),
      });
      await using last = start(flavour, ["--config", "backend.yaml"], { cwd: folder });
      await last.saw("tracecore running");
      await using running = start(flavour, ["--config", "gateway.yaml"], { cwd: folder });
      await running.saw("tracecore running");
      for (const [name, make] of Object.entries(protocols)) await exportEverything(make(first), name);
      for (const name of Object.keys(protocols)) {
        await last.saw(`metric ${name}.requests 7`);
        await last.saw(`${name} happened`);
        await last.saw(`span ${name} work`);
      }
      running.kill("SIGTERM");
      const { err } = await running.ended;
      // The SDK exports its metrics once more when it is shut down.
      expect(err).toMatch(/^stopped in \d+\.\d s: 12 items delivered, 0 persisted, 0 dropped$/m);
    },
    60_000,
  );

  test("the other protocol's port is named as the mistake that it is, and a unix socket as where the collector listens", async () => {
    const [{ grpc, http }, folder] = [await ports(), await folderWith({})];
    const config = `receivers:
  otlp: { protocols: { grpc: { endpoint: "127.0.0.1:${grpc}" }, http: { endpoint: "127.0.0.1:${http}" } } }
  otlp/socket: { protocols: { http: { endpoint: "unix://${folder}/otlp.sock" } } }
  clock: { collection_interval: 100ms }
exporters:
  otlp: { endpoint: "127.0.0.1:${http}", tls: { insecure: true }, retry_on_failure: { enabled: false } }
  otlphttp: { endpoint: "http://127.0.0.1:${grpc}", retry_on_failure: { enabled: false } }
  debug: { verbosity: basic }
pipelines:
  metrics: { receivers: [clock], exporters: [otlp, otlphttp] }
  logs: { receivers: [otlp, otlp/socket], exporters: [debug] }
`;
    await writeFile(join(folder, "tracecore.yaml"), config);
    await using running = start(flavour, [], { cwd: folder });
    await running.saw(`  unix://${folder}/otlp.sock   receiver "otlp/socket"`);
    await running.saw("exporter otlp: cannot send: the backend does not answer in HTTP/2.");
    await running.saw("exporter otlphttp: cannot send: the backend does not answer in HTTP/1.1.");
    expect(running.err).not.toMatch(/Protocol error|Parse Error/);
  });
});
