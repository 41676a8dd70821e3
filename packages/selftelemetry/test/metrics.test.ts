import { execFileSync } from "node:child_process";
import { gunzipSync } from "node:zlib";
import { createNoopMeter } from "@opentelemetry/api";
import {
  componentInstruments,
  initErrors,
  newExporter,
  newProcessor,
  newReceiver,
  recordInitError,
} from "@tracecore/core/selftelemetry";
import { describe, expect, test } from "vitest";
import { registerBuildInfo, surfaceInstruments } from "../src/selftelemetry.ts";
import { running } from "./running.ts";
import { until } from "../../core/test/http/requests.ts";

/** The families of an exposition, as its TYPE lines name them. */
function families(text: string): string[] {
  return [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name!);
}

describe("/metrics", () => {
  test("shows every instrument under the name that its definition says", async () => {
    await using server = await running({
      config: { metrics: { level: "detailed" } },
      renamed: [{ oldName: "tracecore.old", newName: "tracecore.build.info" }],
    });
    const { meterProvider } = server.telemetry;
    newReceiver("clock", meterProvider).incError("read");
    newExporter("stdout", meterProvider);
    const processor = newProcessor("filter", meterProvider);
    processor.incItemsDropped(1, "filtered");
    processor.incError("downstream");
    recordInitError(meterProvider, { role: "receiver", componentId: "x", reason: "nil_provider" });
    const shown = families((await server.get("/metrics")).text);
    // These begin with the first event.
    const events = new Set([surfaceInstruments.serveExited, surfaceInstruments.tlsReloads]);
    const defined = [...Object.values(componentInstruments), ...Object.values(surfaceInstruments), initErrors]
      .filter((instrument) => !events.has(instrument))
      .map(({ prometheusName }) => prometheusName);
    expect(shown.sort()).toEqual([...defined, "tracecore_old"].sort());
  });

  test("tracecore #38: shows the three service-level gauges with 0 without any exporter", async () => {
    await using server = await running();
    expect(await server.samples()).toEqual(
      expect.arrayContaining([
        "tracecore_exporter_failure_rate 0",
        "tracecore_queue_depth_ratio 0",
        "tracecore_component_restart_count_per_hour 0",
      ]),
    );
  });

  test("tracecore #40: shows the build as 1 with command, version and revision", async () => {
    await using server = await running({ revision: "abc1234" });
    expect(await server.samples()).toContain(
      'tracecore_build_info{command="tracecore",revision="abc1234",version="1.2.3"} 1',
    );
  });

  test("shows what components count, under one scope", async () => {
    await using server = await running();
    const receiver = newReceiver("clock/primary", server.telemetry.meterProvider, { clock: server.clock });
    receiver.incEmissions(2);
    receiver.incError("downstream");
    receiver.setDegraded(true);
    receiver.observeLatency(3);
    await server.clock.advance(1_500);
    newExporter("stdout", server.telemetry.meterProvider).incCallFailure("io");
    const samples = await server.samples();
    expect(samples).toEqual(
      expect.arrayContaining([
        'tracecore_receiver_emissions_total{component_id="clock/primary"} 2',
        'tracecore_receiver_errors_total{component_id="clock/primary",kind="downstream"} 1',
        'tracecore_receiver_degraded_seconds_total{component_id="clock/primary"} 1.5',
        'tracecore_receiver_last_activity_unix_seconds{component_id="clock/primary"} 1700000000',
        'tracecore_receiver_collection_latency_seconds_bucket{component_id="clock/primary",le="0.0025"} 0',
        'tracecore_receiver_collection_latency_seconds_bucket{component_id="clock/primary",le="0.005"} 1',
        'tracecore_receiver_collection_latency_seconds_count{component_id="clock/primary"} 1',
        'tracecore_exporter_calls_total{component_id="stdout",kind="",result="success"} 0',
        'tracecore_exporter_calls_total{component_id="stdout",kind="io",result="failure"} 1',
      ]),
    );
    const { text } = await server.get("/metrics");
    expect(new Set(text.match(/otel_scope_name="[^"]*"/g))).toEqual(
      new Set(['otel_scope_name="tracecore/selftelemetry"']),
    );
  });

  test("drops the series of a component that has gone with the next scrape", async () => {
    await using server = await running();
    const receiver = newReceiver("clock", server.telemetry.meterProvider);
    receiver.incError("read");
    expect((await server.samples()).join("\n")).toContain('component_id="clock"');
    receiver[Symbol.dispose]();
    expect((await server.samples()).join("\n")).not.toContain('component_id="clock"');
  });

  test("drops what a callback no longer observes, and keeps the sum of a counter that comes back", async () => {
    await using server = await running();
    let status = "starting";
    let observing = true;
    const meter = server.telemetry.meterProvider.getMeter("tracecore");
    meter
      .createObservableUpDownCounter("tracecore.component.status", { unit: "1" })
      .addCallback((result) => result.observe(1, { status }));
    meter.createObservableCounter("tracecore.pipeline.items_total", { unit: "1" }).addCallback((result) => {
      if (observing) result.observe(7, { edge: "a" });
    });
    const shown = async () => (await server.samples()).filter((line) => /status|items/.test(line));
    const items = 'tracecore_pipeline_items_total{edge="a"} 7';
    expect(await shown()).toEqual(['tracecore_component_status{status="starting"} 1', items]);
    status = "ok";
    observing = false;
    expect(await shown()).toEqual(['tracecore_component_status{status="ok"} 1']);
    status = "starting";
    observing = true;
    expect(await shown()).toEqual(['tracecore_component_status{status="starting"} 1', items]);
  });

  test("shows histograms of the SDK as they are", async () => {
    await using server = await running();
    const histogram = server.telemetry.meterProvider
      .getMeter("custom")
      .createHistogram("custom.duration", { unit: "s", advice: { explicitBucketBoundaries: [1, 2] } });
    histogram.record(1.5, { way: "in" });
    histogram.record(9, { way: "in" });
    expect((await server.samples()).filter((line) => line.startsWith("custom"))).toEqual([
      'custom_duration_bucket{way="in",le="1"} 0',
      'custom_duration_bucket{way="in",le="2"} 1',
      'custom_duration_bucket{way="in",le="+Inf"} 2',
      'custom_duration_sum{way="in"} 10.5',
      'custom_duration_count{way="in"} 2',
    ]);
  });

  test("tracecore #58: a callback that throws takes no other family away, and is counted at the next scrape", async () => {
    await using server = await running();
    server.telemetry.meterProvider
      .getMeter("custom")
      .createObservableGauge("custom.broken")
      .addCallback(() => {
        throw new Error("no value today");
      });
    const first = await server.get("/metrics");
    expect(first.status).toBe(200);
    expect(first.text).toContain("tracecore_build_info{");
    expect(first.text).not.toContain("custom_broken");
    expect(server.lines).toEqual(["error a metric callback failed: no value today"]);
    expect(await server.samples()).toContain('tracecore_selftelemetry_scrape_panics_total{endpoint="metrics"} 1');
  });

  test("shows the failure rate of each exporter and of all, and restarts", async () => {
    await using server = await running();
    const { meterProvider } = server.telemetry;
    const [file, stdout] = [newExporter("file", meterProvider), newExporter("stdout", meterProvider)];
    server.telemetry.setExporters([file, stdout, { incCallSuccess: () => {}, incCallFailure: () => {} }]);
    await server.samples();
    for (let i = 0; i < 10; i++) {
      file.incCallFailure("io");
      stdout.incCallSuccess();
    }
    for (let i = 0; i < 3; i++) server.telemetry.recordRestart("receiver clock");
    await server.clock.advance(60_000);
    const samples = await server.samples();
    expect(samples.filter((line) => line.startsWith("tracecore_exporter_failure_rate"))).toEqual([
      "tracecore_exporter_failure_rate 0.5",
      'tracecore_exporter_failure_rate{component_id="file"} 1',
      'tracecore_exporter_failure_rate{component_id="stdout"} 0',
    ]);
    expect(samples).toContain("tracecore_component_restart_count_per_hour 3");
    server.telemetry.setExporters([stdout]);
    expect((await server.samples()).join("\n")).not.toContain('failure_rate{component_id="file"}');
  });

  test("tracecore #93: three restarts within an hour are 3", async () => {
    await using server = await running();
    for (let i = 0; i < 3; i++) {
      server.telemetry.recordRestart("receiver clock");
      await server.clock.advance(600_000);
    }
    expect(await server.samples()).toContain("tracecore_component_restart_count_per_hour 3");
  });

  test("answers in OpenMetrics where the scraper asks for it, and with gzip", async () => {
    await using server = await running();
    const headers = {
      Accept: "application/openmetrics-text;version=1.0.0,text/plain;q=0.5",
      "Accept-Encoding": "gzip",
    };
    const answer = await server.get("/metrics", { headers });
    expect(answer.headers["content-type"]).toMatch(/^application\/openmetrics-text; version=1\.0\.0; charset=utf-8/);
    const text = gunzipSync(answer.body).toString();
    expect(text.endsWith("# EOF\n")).toBe(true);
    expect(text).toContain("# TYPE tracecore_selftelemetry_scrapes_refused counter\n");
    expect((await server.get("/metrics")).headers["content-type"]).toBe("text/plain; version=0.0.4; charset=utf-8");
  });

  test("answers one scrape more than the limit with 429, and counts it", async () => {
    const go = Promise.withResolvers<void>();
    let collections = 0;
    await using server = await running({ config: { limits: { max_concurrent_scrapes: 2 } } });
    server.telemetry.meterProvider
      .getMeter("custom")
      .createObservableGauge("custom.slow")
      .addCallback(async () => {
        collections++;
        await go.promise;
      });
    const running2 = [server.get("/metrics"), server.get("/metrics")];
    await until(() => collections > 0);
    let refused = await server.get("/metrics");
    while (refused.status !== 429) refused = await server.get("/metrics");
    expect(refused.headers["retry-after"]).toBe("1");
    expect(refused.text).toBe("too many scrapes at a time: the limit is 2\n");
    go.resolve();
    expect((await Promise.all(running2)).map(({ status }) => status)).toEqual([200, 200]);
    expect(collections).toBe(1);
    const { text } = await server.get("/metrics");
    expect(text).toMatch(/^tracecore_selftelemetry_scrapes_refused_total\{[^}]*\} +[1-9]/m);
  });

  test("a renamed metric is shown under both names", async () => {
    const renamed = [{ oldName: "tracecore.receiver.batches_total", newName: "tracecore.receiver.emissions_total" }];
    await using server = await running({ renamed });
    newReceiver("clock", server.telemetry.meterProvider).incEmissions(4);
    const samples = await server.samples();
    expect(samples).toContain('tracecore_receiver_batches_total{component_id="clock"} 4');
    expect(samples).toContain('tracecore_receiver_emissions_total{component_id="clock"} 4');
    expect(samples).toContain(
      'tracecore_deprecated_metric{new_name="tracecore.receiver.emissions_total",old_name="tracecore.receiver.batches_total"} 1',
    );
  });
});

