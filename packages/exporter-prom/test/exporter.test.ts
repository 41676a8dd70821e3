import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { gunzipSync } from "node:zlib";
import type { EndpointCarrier } from "@tracecore/core";
import { attributes, emptyScope, metricFamily, MetricsBuilder, resource, scope, series } from "@tracecore/core/pdata";
import { conformance, inParts, metricsOf, runExporter, type RunningExporter } from "@tracecore/testkit";
import { MeterProvider, MetricReader } from "@opentelemetry/sdk-metrics";
import { describe, expect, test } from "vitest";
import { promExporter } from "../src/exporter.ts";

const anyPort = "endpoint: 127.0.0.1:0";
const openMetrics = { accept: "application/openmetrics-text;version=1.0.0" };

describe("prom exporter", () => {
  conformance(promExporter, anyPort);

  test("serves the last value of each series", async () => {
    await using exporter = await runExporter(promExporter, anyPort);
    await exporter.consume(metricsOf([{ name: "hw.power", unit: "W", value: 3.5, attributes: { "hw.id": "a" } }]));
    await exporter.consume(metricsOf([{ name: "hw.power", unit: "W", value: 4, attributes: { "hw.id": "a" } }]));
    const answer = await get(exporter);
    expect(answer.headers["content-type"]).toBe("text/plain; version=0.0.4; charset=utf-8");
    expect(squeezed(answer.text)).toBe('# TYPE hw_power_watts gauge\nhw_power_watts{hw_id="a"} 4\n');
  });

  test("answers in OpenMetrics, unless that is off", async () => {
    for (const [yaml, type] of [
      [anyPort, "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores"],
      [`${anyPort}\nenable_open_metrics: false`, "text/plain; version=0.0.4; charset=utf-8"],
    ] as const) {
      await using exporter = await runExporter(promExporter, yaml);
      expect((await get(exporter, openMetrics)).headers["content-type"]).toBe(type);
    }
  });

  test("compresses for scrapers that take gzip", async () => {
    await using exporter = await runExporter(promExporter, anyPort);
    await exporter.consume(
      metricsOf(Array.from({ length: 100 }, (_, i) => ({ name: "t", value: i, attributes: { i } }))),
    );
    const plain = await get(exporter);
    const compressed = await get(exporter, { "accept-encoding": "gzip" });
    expect(compressed.headers["content-encoding"]).toBe("gzip");
    expect(compressed.bytes.length).toBeLessThan(plain.bytes.length / 5);
    expect(gunzipSync(compressed.bytes).toString()).toBe(squeezed(plain.text));
  });

  test("F22: scrapers that do not read are cut off at the write deadline and hold no memory; others are served", async () => {
    await using exporter = await runExporter(promExporter, anyPort);
    const ASKED = 8;
    const points = Array.from({ length: 20_000 }, (_, i) => ({
      name: `deaf_test_${i % 20}`,
      value: i,
      attributes: { "hw.id": `GPU-${i}-8f2a3d10-4b7e-11ee`, "k8s.pod.name": `training-job-${i}-worker` },
    }));
    await exporter.consume(metricsOf(points));
    const whole = (await get(exporter)).bytes.length;
    expect(whole).toBeGreaterThan(2_000_000);
    const before = process.memoryUsage();
    const { hostname, port } = new URL(urlOf(exporter));
    const deaf = await Promise.all(
      Array.from({ length: 40 }, async () => {
        const socket = connect({ host: hostname, port: Number(port) });
        socket.on("error", () => {});
        await once(socket, "connect");
        // Several at once: what the system itself keeps for a reader, some megabytes, must not be enough for all.
        socket.write("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n".repeat(ASKED));
        await once(socket, "data");
        socket.pause();
        return socket;
      }),
    );
    expect((await get(exporter)).bytes.length).toBe(whole);
    const now = process.memoryUsage();
    expect(now.external + now.arrayBuffers - before.external - before.arrayBuffers).toBeLessThan(32 * 1024 * 1024);
    await exporter.clock.advance(31_000);
    // What had reached the system before is read to its end.
    for (const socket of deaf) socket.resume();
    await Promise.all(deaf.map(async (socket) => socket.closed || (await once(socket, "close"))));
    const received = deaf.map(({ bytesRead }) => bytesRead);
    expect(received.filter((bytes) => bytes >= ASKED * whole)).toEqual([]);
    expect((await get(exporter)).bytes.length).toBe(whole);
  });

  test("answers HEAD without a body, other methods with 405 and other paths with 404", async () => {
    await using exporter = await runExporter(promExporter, anyPort);
    await exporter.consume(metricsOf([{ name: "t", value: 1 }]));
    const head = await get(exporter, {}, { method: "HEAD" });
    expect([head.status, head.text, Number(head.headers["content-length"]) > 0]).toEqual([200, "", true]);
    expect(await get(exporter, {}, { method: "POST" })).toMatchObject({ status: 405, headers: { allow: "GET, HEAD" } });
    expect(await get(exporter, {}, { path: "/other" })).toMatchObject({
      status: 404,
      text: "not found. Metrics are at /metrics\n",
    });
    expect(await get(exporter, {}, { path: "/metrics?name[]=t" })).toMatchObject({ status: 200 });
  });

  test("names metrics and labels as the options say", async () => {
    const batch = metricsOf([
      {
        name: "hw.energy",
        unit: "J",
        kind: "sum",
        monotonic: true,
        value: 1,
        resource: resource({ "host.name": "h" }),
      },
    ]);
    const names: string[] = [];
    for (const yaml of [
      "namespace: acme",
      "add_metric_suffixes: false",
      "translation_strategy: NoTranslation",
      "const_labels: { site: b }",
      "resource_to_telemetry_conversion: { enabled: true }",
      "send_timestamps: true",
    ]) {
      await using exporter = await runExporter(promExporter, `${anyPort}\n${yaml}`);
      await exporter.consume(batch);
      names.push(
        squeezed((await get(exporter)).text)
          .split("\n")
          .at(-2)!,
      );
    }
    expect(names).toEqual([
      "acme_hw_energy_joules_total 1",
      "hw_energy 1",
      "hw_energy 1",
      'hw_energy_joules_total{site="b"} 1',
      'hw_energy_joules_total{host_name="h"} 1',
      "hw_energy_joules_total 1 1700000000000",
    ]);
  });

  test("writes scope labels unless told not to", async () => {
    const family = metricFamily(resource({}), scope({ name: "lib" }), {
      name: "t",
      description: "",
      unit: "",
      kind: "gauge",
      monotonic: false,
      temporality: "unspecified",
    });
    const builder = new MetricsBuilder(0n);
    builder.addNumber(series(family, attributes({})), 1);
    const batch = builder.build();
    await using one = await runExporter(promExporter, anyPort);
    await one.consume(batch);
    expect(squeezed((await get(one)).text)).toContain('t{otel_scope_name="lib"} 1\n');
    await using other = await runExporter(promExporter, `${anyPort}\nwithout_scope_info: true`);
    await other.consume(batch);
    expect(squeezed((await get(other)).text)).toContain("t 1\n");
  });

  test("leaves a series out that got no value for metric_expiration", async () => {
    await using exporter = await runExporter(promExporter, `${anyPort}\nmetric_expiration: 1m`);
    await exporter.consume(metricsOf([{ name: "t", value: 1 }]));
    await exporter.clock.advance(60_001);
    expect((await get(exporter)).text).toBe("");
  });

  test("takes what it can of a batch, and counts and logs the rest once per episode", async () => {
    await using exporter = await runExporter(promExporter, `${anyPort}\nmax_series: 2`);
    const flood = metricsOf([1, 2, 3, 4].map((a) => ({ name: "t", value: a, attributes: { a } })));
    await exporter.consume(flood);
    await exporter.consume(flood);
    const good = metricsOf([{ name: "t", value: 9, attributes: { a: 1 } }]);
    await exporter.consume(good); // Of another receiver: it does not mean that the flood is over.
    expect((await get(exporter)).text.match(/^t\{/gm)).toHaveLength(2);
    expect(exporter.logs.filter(({ level, message }) => level === "info" && message.includes("again"))).toEqual([]);
    await exporter.clock.advance(60_000);
    await exporter.consume(good);
    expect(exporter.logs.filter(({ level }) => level === "warn").map(({ message }) => message)).toEqual([
      'cannot show 2 of 4 data points: the limit of 2 series (or 1 KiB of text for each) is reached; the first series refused is of "t". They are lost: raise max_series, or drop attributes before this exporter',
    ]);
    expect(exporter.logs.at(-1)).toEqual({
      level: "info",
      message: "shows all data points again",
      fields: { kind: "cardinality", refused: 4 },
    });
  });

  test("reports its calls and the points it refused in the collector's own metrics", async () => {
    const reader = new OnDemandReader();
    const meterProvider = new MeterProvider({ readers: [reader] });
    await using exporter = await runExporter(promExporter, `${anyPort}\nmax_series: 1`, { meterProvider });
    await exporter.consume(metricsOf([{ name: "t", value: 1 }]));
    await exporter.consume(metricsOf([1, 2, 3].map((a) => ({ name: "t", value: a, attributes: { a } }))));
    await exporter.consume(metricsOf([{ name: "t", value: 2 }]));
    const { resourceMetrics } = await reader.collect();
    const points = resourceMetrics.scopeMetrics
      .flatMap(({ metrics }) => metrics)
      .flatMap(({ descriptor, dataPoints }) =>
        dataPoints.map(({ attributes: labels, value }) => [descriptor.name, labels, value]),
      );
    expect(points).toEqual(
      expect.arrayContaining([
        ["tracecore.exporter.prom.refused_points_total", { component_id: "prom", kind: "cardinality" }, 3],
        ["tracecore.exporter.calls_total", { component_id: "prom", result: "success", kind: "" }, 2],
        ["tracecore.exporter.calls_total", { component_id: "prom", result: "failure", kind: "cardinality" }, 1],
      ]),
    );
  });

  test("takes what servers and exporters of the Collector have beside, where it changes nothing", () => {
    const given = { sending_queue: { enabled: true }, transport: "tcp", keep_alives_enabled: true };
    expect(promExporter.config.parse(given)).toMatchObject({ path: "/metrics" });
    expect(promExporter.config.safeParse({ auth: { authenticator: "a" } }).success).toBe(false);
  });

  test("says which option to change when the port is taken", async () => {
    await using first = await runExporter(promExporter, anyPort);
    const { port } = new URL(urlOf(first));
    const second = { ...promExporter, type: "prom2" };
    await expect(runExporter(second as typeof promExporter, `endpoint: 127.0.0.1:${port}`)).rejects.toThrow(
      `cannot listen on 127.0.0.1:${port}: exporter "prom" listens there`,
    );
  });

  test("promtool finds nothing to complain about", async ({ skip }) => {
    const there = spawnSync("promtool", ["--version"]).error === undefined;
    if (!there && process.env["CI"] === undefined) skip("promtool is not installed: apt-get install prometheus");
    await using exporter = await runExporter(promExporter, anyPort);
    await exporter.consume(everyKind());
    const { bytes } = await get(exporter);
    const { status, stdout, stderr } = spawnSync("promtool", ["check", "metrics"], { input: bytes, encoding: "utf8" });
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: "", stderr: "" });
  });
});

