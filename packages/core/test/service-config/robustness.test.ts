import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatProblem, loadDocument, type LoadRequest } from "../../src/service/config/load-config.ts";
import { bytes, load, pipeline, problemsOf } from "./fake-plugins.ts";

const sound = `receivers:
  clock:
    interval: 1s
    labels: &labels { a: x, b: "\${B:-y}" }
exporters:
  debug: { startup: retry }
  otlp_http:
    endpoint: http://localhost
    headers: { authorization: secret }
connectors: { forward: {} }
extensions: { health_check: }
telemetry: { enabled: false, anything: *labels }
runtime: { drain_timeout: 5s }
plugins: { receivers: { dcgm: "@acme/gpu" } }
pipelines:
  metrics: { receivers: [clock], exporters: [debug, forward] }
  metrics/out: { receivers: [forward], exporters: [otlp_http] }
`;

function problemsOfBytes(content: Uint8Array, limits?: LoadRequest["limits"]): string[] {
  const { problems } = loadDocument({
    sources: [{ file: "config.yaml", bytes: content }],
    env: {},
    ...(limits && { limits }),
  });
  return problems.map(formatProblem);
}

/** A thousand runs on a busy machine; what is tested is that they end. */
const patient = { timeout: 120_000 };

describe("loading a config", patient, () => {
  test("takes the config that the mutations below begin from", async () => {
    expect(await problemsOf(sound)).toEqual([]);
  });

  test("gives a config or an error for any mutation of a config, and never throws", async () => {
    const piece = fc.oneof(
      fc.constantFrom(
        "\t",
        "\n",
        "  ",
        ": ",
        "- ",
        "[",
        "]",
        "{",
        "}",
        '"',
        "'",
        "&a ",
        "*a ",
        "*labels",
        "<<: ",
        "${",
        "}",
        "${B}",
        "$$",
        "!",
        "!!str ",
        "|\n",
        ">-\n",
        "#",
        "? ",
        "---\n",
        "...\n",
        "%",
        "@",
        "`",
        "\u0000",
        "\ufeff",
        "\r",
        "é",
        "👩‍🚀",
        "~",
        "null",
        "__proto__: ",
        "constructor: ",
        "receivers",
        "clock",
        "startup: ",
        "1e999",
        ".nan",
        "0x10",
        "service: ",
        "pipelines:",
      ),
      fc.string({ unit: "binary", maxLength: 6 }),
    );
    const edit = fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }), cut: fc.nat(30), piece });
    await fc.assert(
      fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 4 }), async (edits) => {
        let text = sound;
        for (const { at, cut, piece: inserted } of edits) {
          const offset = Math.floor(at * text.length);
          text = text.slice(0, offset) + inserted + text.slice(offset + cut);
        }
        // Throws when there is neither or both.
        for (const line of await problemsOf(text)) expect(line).toMatch(/^config\.yaml:\d+:\d+: .+ \[[a-z0-9-]+\]$/);
      }),
      { numRuns: 1_000 },
    );
  });

  test("takes a map with a member toString for a value that is wrong, as any other", async () => {
    expect(await problemsOf("processors: { batch: { startup: { toString: clock } } }")).toContainEqual(
      expect.stringContaining("processors.batch.startup: a map is not one of fail, retry, degrade"),
    );
  });

  test("gives a config or an error for any value in any place, and never throws", async () => {
    const key = fc.constantFrom(
      "receivers",
      "processors",
      "exporters",
      "connectors",
      "extensions",
      "pipelines",
      "telemetry",
      "runtime",
      "plugins",
      "service",
      "clock",
      "otlp",
      "debug",
      "forward",
      "batch",
      "metrics",
      "logs/a",
      "traces",
      "startup",
      "interval",
      "labels",
      "toString",
      "constructor",
      "hasOwnProperty",
      "<<",
      "x",
    );
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 5, depthSize: "small" },
        fc.constantFrom(
          "clock",
          "debug",
          "otlp",
          "forward",
          "1s",
          "fail",
          "${X:-1}",
          "${X}",
          "",
          null,
          true,
          0,
          -1,
          1.5,
          "retry",
        ),
        fc.array(tie("value"), { maxLength: 4 }),
        fc.dictionary(key, tie("value"), { maxKeys: 6 }),
      ),
    }));
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(key, value, { maxKeys: 8 }),
        fc.array(fc.string(), { maxLength: 2 }),
        async (root, set) => {
          // Throws when there is neither or both.
          const lines = await problemsOf(JSON.stringify(root), { set });
          expect(lines.filter((line) => !line.endsWith("]"))).toEqual([]);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  test("gives an error for bytes of any kind, and never throws", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (content) => {
        const { document, problems } = loadDocument({ sources: [{ file: "x", bytes: content }], env: {} });
        expect(document !== undefined || problems.length > 0).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  test("cannot be made to change prototypes", async () => {
    const text = `receivers: { clock: { labels: { constructor: x, toString: "y" } } }\nexporters: { debug: }\n${pipeline}`;
    const { config } = await load(text, {
      set: ["receivers.clock.labels.prototype=z", "receivers.clock.labels.constructor.polluted=1"],
    });
    expect(config).toBeUndefined();
    expect(
      await problemsOf("receivers:\n  __proto__: { polluted: 1 }\n  clock: { <<: { __proto__: { polluted: 2 } } }\n"),
    ).toEqual([
      'config.yaml:1:1: pipelines: no pipeline is defined. Add one, such as "pipelines: { metrics: { receivers: [clock], exporters: [stdout] } }". [pipeline-none]',
      'config.yaml:2:3: receivers.__proto__: no option can be called "__proto__". Remove it. [config-reserved-key]',
      'config.yaml:3:3: receivers.clock: the receiver "clock" is defined, and no pipeline uses it. Add it to a pipeline, or remove it. [component-unused]',
      'config.yaml:3:18: receivers.clock.<<.__proto__: no option can be called "__proto__". Remove it. [config-reserved-key]',
    ]);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
    expect((Object as unknown as Record<string, unknown>)["polluted"]).toBeUndefined();
    const harmless = await load(text);
    expect(harmless.config?.components[0]?.config).toMatchObject({ labels: { constructor: "x", toString: "y" } });
  });
});

const nested = (depth: number): Uint8Array => bytes(`a: ${"[".repeat(depth)}${"]".repeat(depth)}\n`);

describe("the limits of loading", patient, () => {
  test("stop an alias bomb", () => {
    const bomb = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"];
    for (let n = 1; n < 12; n++)
      bomb.push(
        `a${n}: &a${n} [${Array(9)
          .fill(`*a${n - 1}`)
          .join(", ")}]`,
      );
    expect(problemsOfBytes(bytes(`${bomb.join("\n")}\n`))).toEqual([
      "config.yaml:6:10: a5[0]: the aliases of the config add more than 100000 values. Use fewer aliases inside anchors. [config-alias-limit]",
    ]);
  });

  test("stop a bomb of merge keys", () => {
    const keys = Array.from({ length: 100 }, (_, index) => `k${index}: 1`).join(", ");
    const uses = Array.from({ length: 2_000 }, (_, index) => `m${index}: { <<: *k }`).join("\n");
    expect(problemsOfBytes(bytes(`k: &k { ${keys} }\n${uses}\n`))).toEqual([
      "config.yaml:992:13: m990.<<: the aliases of the config add more than 100000 values. Use fewer aliases inside anchors. [config-alias-limit]",
    ]);
  });

  test("let exactly as many values through as they say", () => {
    const text = bytes("a: &a [1, 2]\nb: *a\nc: *a\n");
    expect(problemsOfBytes(text, { maxAliasExpansion: 6 })).toEqual([]);
    expect(problemsOfBytes(text, { maxAliasExpansion: 5 })).toEqual([
      "config.yaml:3:4: c: the aliases of the config add more than 5 values. Use fewer aliases inside anchors. [config-alias-limit]",
    ]);
  });

  test("stop brackets inside one another", () => {
    expect(problemsOfBytes(nested(64))).toEqual([]);
    expect(problemsOfBytes(nested(65), { maxDepth: 4 })).toEqual([
      "config.yaml:1:8: a[0][0][0][0]: more than 4 maps and lists stand inside one another. Check for an opening bracket or a dash that is repeated. [config-too-deep]",
    ]);
    expect(problemsOfBytes(bytes(`a: ${"[".repeat(50_000)}`))[0]).toMatch(
      /^config\.yaml:1:\d+: yaml: more than 64 maps and lists stand inside one another\. .+ \[config-too-deep\]$/,
    );
  });

  test("refuse a config of 10 MiB with very many options", () => {
    const line = "key: some value that is not very long\n";
    expect(problemsOfBytes(bytes(line.repeat((10 * 2 ** 20) / line.length)))).toEqual([
      "config.yaml:1:1: config: the config has more than 500000 YAML tokens, about 71429 lines. Make it shorter. [config-too-large]",
    ]);
  });

  test("take a config of 10 MiB that is one long text, and not a byte more", () => {
    const text = `a: "${"x".repeat(10 * 2 ** 20 - 6)}"\n`;
    expect(problemsOfBytes(bytes(text))).toEqual([]);
    expect(problemsOfBytes(bytes(`${text} `))).toEqual([
      "config.yaml:1:1: config: the config has 10485761 bytes, more than 10485760. Make it shorter. [config-too-large]",
    ]);
  });

  test("bound the problems that are reported", async () => {
    const many = Array.from({ length: 150 }, (_, index) => `x${index}: 1`).join("\n");
    const lines = await problemsOf(`${many}\n${sound}`);
    expect(lines).toHaveLength(101);
    expect(lines.at(-1)).toBe(
      "config: 50 more problems are not shown. Correct those above first. [config-too-many-problems]",
    );
  });
});

describe("bytes that are not UTF-8", () => {
  test("are named with their offset and place", () => {
    const latin1 = Buffer.from("receivers:\n  clöck: {}\n", "latin1");
    expect(problemsOfBytes(latin1)).toEqual([
      "config.yaml:2:5: config: byte 15 (0xf6) is not UTF-8. Save the file as UTF-8. [config-not-utf8]",
    ]);
    expect(problemsOfBytes(Buffer.concat([bytes("äää: 1\nb: "), Buffer.from([0xe2, 0x82])]))).toEqual([
      "config.yaml:2:4: config: byte 13 (0xe2) is not UTF-8. Save the file as UTF-8. [config-not-utf8]",
    ]);
  });

  test("that are UTF-16 are named so", () => {
    expect(problemsOfBytes(Buffer.from("\ufeffreceivers: {}\n", "utf16le"))).toEqual([
      "config.yaml:1:1: config: the file is UTF-16, not UTF-8. Save the file as UTF-8. [config-not-utf8]",
    ]);
  });

  test("do not include a byte order mark", async () => {
    expect(await problemsOf(`\ufeff${sound}`)).toEqual([]);
    expect(await problemsOf(`\ufeffreceivers:\n\tclock: {}\n`)).toEqual([
      "config.yaml:2:1: yaml: the line is indented with a tab, which YAML does not allow. Replace the tab with spaces. [config-yaml-tab]",
    ]);
  });
});
