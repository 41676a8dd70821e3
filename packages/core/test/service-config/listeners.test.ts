import { describe, expect, test } from "vitest";
import { problemsOf } from "./fake-plugins.ts";

/** The problems of a config with these exporters, which listen, and with these extensions. */
function problemsWith(exporters: readonly string[], more = ""): Promise<string[]> {
  const lines = exporters.map((endpoint, index) => `  prom/${index}: { endpoint: "${endpoint}" }\n`);
  const ids = exporters.map((_, index) => `prom/${index}`).join(", ");
  return problemsOf(
    `receivers: { clock: }\nexporters:\n${lines.join("")}pipelines: { metrics: { receivers: [clock], exporters: [${ids}] } }\n${more}`,
  );
}

/** What is said of two endpoints, the second of which is in line 4. */
function taken(first: string, second: string, what = "port"): string[] {
  return [
    `config.yaml:4:23: exporters.prom/1.endpoint: cannot listen on ${second}: exporter "prom/0" listens on ${first} (config.yaml:3:23: exporters.prom/0.endpoint). Set one of them to another ${what}. [config-address-collision]`,
  ];
}

describe("the check of listeners", () => {
  test.each([
    ["localhost:9400", "localhost:9400"],
    ["localhost:9400", "LOCALHOST:9400"],
    ["localhost:9400", "127.0.0.1:9400"],
    ["localhost:9400", "[::1]:9400"],
    ["localhost:9400", ":9400"],
    ["localhost:9400", "0.0.0.0:9400"],
    ["localhost:9400", "[::]:9400"],
    ["0.0.0.0:9400", "[::]:9400"],
    [":9400", "10.0.0.1:9400"],
    ["[::]:9400", "10.0.0.1:9400"],
    [":9400", "[fd00::1]:9400"],
    [":9400", "gpu-node:9400"],
    ["gpu-node:9400", "GPU-node:9400"],
    ["[::1]:9400", "[0:0:0:0:0:0:0:1]:9400"],
  ])("says that %s and %s cannot both be had, with both places", async (first, second) => {
    expect(await problemsWith([first, second])).toEqual(taken(first, second));
  });

  test("says so of one Unix socket", async () => {
    const [first, second] = ["unix:///run/tracecore/a.sock", "unix:///run/tracecore//a.sock"];
    expect(await problemsWith([first, second])).toEqual(taken(first, second, "path"));
  });

  test.each([
    ["localhost:9400", "localhost:9401"],
    ["127.0.0.1:9400", "127.0.0.2:9400"],
    ["127.0.0.1:9400", "[::1]:9400"],
    ["0.0.0.0:9400", "[::1]:9400"],
    ["localhost:0", "localhost:0"],
    [":0", "localhost:0"],
    // What a name stands for is known when it is looked up.
    ["gpu-node:9400", "localhost:9400"],
    ["gpu-node:9400", "0.0.0.0:9400"],
    ["gpu-node:9400", "gpu-node-b:9400"],
    ["unix:///run/a.sock", "unix:///run/b.sock"],
    ["unix:///run/a.sock", ":9400"],
  ])("has nothing against %s beside %s", async (first, second) => {
    expect(await problemsWith([first, second])).toEqual([]);
  });

  test("looks at two protocols of one component, and at defaults, which stand at the nearest key", async () => {
    expect(
      await problemsOf(`receivers:
  otlp: { protocols: { grpc: {}, http: { endpoint: "localhost:4317" } } }
  otlp/b: { protocols: { grpc: {} } }
exporters: { debug: }
pipelines: { metrics: { receivers: [otlp, otlp/b], exporters: [debug] } }
`),
    ).toEqual([
      "config.yaml:2:52: receivers.otlp.protocols.http.endpoint: cannot listen on localhost:4317: the same component listens on localhost:4317 (config.yaml:2:24: receivers.otlp.protocols.grpc.endpoint). Set one of them to another port. [config-address-collision]",
      'config.yaml:3:26: receivers.otlp/b.protocols.grpc.endpoint: cannot listen on localhost:4317: receiver "otlp" listens on localhost:4317 (config.yaml:2:24: receivers.otlp.protocols.grpc.endpoint). Set one of them to another port. [config-address-collision]',
    ]);
  });

  test("looks at extensions and at self-telemetry, and names a --set as it was written", async () => {
    const config = `receivers: { clock: }
extensions: { health_check: { endpoint: "localhost:8888" } }
exporters: { debug: }
pipelines: { metrics: { receivers: [clock], exporters: [debug] } }
`;
    expect(await problemsOf(`${config}telemetry: { enabled: true }\n`)).toEqual([
      "config.yaml:2:41: extensions.health_check.endpoint: cannot listen on localhost:8888: telemetry listens on localhost:8888 (config.yaml:5:1: telemetry.listen). Set one of them to another port. [config-address-collision]",
    ]);
    expect(await problemsOf(config)).toEqual([]);
    const set = ["telemetry.enabled=true", "telemetry.listen=:8888"];
    expect(await problemsOf(config, { set })).toEqual([
      "config.yaml:2:41: extensions.health_check.endpoint: cannot listen on localhost:8888: telemetry listens on :8888 (--set telemetry.listen=:8888: telemetry.listen). Set one of them to another port. [config-address-collision]",
    ]);
  });

  test("leaves out what does not start", async () => {
    const unused = await problemsOf(`receivers: { clock: }
exporters: { prom: , prom/b: , debug: }
extensions: { zpages: { endpoint: "localhost:9400" } }
service: { extensions: [] }
pipelines: { metrics: { receivers: [clock], exporters: [prom] } }
`);
    expect(unused.filter((line) => line.includes("collision"))).toEqual([]);
  });

  test("warns only where the config says that the rest shall run without the component", async () => {
    const [problem, ...others] = await problemsOf(`receivers: { clock: }
exporters: { prom: , prom/b: { startup: degrade } }
pipelines: { metrics: { receivers: [clock], exporters: [prom, prom/b] } }
`);
    expect(problem).toContain("[config-address-collision]");
    expect(others).toEqual([]);
  });
});