function everyKind() {
  const from = resource({ "service.name": "api", "service.instance.id": "1", "host.name": "h" });
  const builder = new MetricsBuilder(1_700_000_000_000_000_000n);
  const one = (name: string, kind: "gauge" | "sum" | "histogram" | "exponential_histogram" | "summary", unit: string) =>
    series(
      metricFamily(from, emptyScope, {
        name,
        description: `About ${name}.`,
        unit,
        kind,
        monotonic: kind === "sum",
        temporality: "cumulative",
      }),
      attributes({ "hw.id": 'a"\n\\ю', nul: "\0", cr: "\r" }),
    );
  builder.addNumber(one("hw.energy", "sum", "J"), 0.1 + 0.2);
  builder.addNumber(one("hw.gpu.memory.usage", "gauge", "By"), 9_223_372_036_854_775_807n);
  builder.addNumber(one("hw.temperature", "gauge", "Cel"), Number.NaN);
  builder.addNumber(one("hw.power", "gauge", "W"), Number.NEGATIVE_INFINITY);
  builder.addHistogram(one("request.duration", "histogram", "s"), {
    count: 3,
    sum: 2,
    bounds: [0.1, 1],
    bucketCounts: [1, 1, 1],
  });
  builder.addExponentialHistogram(one("request.size", "exponential_histogram", "By"), {
    count: 3,
    sum: 6,
    scale: 2,
    zeroCount: 1,
    positive: { offset: 1, counts: [1, 1] },
    negative: { offset: 0, counts: [] },
  });
  builder.addSummary(one("request.wait", "summary", "s"), {
    count: 1,
    sum: 1,
    quantiles: [{ quantile: 0.5, value: 1 }],
  });
  return builder.build();
}

