import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { formatProblem } from "../../src/service/config/load-config.ts";
import { load, pipeline, problemsOf } from "./fake-plugins.ts";

const sample = readFileSync(join(import.meta.dirname, "testdata", "collector.yaml"), "utf8");
const env = { BACKEND: "https://backend.example.com", NODE_NAME: "gpu-7", BACKEND_TOKEN: "s3cret" };

describe("a config of the OpenTelemetry Collector", () => {
  test("loads as it is, with warnings about what has no counterpart", async () => {
    const { config, problems } = await load({ "collector.yaml": sample }, { env });
    expect(problems.map(({ path, code, severity }) => `${severity} ${path} ${code}`)).toEqual([
      "warning extensions.zpages extension-not-listed",
      "warning service.telemetry.logs config-telemetry-ignored",
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
    expect(config?.telemetry).toEqual({ enabled: true, listen: "0.0.0.0:8888" });
    expect(config?.runtime.drain_timeout).toBe(10_000);
    expect(config?.document.value).toMatchObject({
      service: { extensions: ["health_check"] },
      telemetry: { enabled: true, listen: "0.0.0.0:8888" },
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
    expect(config?.document.value["telemetry"]).toEqual({ enabled: false });
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
