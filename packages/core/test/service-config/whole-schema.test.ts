import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import {
  checkConfig,
  configErrorPages,
  hasErrors,
  loadBlock,
  loadDocument,
  runtimeSchema,
  wholeConfigJsonSchema,
} from "../../src/service/config/load-config.ts";
import { duration, optionTable } from "../../src/config/config.ts";
import { bytes, options, pipeline, plugins, telemetrySchema } from "./fake-plugins.ts";

describe("the JSON Schema of a whole config", () => {
  const json = wholeConfigJsonSchema(plugins, telemetrySchema);
  // zod reads JSON Schema too: an opinion on the schema that does not come from this package.
  const schema = z.fromJSONSchema(json);
  const accepts = (value: unknown): boolean => schema.safeParse(value).success;
  const sound = {
    receivers: { clock: { interval: "5s", startup: "retry" }, "clock/b": null },
    processors: { memory_limiter: { limit_mib: 5 } },
    exporters: { debug: {} },
    pipelines: { metrics: { receivers: ["clock"], exporters: ["debug"] } },
  };

  test("takes a sound config in either form", () => {
    expect(accepts(sound)).toBe(true);
    const { pipelines, ...rest } = sound;
    expect(accepts({ ...rest, service: { pipelines } })).toBe(true);
  });

  test("takes variables in place of numbers and choices", () => {
    expect(accepts({ ...sound, processors: { memory_limiter: { limit_mib: "${env:LIMIT}" } } })).toBe(true);
    expect(accepts({ ...sound, exporters: { debug: { verbosity: "${V:-basic}" } } })).toBe(true);
  });

  test.each([
    ["an unknown section", { ...sound, reciever: {} }],
    ["an unknown option", { ...sound, receivers: { clock: { intervall: "5s" } } }],
    ["an unknown type", { ...sound, receivers: { nope: {} } }],
    ["a duration without a unit", { ...sound, receivers: { clock: { interval: "5" } } }],
    ["a text for a number", { ...sound, processors: { memory_limiter: { limit_mib: "many" } } }],
    ["a missing option", { ...sound, processors: { memory_limiter: {} } }],
    ["a wrong startup", { ...sound, receivers: { clock: { startup: "never" } } }],
    ["a pipeline without exporters", { ...sound, pipelines: { metrics: { receivers: ["clock"] } } }],
    ["an unknown signal", { ...sound, pipelines: { metric: { receivers: ["clock"], exporters: ["debug"] } } }],
  ])("refuses %s", (_, config) => {
    expect(accepts(config)).toBe(false);
  });

  test("has descriptions and defaults for the editor to show, and no mark of its own", () => {
    expect(json["$defs"]).toMatchObject({
      "receiver.clock": { properties: { interval: { description: "Time between two readings.", default: "1s" } } },
    });
    expect(JSON.stringify(json)).not.toContain("x-type");
  });

  test("points to the definitions of recursive schemas where they stand", () => {
    const recursive = z.strictObject({
      name: z.string().describe("Name."),
      get inner() {
        return recursive.optional().describe("Inner.");
      },
    });
    const [first] = plugins;
    if (first === undefined) throw new Error("no plugin");
    const factory = { ...first.factory, config: z.strictObject({ tree: recursive.describe("Tree.") }) };
    const whole = wholeConfigJsonSchema([{ ...first, factory }], telemetrySchema);
    const references = [...JSON.stringify(whole).matchAll(/"\$ref":"#([^"]+)"/g)].map(([, pointer = ""]) => pointer);
    expect(references.some((pointer) => pointer.startsWith("/$defs/receiver.clock/$defs/"))).toBe(true);
    for (const pointer of references) {
      const target = pointer
        .split("/")
        .slice(1)
        .reduce<unknown>((node, part) => (node as Record<string, unknown>)[part], whole);
      expect(target).toBeTypeOf("object");
    }
  });
});

describe("the block runtime", () => {
  test("describes each option", () => {
    expect(optionTable(runtimeSchema()).split("\n")).toHaveLength(17);
  });

  test("has the defaults of the requirement", () => {
    expect(runtimeSchema().parse({})).toEqual({
      drain_timeout: 10_000,
      start_timeout: 30_000,
      stop_timeout: 5_000,
      consume_timeout: 30_000,
      restart: { initial_interval: 1_000, max_interval: 60_000, multiplier: 2 },
      interned_series: 200_000,
      admin_socket: "auto",
      taps: { max_clients: 4, buffer: 4 * 2 ** 20 },
      log_level: "info",
      log_format: "text",
    });
  });
});

