import { Writable } from "node:stream";
import type { Attributes, Meter, ObservableCallback } from "@opentelemetry/api";
import { manualClock, type ExporterContext } from "@tracecore/core";
import { emptyResource, emptyScope, logs, metricFamily, MetricsBuilder, series } from "@tracecore/core/pdata";
import { exporterTelemetry, noopMeterProvider } from "@tracecore/core/selftelemetry";
import { stdoutExporter } from "@tracecore/exporter-stdout";
import { decodeJson } from "@tracecore/otlp";
import { conformance, inParts, metricsOf, testHost, testLogger, testSettings } from "@tracecore/testkit";
import { describe, expect, test } from "vitest";
import { startWriting, type LineFormat } from "../src/write-batches.ts";

const never = new AbortController().signal;

function contextOf(): ExporterContext {
  const settings = testSettings("stdout");
  return {
    settings,
    telemetry: exporterTelemetry(settings),
    host: testHost(),
    clock: manualClock(),
    signal: never,
    scope: emptyScope,
    dropped: () => {},
  };
}

/** The exporter on a stream that the test looks into. */
function writing(format: LineFormat, fail?: () => Error | undefined) {
  let text = "";
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      const error = fail?.();
      if (error === undefined) text += chunk.toString();
      done(error ?? null);
    },
    autoDestroy: false,
  });
  const logger = testLogger();
  const host = testHost();
  const callbacks: ObservableCallback[] = [];
  const counter = { addCallback: (callback: ObservableCallback) => void callbacks.push(callback), removeCallback() {} };
  const meter: Meter = { ...noopMeterProvider.getMeter("test"), createObservableCounter: () => counter };
  const settings = testSettings("stdout", { logger, meterProvider: { getMeter: () => meter } });
  const telemetry = exporterTelemetry(settings);
  const sink = startWriting({ ...contextOf(), settings, telemetry, host }, format, stream);
  return {
    sink,
    stream,
    host,
    logs: logger.lines,
    counts: () => [telemetry.successCount(), telemetry.failureCount()],
    /** The kinds of failures that a meter provider is shown. */
    kinds() {
      const kinds = new Set<unknown>();
      const observe = (count: number, { result, kind }: Attributes = {}): void => {
        if (result === "failure" && count > 0) kinds.add(kind);
      };
      for (const callback of callbacks) void callback({ observe });
      return [...kinds];
    },
    get text() {
      return text;
    },
  };
}

