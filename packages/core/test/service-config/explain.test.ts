import { inspect } from "node:util";
import { isSecretName } from "../../src/config/secret-name.ts";
import { describe, expect, test } from "vitest";
import { explainConfig, formatProblem, renderProblem } from "../../src/service/config/load-config.ts";
import { load, pipeline, telemetrySchema } from "./fake-plugins.ts";

const text = `receivers:
  clock:
    interval: \${INTERVAL}
exporters:
  otlp_http:
    endpoint: http://localhost
    startup: degrade
    headers:
      authorization: Bearer \${TOKEN}
    auth: { type: token, token: hunter2 }
telemetry: { enabled: true }
${pipeline.replace("debug", "otlp_http")}`;
const request = {
  env: { INTERVAL: "5m", TOKEN: "s3cret" },
  set: ["exporters.otlp_http.password=swordfish", "exporters.otlp_http.compression=zstd"],
};

describe("the explained config", () => {
  test("has every value as the user would write it, with its origin, and no secret", async () => {
    const { config } = await load(text, request);
    if (config === undefined) throw new Error("no config");
    const lines = explainConfig(config, telemetrySchema).map(({ path, value, origin }) => {
      const from =
        origin.kind === "default"
          ? "default"
          : origin.kind === "set"
            ? `--set ${origin.text}`
            : `${origin.kind === "env" ? `${origin.name} ` : ""}${origin.position.line}:${origin.position.col}`;
      return `${path}: ${JSON.stringify(value)}  # ${from}`;
    });
    expect(lines).toEqual([
      'receivers.clock.startup: "fail"  # default',
      'receivers.clock.interval: "5m"  # INTERVAL 3:15',
      'receivers.clock.subsystems: ["cpu","io","memory"]  # default',
      "receivers.clock.labels: {}  # default",
      'exporters.otlp_http.startup: "degrade"  # 7:14',
      'exporters.otlp_http.endpoint: "http://localhost"  # 6:15',
      'exporters.otlp_http.headers.authorization: "[redacted]"  # TOKEN 9:22',
      'exporters.otlp_http.password: "[redacted]"  # --set exporters.otlp_http.password=[redacted]',
      'exporters.otlp_http.max_size: "4MiB"  # default',
      'exporters.otlp_http.compression: "zstd"  # --set exporters.otlp_http.compression=zstd',
      "exporters.otlp_http.tls.insecure: false  # default",
      "exporters.otlp_http.tls.insecure_skip_verify: false  # default",
      'exporters.otlp_http.tls.min_version: "1.2"  # default',
      'exporters.otlp_http.auth.type: "token"  # 10:19',
      'exporters.otlp_http.auth.token: "[redacted]"  # 10:33',
      'pipelines.metrics.receivers: ["clock"]  # 14:16',
      "pipelines.metrics.processors: []  # default",
      'pipelines.metrics.exporters: ["otlp_http"]  # 15:16',
      "service.extensions: []  # default",
      "telemetry.enabled: true  # 11:23",
      'telemetry.listen: "localhost:8888"  # default',
      'runtime.drain_timeout: "10s"  # default',
      'runtime.start_timeout: "30s"  # default',
      'runtime.stop_timeout: "5s"  # default',
      'runtime.consume_timeout: "30s"  # default',
      'runtime.restart.initial_interval: "1s"  # default',
      'runtime.restart.max_interval: "60s"  # default',
      "runtime.restart.multiplier: 2  # default",
      "runtime.interned_series: 200000  # default",
      'runtime.admin_socket: "auto"  # default',
      "runtime.taps.max_clients: 4  # default",
      'runtime.taps.buffer: "4MiB"  # default',
      'runtime.log_level: "info"  # default',
      'runtime.log_format: "text"  # default',
    ]);
  });
});

const fingerprintOf = async (config: string): Promise<string | undefined> =>
  (await load(config, request)).config?.components.find(({ kind }) => kind === "exporter")?.fingerprint;

describe("a fingerprint", () => {
  test("is equal for equal options in another order or place", async () => {
    const one = await fingerprintOf(text);
    expect(one).toMatch(/^[0-9a-f]{64}$/);
    expect(await fingerprintOf(`# moved\n${text}`)).toBe(one);
    expect(
      await fingerprintOf(text.replace("{ type: token, token: hunter2 }", "{ token: hunter2, type: token }")),
    ).toBe(one);
  });

  test.each([
    ["a secret", "hunter2", "hunter3"],
    ["the startup policy", "degrade", "retry"],
    ["an option", "http://localhost", "http://localhost:1"],
  ])("differs when %s differs", async (_, before, after) => {
    expect(await fingerprintOf(text.replace(before, after))).not.toBe(await fingerprintOf(text));
  });

  test("differs when another version of the plugin is found", async () => {
    const { loadConfig } = await import("../../src/service/config/load-config.ts");
    const { bytes, options, resolve } = await import("./fake-plugins.ts");
    const found = async (version: string): Promise<(string | undefined)[]> => {
      const { config } = await loadConfig(
        { sources: [{ file: "c", bytes: bytes(text) }], ...request },
        {
          ...options,
          resolve: async (kind, type) => ({ ...(await resolve(kind, type)), version }),
        },
      );
      return config?.components.map(({ fingerprint }) => fingerprint) ?? [];
    };
    const [clock, http] = await found("1.0.0");
    expect(await found("1.0.1")).not.toContain(clock);
    expect(await found("1.0.0")).toEqual([clock, http]);
  });
});