async function shownAt(level: string): Promise<string[]> {
  await using server = await running({ config: { metrics: { level } } });
  newReceiver("clock", server.telemetry.meterProvider).observeLatency(1);
  newProcessor("filter", server.telemetry.meterProvider).observeLatency(1);
  return families((await server.get("/metrics")).text);
}

describe("telemetry.metrics.level", () => {
  test("basic leaves out what normal has, and normal what detailed has", async () => {
    const [basic, normal, detailed] = await Promise.all(["basic", "normal", "detailed"].map(shownAt));
    expect(normal!.filter((name) => !basic!.includes(name))).toEqual([
      "tracecore_component_restart_count_per_hour",
      "tracecore_processor_items_in_total",
      "tracecore_processor_items_out_total",
      "tracecore_queue_depth_ratio",
      "tracecore_receiver_collection_latency_seconds",
    ]);
    expect(detailed!.filter((name) => !normal!.includes(name))).toEqual([
      "tracecore_processor_processing_latency_seconds",
    ]);
    expect(basic!.filter((name) => !detailed!.includes(name))).toEqual([]);
  });

  test("none leaves the probes and nothing to measure", async () => {
    await using server = await running({ config: { metrics: { level: "none" } } });
    newReceiver("clock", server.telemetry.meterProvider).incError("read");
    expect(await server.get("/metrics")).toMatchObject({ status: 200, text: "" });
    expect(await server.get("/readyz")).toMatchObject({ status: 200, text: "ready" });
  });
});