describe("the check", () => {
  test("gives no config for a document that did not load without errors", async () => {
    const text = `receivers: { clock: }\nexporters: { debug: , otlp_http: { endpoint: http://localhost, user: "\${NONE}" } }\n${pipeline}`;
    const loaded = loadDocument({ sources: [{ file: "c", bytes: bytes(text) }], env: {} });
    expect(hasErrors(loaded.problems)).toBe(true);
    if (loaded.document === undefined) throw new Error("no document");
    const { config, problems } = await checkConfig(loaded.document, options);
    expect(config).toBeUndefined();
    expect(problems.map(({ code }) => code)).toEqual(["component-unused"]);
  });

  test("contains a plugin that throws while it is loaded or checks", async () => {
    const loaded = loadDocument({
      sources: [
        {
          file: "c",
          bytes: bytes("receivers: { a: , b: }\npipelines: { metrics: { receivers: [a, b], exporters: [] } }\n"),
        },
      ],
      env: {},
    });
    if (loaded.document === undefined) throw new Error("no document");
    const [clock] = plugins;
    if (clock === undefined) throw new Error("no plugin");
    const throwing = z.strictObject({}).refine(() => {
      throw new Error("out of order");
    });
    const { problems } = await checkConfig(loaded.document, {
      ...options,
      resolve: async (_, type) => {
        if (type === "a") throw new Error("cannot find libx.so");
        return { ...clock, factory: { ...clock.factory, config: throwing } as typeof clock.factory };
      },
    });
    expect(problems.map(({ code, message, remedy }) => `${message}. ${remedy} [${code}]`)).toEqual([
      'cannot load the plugin of the receiver "a": cannot find libx.so. Check its installation. [plugin-load-failed]',
      "the schema of the plugin threw: out of order. Report it to the authors of the plugin. [plugin-check-failed]",
      'the pipeline has no exporters. Add "exporters: [name]"; connectors count. [pipeline-without-exporters]',
    ]);
  });

  test("asks for each type once", async () => {
    const loaded = loadDocument({
      sources: [{ file: "c", bytes: bytes(`receivers: { clock: , clock/b: }\nexporters: { debug: }\n${pipeline}`) }],
      env: {},
    });
    if (loaded.document === undefined) throw new Error("no document");
    const asked: string[] = [];
    await checkConfig(loaded.document, {
      ...options,
      resolve: (kind, type) => {
        asked.push(`${kind} ${type}`);
        return options.resolve(kind, type);
      },
    });
    expect(asked).toEqual(["receiver clock", "exporter debug"]);
  });
});

describe("the options of one component alone", () => {
  const schema = z.strictObject({ interval: duration().prefault("10s").describe("Time.") });
  const blockOf = (text: string) =>
    loadBlock(schema, { sources: [{ file: "config.yaml", bytes: bytes(text) }], env: {} });

  test("load with their defaults", () => {
    expect(blockOf("interval: 1m")).toEqual({ value: { interval: 60_000 }, problems: [] });
    expect(blockOf("")).toEqual({ value: { interval: 10_000 }, problems: [] });
  });

  test("are refused with their place in the text", () => {
    expect(blockOf("interval: 10").problems).toEqual([
      {
        code: "config-invalid-value",
        path: "interval",
        message: 'expected a duration such as "10s", got 10. Add a unit: ms, s, m or h',
        severity: "error",
        position: { file: "config.yaml", line: 1, col: 11 },
      },
    ]);
  });
});

describe("the pages of codes", () => {
  const folder = join(import.meta.dirname, "../../src/service/config");
  const source = readdirSync(folder)
    .filter((name) => name !== "problem-codes.ts")
    .map((name) => readFileSync(join(folder, name), "utf8"))
    .join("\n");
  const reported = new Set(
    [...source.matchAll(/"((?:config|pipeline|plugin|component|connector|extension)-[a-z0-9-]+)"/g)].map(
      ([, code = ""]) => code,
    ),
  );

  test("exist for each code that is reported, and for no other", () => {
    expect(Object.keys(configErrorPages).toSorted()).toEqual([...reported].toSorted());
  });

  test.each(Object.entries(configErrorPages))(
    "of %s say what happened and what to do",
    (_, { title, cause, remedy }) => {
      expect(title).toMatch(/^[A-Z].+[^.]$/);
      expect(cause).toMatch(/^.{40,}\.$/s);
      expect(remedy).toMatch(/^.{10,}\.$/s);
    },
  );
});