test("a value that was made of another form has the origin of that, and one of an empty block is a default", async () => {
  const { document } = await load("exporters: { otlp_http: { headers: [{ name: x-team, value: gpu }], tls: } }", {});
  const origins = [["headers", "x-team"], ["tls", "insecure"], ["endpoint"]].map(
    (option) => document!.origin(["exporters", "otlp_http", ...option]).kind,
  );
  expect(origins).toEqual(["file", "default", "default"]);
});

describe("secrets", () => {
  test("of URLs are in no explained value, no message and no line of source", async () => {
    const url = "https://agent:hunter2@backend:4318/in?team=a&token=s3cret";
    const { config } = await load(text.replace("http://localhost", url), request);
    const values = explainConfig(config!, telemetrySchema);
    expect(values.find(({ path }) => path === "exporters.otlp_http.endpoint")?.value).toBe(
      "https://[redacted]@backend:4318/in?team=a&token=[redacted]",
    );
    const set = explainConfig(
      (await load(text, { ...request, set: [`exporters.otlp_http.endpoint=${url}`] })).config!,
      telemetrySchema,
    ).find(({ path }) => path === "exporters.otlp_http.endpoint")!;
    expect(set.origin).toEqual({
      kind: "set",
      text: "exporters.otlp_http.endpoint=https://[redacted]@backend:4318/in?team=a&token=[redacted]",
    });
    const wrong = await load(
      text.replace("http://localhost", `{ url: "${url}" }`).replace("Bearer", `"${url}`),
      request,
    );
    const fromWrong = await load(text.replace("interval: ${INTERVAL}", `interval: ${url}`), request);
    for (const { problems, document } of [wrong, fromWrong]) {
      const shown = problems.map((problem) =>
        renderProblem(problem, { sourceLine: problem.position && document?.sourceLine(problem.position) }),
      );
      expect(shown.join("\n")).not.toMatch(/hunter2|s3cret/);
      expect(shown.length).toBeGreaterThan(0);
    }
  });

  test.each([
    "pasword: hunter2",
    "passphrase: hunter2",
    "password: a, password: hunter2",
    "password: [hunter2]",
    "headrs: { x-team: hunter2 }",
    "headers: 'x-team: hunter2'",
    "headers: ['x-team: hunter2']",
    "auth: { type: token, tokn: hunter2 }",
  ])("stand in no line of source where %s", async (wrong) => {
    const { problems, document } = await load(`exporters: { otlp_http: { nope: 1, ${wrong}, compression: [gzip] } }`, {
      env: {},
    });
    const lines = problems.map(({ position }) => position && document?.sourceLine(position));
    expect(lines.some((line) => line?.includes("[redacted]"))).toBe(true);
    expect(lines.join("\n")).not.toContain("hunter2");
  });

  test.each(["otlp_http: hunter2", "not_here: { api_key: hunter2 }", "not_here: { a: { password: hunter2 } }"])(
    "stand in no line and no message where an exporter is %s",
    async (wrong) => {
      const { problems, document } = await load(`exporters: { ${wrong} }`, { env: {} });
      const shown = problems.map(({ position, message }) => [message, position && document?.sourceLine(position)]);
      expect(shown.length).toBeGreaterThan(0);
      expect(JSON.stringify(shown)).not.toContain("hunter2");
    },
  );

  test("stand in no message, no line of source and no checked config", async () => {
    const wrong = text
      .replace("interval: ${INTERVAL}", "interval: 5")
      .replace("token: hunter2 }", "token: hunter2, nope: 1 }")
      .replace("endpoint: http://localhost", "endpoint: nowhere");
    const { config, document, problems } = await load(wrong, {
      ...request,
      set: ["exporters.otlp_http.password=[swordfish]", "exporters.otlp_http.headers.x=s3cret"],
    });
    expect(config).toBeUndefined();
    const shown = problems.map((problem) =>
      renderProblem(problem, { sourceLine: problem.position && document?.sourceLine(problem.position) }),
    );
    expect(shown).toEqual([
      'config.yaml:3:15: receivers.clock.interval: expected a duration such as "10s", got 5. Add a unit: ms, s, m or h. [config-invalid-value]\n    3 |     interval: 5\n      |               ^',
      'config.yaml:6:15: exporters.otlp_http.endpoint: expected a URL such as "https://example.com", got "nowhere". [config-invalid-value]\n    6 |     endpoint: nowhere\n      |               ^',
      "config.yaml:10:42: exporters.otlp_http.auth.nope: unknown option. Known options: type, user, token. [config-unknown-option]",
      "--set exporters.otlp_http.password=[redacted]: exporters.otlp_http.password: expected a text, got a list. Put it in quotes. [config-invalid-value]\n    1 | exporters.otlp_http.password=[redacted]\n      |                              ^",
    ]);
    const sound = await load(text, request);
    expect(
      inspect(
        sound.config?.components.map(({ config: checked }) => checked),
        { depth: 9, showHidden: true },
      ),
    ).not.toMatch(/s3cret|hunter2|swordfish/);
    expect(JSON.stringify(sound.config?.components)).not.toMatch(/s3cret|hunter2|swordfish/);
  });
});

