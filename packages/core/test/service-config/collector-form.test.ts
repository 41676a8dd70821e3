import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { formatProblem } from "../../src/service/config/load-config.ts";
import { load, pipeline, problemsOf } from "./fake-plugins.ts";

const sample = readFileSync(join(import.meta.dirname, "testdata", "collector.yaml"), "utf8");
const env = { BACKEND: "https://backend.example.com", NODE_NAME: "gpu-7", BACKEND_TOKEN: "s3cret" };

/** A config whose metrics of its own have these options; they begin at column 18 of line 4. */
const withMetrics = (options: string): string =>
  `receivers: { clock: }\nexporters: { debug: }\nservice: { pipelines: { metrics: { receivers: [clock], exporters: [debug] } }, telemetry: {\n      metrics: { ${options} } } }\n`;

const ignored = (place: string, path: string): string =>
  `config.yaml:${place}: service.telemetry.${path}: this setting of the collector's own telemetry has no counterpart and is ignored. Remove it; the top-level block telemetry holds what there is. [config-telemetry-ignored]`;

describe("a config of the OpenTelemetry Collector", () => {
  test("loads as it is, with warnings about what has no counterpart", async () => {
    const { config, problems } = await load({ "collector.yaml": sample }, { env });
    expect(problems.map(({ path, code, severity }) => `${severity} ${path} ${code}`)).toEqual([
      "warning extensions.zpages extension-not-listed",
    ]);
    expect(config?.pipelines).toEqual([
      {
        id: "traces",
        signal: "traces",
        receivers: ["otlp"],
        processors: ["memory_limiter", "batch"],
        exporters: ["otlp_http", "debug"],
        position: { file: "collector.yaml", line: 50, col: 5 },
      },
      {
        id: "metrics",
        signal: "metrics",
        receivers: ["otlp"],
        processors: ["batch"],
        exporters: ["prom"],
        position: { file: "collector.yaml", line: 54, col: 5 },
      },
      {
        id: "logs/system",
        signal: "logs",
        receivers: ["otlp"],
        processors: [],
        exporters: ["otlp_http"],
        position: { file: "collector.yaml", line: 58, col: 5 },
      },
    ]);
    expect(config?.extensions).toEqual(["health_check"]);
    expect(config?.telemetry).toMatchObject({
      enabled: true,
      listen: { text: "0.0.0.0:8888" },
      metrics: { level: "detailed" },
    });
    expect(config?.runtime.drain_timeout).toBe(10_000);
    expect(config?.document.value).toMatchObject({
      service: { extensions: ["health_check"] },
      telemetry: { enabled: true, listen: "0.0.0.0:8888", metrics: { level: "detailed" } },
    });
    const http = config?.components.find(({ id }) => id === "otlp_http");
    expect(http?.config).toMatchObject({ endpoint: "https://backend.example.com", user: "gpu-7-$" });
  });

  test("starts no extension that it does not list", async () => {
    const { config } = await load(
      "receivers: { clock: }\nexporters: { debug: }\nextensions: { zpages: }\nservice: { pipelines: { metrics: { receivers: [clock], exporters: [debug] } } }\n",
    );
    expect(config?.extensions).toEqual([]);
    expect(config?.unused.map(({ id }) => id)).toEqual(["zpages"]);
  });

  test("whose metrics have the level none serves nothing", async () => {
    const { config } = await load(
      "receivers: { clock: }\nexporters: { debug: }\nservice:\n  telemetry: { metrics: { level: none, address: ':8888' } }\n  pipelines: { metrics: { receivers: [clock], exporters: [debug] } }\n",
    );
    expect(config?.telemetry).toEqual({ enabled: false });
    expect(config?.document.value["telemetry"]).toEqual({ enabled: false, metrics: { level: "none" } });
  });

  test.each([
    ["basic", { enabled: true, metrics: { level: "basic" } }],
    ["normal", { enabled: true, metrics: { level: "normal" } }],
    ["Detailed", { enabled: true, metrics: { level: "detailed" } }],
    ["", { enabled: true }],
  ])("has the level %j of its metrics in telemetry.metrics.level", async (level, expected) => {
    const { config, problems } = await load(withMetrics(`level: ${level}`));
    expect(problems).toEqual([]);
    expect(config?.document.value["telemetry"]).toEqual(expected);
  });

  test.each([
    ["level: debug", { log_level: "debug" }],
    ["level: WARN, encoding: json", { log_level: "warn", log_format: "json" }],
    ["level: DPANIC, encoding: console", { log_level: "error", log_format: "text" }],
    ["level: , encoding: ", undefined],
  ])("whose log has the options %s logs likewise", async (logs, expected) => {
    const { config, problems } = await load(withMetrics(`}, logs: { ${logs}`));
    expect(problems).toEqual([]);
    expect(config?.document.value["runtime"]).toEqual(expected);
    expect(config?.document.value["telemetry"]).toEqual({ enabled: true });
  });

  test("is warned of what its log has beside that, and told which levels and encodings there are", async () => {
    expect(await problemsOf(withMetrics("}, logs: { sampling: { initial: 10 }, level: inof, encoding: xml"))).toEqual([
      ignored("4:29", "logs.sampling"),
      'config.yaml:4:63: service.telemetry.logs.level: expected debug, info, warn, error, dpanic, panic or fatal, got "inof". Did you mean "info"? [config-invalid-value]',
      'config.yaml:4:79: service.telemetry.logs.encoding: expected console or json, got "xml". Write one of them. [config-invalid-value]',
    ]);
  });

  test("is told which levels there are", async () => {
    expect(await problemsOf(withMetrics("level: detaild"))).toEqual([
      'config.yaml:4:25: service.telemetry.metrics.level: expected none, basic, normal or detailed, got "detaild". Did you mean "detailed"? [config-invalid-value]',
    ]);
    expect(await problemsOf(withMetrics("level: [a]"))).toEqual([
      "config.yaml:4:25: service.telemetry.metrics.level: expected none, basic, normal or detailed, got a list. Write one of them. [config-invalid-value]",
    ]);
  });

  test.each(["[]", "[{ periodic: { exporter: { otlp: {} } } }]", "[{ pull: { exporter: { console: } } }]"])(
    "whose readers %s are not pulled from by Prometheus serves nothing",
    async (readers) => {
      const { config, problems } = await load(withMetrics(`level: basic, readers: ${readers}`));
      expect(config?.document.value["telemetry"]).toEqual({ metrics: { level: "basic" } });
      expect(problems.map(formatProblem)).toEqual([ignored("4:32", "metrics.readers")]);
    },
  );

  test.each([
    ["{ host: '::1', port: 9000 }", "[::1]:9000"],
    ["{ port: 9000 }", "localhost:9000"],
    ["{ host: 0.0.0.0 }", "0.0.0.0:8888"],
    ["{ host: , port: }", "localhost:8888"],
    ["", undefined],
  ])("whose reader has the options %s is served there", async (prometheus, listen) => {
    const { config, problems } = await load(
      withMetrics(`readers: [{ pull: { exporter: { prometheus: ${prometheus} } } }]`),
    );
    expect(problems).toEqual([]);
    expect(config?.document.value["telemetry"]).toEqual({ enabled: true, ...(listen !== undefined && { listen }) });
  });

  test("is warned of each key of its readers that is not used", async () => {
    const one = "{ pull: { exporter: { prometheus: { port: 1, with_type: true }, other: }, timeout: 5 }, views: }";
    const { config, problems } = await load(withMetrics(`readers: [{ periodic: }, ${one}, { pull: }]`));
    expect(config?.document.value["telemetry"]).toEqual({ enabled: true, listen: "localhost:1" });
    expect(problems.map(({ path, code }) => `${path} ${code}`)).toEqual([
      "service.telemetry.metrics.readers[0] config-telemetry-ignored",
      "service.telemetry.metrics.readers[1].pull.exporter.prometheus.with_type config-telemetry-ignored",
      "service.telemetry.metrics.readers[1].pull.exporter.other config-telemetry-ignored",
      "service.telemetry.metrics.readers[1].pull.timeout config-telemetry-ignored",
      "service.telemetry.metrics.readers[1].views config-telemetry-ignored",
      "service.telemetry.metrics.readers[2] config-telemetry-ignored",
    ]);
  });

  test("whose metrics have an address does not use its readers", async () => {
    const { config, problems } = await load(withMetrics("address: ':1', readers: []"));
    expect(config?.document.value["telemetry"]).toEqual({ enabled: true, listen: ":1" });
    expect(problems.map(formatProblem)).toEqual([ignored("4:33", "metrics.readers")]);
  });

  test("is told where a section of service is misspelt", async () => {
    expect(await problemsOf("service:\n  pipeline: {}\n")).toEqual([
      'config.yaml:1:1: pipelines: no pipeline is defined. Add one, such as "pipelines: { metrics: { receivers: [clock], exporters: [stdout] } }". [pipeline-none]',
      'config.yaml:2:3: service.pipeline: unknown option. Did you mean "pipelines"? [config-unknown-option]',
    ]);
    expect(await problemsOf("service: [a]\n")).toEqual([
      'config.yaml:1:1: pipelines: no pipeline is defined. Add one, such as "pipelines: { metrics: { receivers: [clock], exporters: [stdout] } }". [pipeline-none]',
      "config.yaml:1:10: service: expected a map, got a list. Write pipelines into it. [config-invalid-value]",
    ]);
  });

  test("may leave a block empty, which then has its defaults; a value may not be left out so", async () => {
    const config = (options: string): string =>
      `receivers: { clock: {} }\nexporters: { otlp_http: { endpoint: "http://localhost", ${options} } }\n${pipeline.replace("debug", "otlp_http")}`;
    const filled = await load(config("tls: , headers: "));
    expect(filled.problems).toEqual([]);
    const exporter = filled.config?.components.find(({ kind }) => kind === "exporter");
    expect(exporter?.config).toMatchObject({ headers: {}, tls: { insecure: false } });
    const nothing = await load(config("max_size: , tls: "));
    expect(nothing.problems.map(formatProblem)).toEqual([
      'config.yaml:2:67: exporters.otlp_http.max_size: expected a size such as "4MiB" or a number of bytes, got null. Units: B, kB, MB, GB, TB, KiB, MiB, GiB, TiB. [config-invalid-value]',
    ]);
  });
});