test("the cap on kinds comes from the config", async () => {
  await using server = await running({ config: { metrics: { max_unknown_kinds: 2 } } });
  const receiver = newReceiver("clock", server.telemetry.meterProvider);
  for (const kind of ["a", "b", "c", "d"]) receiver.incError(kind);
  const errors = (await server.samples()).filter((line) => line.startsWith("tracecore_receiver_errors_total"));
  expect(errors.map((line) => /kind="(\w+)"} (\d)/.exec(line)?.slice(1))).toEqual([
    ["a", "1"],
    ["b", "1"],
    ["other", "2"],
  ]);
});

test("series beyond max_series are left out, which is logged", async () => {
  await using server = await running({ config: { metrics: { max_series: 30 } } });
  for (let i = 0; i < 10; i++) newReceiver(`clock/${i}`, server.telemetry.meterProvider);
  expect((await server.samples()).length).toBeLessThanOrEqual(30);
  expect(server.lines[0]).toMatch(/^warn some of the process's own metrics are not shown: /);
});

test("tracecore #39: a label that Prometheus does not allow is an error that names it", () => {
  const meterProvider = { getMeter: () => createNoopMeter() };
  expect(() => registerBuildInfo(meterProvider, { version: "1", "bad-key": "x" })).toThrow(
    expect.objectContaining({
      code: "label-invalid",
      message: 'registerBuildInfo: the label "bad-key" is not a Prometheus label name',
    }),
  );
});

test("tracecore #41: with telemetry off, no SDK is loaded and no port is opened", () => {
  const program = `
    import { registerHooks } from "node:module";
    registerHooks({ resolve(name, context, next) { if (/sdk-metrics|^node:https?$/.test(name)) console.log("loads " + name); return next(name, context); } });
    const { startSelfTelemetry, telemetryConfig } = await import("@tracecore/selftelemetry");
    const logger = { log() {}, debug() {}, info() {}, warn() {}, error() {} };
    const { systemClock } = await import("@tracecore/core");
    const buildInfo = { command: "", description: "", version: "" };
    const telemetry = await startSelfTelemetry({ config: telemetryConfig.parse({}), buildInfo, logger, clock: systemClock });
    telemetry.meterProvider.getMeter("x").createCounter("y").add(1);
    telemetry.setExporters([]);
    telemetry.recordRestart("x");
    console.log(JSON.stringify([telemetry.urls(), await telemetry.reload(), process.getActiveResourcesInfo().filter((r) => /TCP/.test(r))]));
    await telemetry.shutdown();
  `;
  const flags = ["--conditions=@tracecore/source", "--input-type=module", "--eval", program];
  const output = execFileSync(process.execPath, flags, { cwd: import.meta.dirname, encoding: "utf8" });
  expect(output).toBe("[[],true,[]]\n");
});