describe("a rendered problem", () => {
  const problem = { code: "c", path: "a.b", message: "is wrong", severity: "error" as const };
  const at = (col: number) => ({ ...problem, position: { file: "f.yaml", line: 7, col } });

  test("has the line of the file and a caret under the column", () => {
    expect(renderProblem(at(5), { sourceLine: "  b: 1" })).toBe(
      "f.yaml:7:5: a.b: is wrong. [c]\n    7 |   b: 1\n      |     ^",
    );
  });

  test("puts the caret behind tabs and wide characters", () => {
    expect(renderProblem(at(6), { sourceLine: "\t日本: x" }).split("\n").slice(1)).toEqual([
      "    7 |   日本: x",
      "      |         ^",
    ]);
    expect(renderProblem(at(9), { sourceLine: "👩‍🚀e\u0301: x" }).split("\n")[2]).toBe("      |     ^");
  });

  test("shows the part of a long line that matters, and nothing that moves the cursor", () => {
    const [, line, caret] = renderProblem(at(500), {
      sourceLine: `${"x".repeat(499)}\u001b[31m${"y".repeat(500)}`,
    }).split("\n");
    expect(line).toBe(`    7 | …${"x".repeat(40)}\ufffd[31m${"y".repeat(75)}…`);
    expect(caret).toBe(`      | ${" ".repeat(41)}^`);
  });

  test("has colours only where they are wanted", () => {
    const warning = { ...at(5), severity: "warning" as const };
    expect(renderProblem(warning, { sourceLine: "  b: 1", color: true })).toBe(
      "\u001b[1mf.yaml:7:5: \u001b[22m\u001b[33mwarning: \u001b[39m\u001b[1ma.b: is wrong. [c]\u001b[22m\n\u001b[2m    7 | \u001b[22m  b: 1\n\u001b[2m      | \u001b[22m    \u001b[33m^\u001b[39m",
    );
  });

  test("of a warning says so behind the place", () => {
    expect(renderProblem({ ...at(5), severity: "warning" })).toBe("f.yaml:7:5: warning: a.b: is wrong. [c]");
  });

  test("is one line without a position", () => {
    expect(renderProblem(problem, { sourceLine: "x" })).toBe("a.b: is wrong. [c]");
    expect(formatProblem({ ...problem, message: "a\n  b", remedy: "Why?" })).toBe("a.b: a b. Why? [c]");
  });

  test("in variables named as such stay out where no schema knows of them, and the message names the variable", async () => {
    const long = "x".repeat(80);
    const { problems } = await load(
      text
        .replace("interval: ${INTERVAL}", "interval: ${env:API_KEY}")
        .replace("startup: degrade", "startup: ${env:DB_PASSWORD}"),
      { env: { API_KEY: "k3y-of-mine", DB_PASSWORD: long, TOKEN: "t" } },
    );
    expect(problems.map(({ message }) => message)).toEqual([
      'expected a duration such as "10s", got "${env:API_KEY}". Write a number and a unit: ms, s, m or h',
      '"${env:DB_PASSWORD}…" is not one of fail, retry, degrade',
    ]);
  });

  test.each(["API_TOKEN", "db-password", "authorization", "apiKey", "X-Access-Key", "AUTH"])(
    "%s is a secret by its name",
    (name) => {
      expect(isSecretName(name)).toBe(true);
    },
  );

  test.each(["collection_interval", "max_tokenizer", "token_file", "OAUTH_URL", "keyboard", "author"])(
    "%s is no secret by its name",
    (name) => {
      expect(isSecretName(name)).toBe(false);
    },
  );
});