describe("stdout exporter", () => {
  conformance(stdoutExporter, "{}");

  test("takes the options of the Collector's debug exporter, and knows when they are wrong", () => {
    const parsed = (options: unknown) => stdoutExporter.config.safeParse(options).success;
    const sampling = { sampling_initial: 5, sampling_thereafter: 200 };
    expect(parsed({ verbosity: "detailed", ...sampling, use_internal_logger: false })).toBe(true);
    expect(parsed({ sampling_initial: "5" })).toBe(false);
    expect(parsed({ sampling_first: 5 })).toBe(false);
  });

  test("has no queue, whatever the config of one says", () => {
    const given = [null, { enabled: true, queue_size: 10 }].map((queue) => ({ sending_queue: queue }));
    expect(given.map((config) => stdoutExporter.config.safeParse(config).success)).toEqual([true, true]);
  });

  test("writes one readable line for each point", async () => {
    const it = writing("text");
    await it.sink.metrics!.consume(
      metricsOf([
        { name: "gpu.temperature", value: 61.5, unit: "Cel", attributes: { gpu: 0, "hw.id": "GPU-1" } },
        { name: "gpu.count", value: 8n },
      ]),
      never,
    );
    expect(it.text).toBe(
      '2023-11-14T22:13:20.000Z metric gpu.temperature 61.5 Cel {gpu=0, hw.id="GPU-1"}\n' +
        "2023-11-14T22:13:20.000Z metric gpu.count 8\n",
    );
  });

  test("writes of a series that has ended that it has no value, and no number", async () => {
    const it = writing("text");
    const builder = new MetricsBuilder(0n);
    const of = (kind: "gauge" | "histogram") =>
      series(
        metricFamily(emptyResource, emptyScope, {
          name: kind,
          description: "",
          unit: "W",
          kind,
          monotonic: false,
          temporality: "unspecified",
        }),
        {},
      );
    builder.addNumber(of("gauge"), 0, { noValue: true });
    builder.addHistogram(of("histogram"), { count: 0, bounds: [], bucketCounts: [] }, { noValue: true });
    await it.sink.metrics!.consume(builder.build(), never);
    expect(it.text.split("\n").map((line) => line.replace(/^\S+ /, ""))).toEqual([
      "metric gauge (no value) W",
      "metric histogram (no value) W",
      "",
    ]);
  });

  test("writes a log record on one line, whatever is in it", async () => {
    const it = writing("text");
    const record = {
      resource: emptyResource,
      scope: emptyScope,
      timeUnixNano: 0n,
      observedTimeUnixNano: 1n,
      severityNumber: 9,
    };
    await it.sink.logs!.consume(logs([{ ...record, body: "two\nlines\u0007", attributes: { "a\nb": "c\nd" } }]), never);
    expect(it.text).toBe('1970-01-01T00:00:00.000Z log INFO two\\nlines\\u0007 {a\\nb="c\\nd"}\n');
  });

  test("writes of a log record without a time that there is none, and no day of 1970", async () => {
    const it = writing("text");
    const record = { resource: emptyResource, scope: emptyScope, timeUnixNano: 0n, body: "now and then" };
    await it.sink.logs!.consume(logs([record]), never);
    expect(it.text).toBe("- log - now and then\n");
  });

  test("writes one line of OTLP/JSON for each batch", async () => {
    const it = writing("json");
    await it.sink.metrics!.consume(
      metricsOf([
        { name: "a", value: 1 },
        { name: "b", value: 2 },
      ]),
      never,
    );
    expect(it.text.split("\n")).toHaveLength(2);
    expect(JSON.parse(it.text).resourceMetrics[0].scopeMetrics[0].metrics.map((m: { name: string }) => m.name)).toEqual(
      ["a", "b"],
    );
  });

  test("writes only the size of each batch where asked to be brief", async () => {
    const it = writing("sizes");
    await it.sink.metrics!.consume(metricsOf([{ name: "a", value: 1 }]), never);
    expect(it.text).toBe("metrics: 1 items\n");
  });

  test("tracecore #21: an empty batch writes nothing and counts as a success", async () => {
    const it = writing("text");
    await it.sink.metrics!.consume(metricsOf([]), never);
    expect(it.text).toBe("");
    expect(it.counts()).toEqual([1, 0]);
  });

  test("tracecore #22: counts a batch that cannot be encoded, and says that it is lost", async () => {
    const it = writing("json");
    const builder = new MetricsBuilder(1n);
    const family = metricFamily(emptyResource, emptyScope, {
      name: "h",
      description: "",
      unit: "",
      kind: "histogram",
      monotonic: false,
      temporality: "delta",
    });
    builder.addHistogram(series(family, {}), { count: 0.5, bounds: [], bucketCounts: [] });
    await expect(it.sink.metrics!.consume(builder.build(), never)).rejects.toMatchObject({
      message: "cannot encode 1 items of metrics; they are lost",
      retryable: false,
    });
    expect(it.counts()).toEqual([0, 1]);
    expect(it.kinds()).toEqual(["marshal"]);
  });

  test("tracecore #23: counts what a broken pipe loses, and says so once", async () => {
    const broken = true;
    const it = writing("text", () => (broken ? Object.assign(new Error("write EPIPE"), { code: "EPIPE" }) : undefined));
    const batch = metricsOf([{ name: "a", value: 1 }]);
    for (let i = 0; i < 3; i++) {
      await expect(it.sink.metrics!.consume(batch, never)).rejects.toMatchObject({
        message: "cannot write 1 items of metrics; they are lost",
        retryable: false,
      });
    }
    expect(it.logs.map(({ level, message }) => `${level} ${message}`)).toEqual([
      "error cannot write 1 items of metrics; they are lost: write EPIPE",
    ]);
    expect(it.counts()).toEqual([0, 3]);
    expect(it.kinds()).toEqual(["io"]);
    expect(it.host.events.map(({ status }) => status)).toEqual(["recoverable_error"]);
  });

  test("leaves the stream open when it stops", async () => {
    const it = writing("text");
    await it.sink[Symbol.asyncDispose]();
    expect(it.stream.destroyed).toBe(false);
    expect(it.stream.listenerCount("error")).toBe(0);
  });
});

test("writes a batch that is worked on in parts line by line, and each part as a request in JSON", async () => {
  const points = Array.from({ length: 7 }, (_, i) => ({ name: "m", value: i, attributes: { i } }));
  const [text, whole, json] = [writing("text"), writing("text"), writing("json")];
  await text.sink.metrics!.consume(inParts(metricsOf(points)), never);
  await whole.sink.metrics!.consume(metricsOf(points), never);
  expect(text.text).toBe(whole.text);
  await json.sink.metrics!.consume(inParts(metricsOf(points)), never);
  const requests = json.text
    .trimEnd()
    .split("\n")
    .map((line) => decodeJson("metrics", line).itemCount);
  expect(requests).toEqual([3, 3, 1]);
});

test("says of a batch whose last part could not be written that only this part is lost", async () => {
  const points = Array.from({ length: 7 }, (_, i) => ({ name: "m", value: i }));
  const failures = [undefined, undefined, new Error("write EPIPE")];
  const it = writing("text", () => failures.shift());
  await expect(it.sink.metrics!.consume(inParts(metricsOf(points)), never)).rejects.toThrow(
    "cannot write 1 items of metrics; they are lost",
  );
  expect(it.text.trimEnd().split("\n")).toHaveLength(6);
  expect(it.counts()).toEqual([0, 1]);
});

test.each<LineFormat>(["text", "json"])(
  "writes a %s line of megabytes in chunks, and nothing of another pipeline between them",
  async (format) => {
    const chunks: string[] = [];
    const stream = new Writable({
      write(chunk: Buffer, _encoding, done) {
        chunks.push(chunk.toString());
        setImmediate(done);
      },
    });
    const to = () => startWriting(contextOf(), format, stream).logs!;
    const head = { resource: emptyResource, scope: emptyScope, timeUnixNano: 0n };
    const bodies = ["a", "b", "c"].map((letter) => letter.repeat(3 * 1024 * 1024));
    await Promise.all(bodies.map((body) => to().consume(logs([{ ...head, body }]), never)));
    const lines = chunks.join("").trimEnd().split("\n");
    expect(lines.map((line) => bodies.findIndex((body) => line.includes(body)))).toEqual([0, 1, 2]);
    expect(Math.max(...chunks.map(({ length }) => length))).toBeLessThan(2 * 1024 * 1024);
  },
);