/** Collects when asked. */
class OnDemandReader extends MetricReader {
  protected override async onShutdown(): Promise<void> {}
  protected override async onForceFlush(): Promise<void> {}
}

function urlOf({ sink }: RunningExporter): string {
  return (sink as unknown as EndpointCarrier).endpoints()[0]!;
}

async function get(
  exporter: RunningExporter,
  headers: Record<string, string> = {},
  { method = "GET", path }: { method?: string; path?: string } = {},
) {
  const { request } = process.getBuiltinModule("node:http");
  const url = path === undefined ? urlOf(exporter) : new URL(path, urlOf(exporter));
  const { promise, resolve, reject } = Promise.withResolvers<{
    status: number;
    headers: Record<string, unknown>;
    bytes: Buffer;
    text: string;
  }>();
  request(url, { method, headers, agent: false }, (response) => {
    const chunks: Buffer[] = [];
    response.on("data", (chunk: Buffer) => chunks.push(chunk));
    response.on("end", () => {
      const bytes = Buffer.concat(chunks);
      resolve({ status: response.statusCode!, headers: response.headers, bytes, text: bytes.toString() });
    });
  })
    .on("error", reject)
    .end();
  return promise;
}

/** Blanks in front of values made one. */
function squeezed(text: string): string {
  return text.replaceAll(/ +(?=\S+( \d{13})?$)/gm, " ");
}

test("shows all of a batch that is worked on in parts, and counts what none of them could show", async () => {
  const points = Array.from({ length: 10 }, (_, i) => ({ name: "m", value: i, attributes: { i } }));
  await using exporter = await runExporter(promExporter, `${anyPort}\nmax_series: 8`);
  await exporter.consume(inParts(metricsOf(points)));
  expect((await get(exporter)).text.match(/^m\{/gm)).toHaveLength(8);
  expect(exporter.logs.map(({ message }) => message)).toContainEqual(expect.stringContaining("cannot show 1 of 3"));
});
