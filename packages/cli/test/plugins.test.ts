import { describe, expect, test } from "vitest";
import { defineExporter, defineReceiver } from "@tracecore/core";
import * as z from "zod";
import { kindAndType, packageNames } from "../src/plugins/plugin-name.ts";
import { tracecore } from "./captured-console.ts";
import { folderWith, installCore, receiverPackage } from "./folders.ts";

function config(type: string, more = ""): string {
  return `receivers: { ${type}: {} }\nexporters: { stdout: {} }\npipelines: { metrics: { receivers: [${type}], exporters: [stdout] } }\n${more}`;
}

async function problems(cwd: string, ...args: string[]): Promise<string[]> {
  const { err } = await tracecore(["validate", ...args], { cwd });
  return err.split("\n").filter((line) => /\[[a-z-]+\]$/.test(line));
}

describe("the names of plugin packages", () => {
  test.each([
    ["receiver", "dcgm", ["@tracecore/receiver-dcgm", "tracecore-receiver-dcgm"]],
    [
      "processor",
      "memory_limiter",
      [
        "@tracecore/processor-memory-limiter",
        "tracecore-processor-memory-limiter",
        "@tracecore/processor-memorylimiter",
        "tracecore-processor-memorylimiter",
      ],
    ],
    [
      "exporter",
      "debug",
      [
        "@tracecore/exporter-debug",
        "tracecore-exporter-debug",
        "@tracecore/exporter-stdout",
        "tracecore-exporter-stdout",
      ],
    ],
    [
      "exporter",
      "otlp_http",
      [
        "@tracecore/exporter-otlp-http",
        "tracecore-exporter-otlp-http",
        "@tracecore/exporter-otlphttp",
        "tracecore-exporter-otlphttp",
      ],
    ],
    [
      "processor",
      "delta_to_cumulative",
      [
        "@tracecore/processor-delta-to-cumulative",
        "tracecore-processor-delta-to-cumulative",
        "@tracecore/processor-deltatocumulative",
        "tracecore-processor-deltatocumulative",
      ],
    ],
    [
      "receiver",
      "clockreceiver",
      [
        "@tracecore/receiver-clockreceiver",
        "tracecore-receiver-clockreceiver",
        "@tracecore/receiver-clock",
        "tracecore-receiver-clock",
      ],
    ],
  ] as const)("for the %s %s are tried in this order", (kind, type, names) => {
    expect(packageNames(kind, type)).toEqual(names);
  });

  test("say kind and type again", () => {
    expect(kindAndType("@tracecore/processor-memory-limiter")).toEqual({ kind: "processor", type: "memory_limiter" });
    expect(kindAndType("tracecore-receiver-fan")).toEqual({ kind: "receiver", type: "fan" });
    for (const name of ["@acme/receiver-fan", "@tracecore/core", "tracecore-receiver-", "receiver-fan"]) {
      expect([name, kindAndType(name)]).toEqual([name, undefined]);
    }
  });
});

describe("a plugin", () => {
  test("that is missing is an error with the line that installs it", async () => {
    const cwd = folderWith({ "tracecore.yaml": config("fan") });
    expect(await problems(cwd)).toEqual([
      `tracecore.yaml:1:14: receivers.fan: no plugin for the receiver "fan" is installed. Install it with: pnpm add @tracecore/receiver-fan (looked in ${cwd} and beside tracecore itself). [plugin-not-installed]`,
    ]);
  });

  test("that only the Collector has is an error that says what to use instead", async () => {
    const cwd = folderWith({ "tracecore.yaml": config("jaeger") });
    expect(await problems(cwd)).toEqual([
      'tracecore.yaml:1:14: receivers.jaeger: tracecore has no receiver "jaeger". Have its clients send OTLP, and use the receiver "otlp". A package of your own is called tracecore-receiver-jaeger, or named under plugins. [plugin-not-installed]',
    ]);
  });

  test("that only the Collector has is no slip of the pen, however its words are parted", async () => {
    const cwd = folderWith({
      "tracecore.yaml": `${config("clock")}processors: { k8s_attributes: {}, k8sattributes: {} }\n`,
    });
    const missing = (await problems(cwd)).filter((problem) => problem.endsWith("[plugin-not-installed]"));
    const said = missing.map((problem) => problem.replace(/^.*has no processor/, ""));
    expect(said).toEqual([
      expect.stringMatching(/^ "k8s_attributes"\. Use the processor "resource" with values of the environment/),
      expect.stringMatching(/^ "k8sattributes"\. Use the processor "resource" with values of the environment/),
    ]);
  });

  test("of a Collector that calls it otherwise is found", async () => {
    const cwd = folderWith({
      "tracecore.yaml": `${config("clock")}extensions: { healthcheckv2: { use_v2: true, grpc: {} }, bearer_token_auth: { token: a } }\n`,
    });
    expect(await problems(cwd)).toEqual([]);
  });

  test("has a type in small letters: another case is not another name for it", async () => {
    const cwd = folderWith({ "tracecore.yaml": config("Clock") });
    expect(await problems(cwd)).toEqual([
      'tracecore.yaml:1:14: receivers.Clock: there is no receiver of the type "Clock". Types are written in small letters: "clock". A package of your own is named under plugins. [plugin-not-installed]',
    ]);
  });

  test("is found beside the config file, under either name", async () => {
    const cwd = installCore(
      folderWith({
        ...receiverPackage("tracecore-receiver-fan", "fan"),
        "tracecore.yaml": config("fan"),
        "sub/site.yaml": config("fan"),
      }),
    );
    expect(await problems(cwd)).toEqual([]);
    expect(await problems("/", `${cwd}/sub/site.yaml`)).toEqual([]);
  });

  test("beside the config file comes before one of the same name beside the command", async () => {
    // Its options differ from those of the clock that comes with the command: they tell the two apart.
    const cwd = installCore(
      folderWith({ ...receiverPackage("@tracecore/receiver-clock", "clock"), "tracecore.yaml": config("clock") }),
    );
    const { out } = await tracecore(["validate", "--explain"], { cwd });
    expect(out).toContain("receivers.clock.level: 1 ");
    expect(out).not.toContain("collection_interval");
  });

  test("is looked up from the folder of each config file in turn", async () => {
    const first = installCore(
      folderWith({ ...receiverPackage("tracecore-receiver-fan", "fan"), "a.yaml": config("fan") }),
    );
    const second = installCore(
      folderWith({
        ...receiverPackage("tracecore-receiver-disk", "disk"),
        "b.yaml": "receivers: { disk: {} }\npipelines: { metrics: { receivers: [fan, disk], exporters: [stdout] } }\n",
      }),
    );
    expect(await problems("/", `${first}/a.yaml`, `${second}/b.yaml`)).toEqual([]);
  });

  test("may come from the package that the config names", async () => {
    const named = config("fan", 'plugins: { receivers: { fan: "@acme/gpu-fan" } }\n');
    const cwd = installCore(
      folderWith({
        ...receiverPackage("@acme/gpu-fan", "fan"),
        "tracecore.yaml": named,
        "other.yaml": named.replace("gpu-fan", "nope"),
      }),
    );
    expect(await problems(cwd)).toEqual([]);
    expect(await problems(cwd, "other.yaml")).toEqual([
      `other.yaml:1:14: receivers.fan: the package @acme/nope for the receiver "fan" is not installed. Install it with: pnpm add @acme/nope (looked in ${cwd} and beside tracecore itself). [plugin-not-installed]`,
    ]);
  });

  test("is reported once where its name is no name, and is no module of Node", async () => {
    const cwd = folderWith({
      "number.yaml": config("clock", "plugins: { receivers: { clock: 5 } }\n"),
      "builtin.yaml": config("clock", "plugins: { receivers: { clock: fs } }\n"),
      "path.yaml": config("clock", "plugins: { receivers: { clock: ./nothing.js } }\n"),
    });
    expect(await problems(cwd, "number.yaml")).toEqual([
      'number.yaml:4:32: plugins.receivers.clock: expected the name of a package such as "@acme/gpu", got 5. [config-invalid-value]',
    ]);
    expect(await problems(cwd, "builtin.yaml")).toEqual([
      `builtin.yaml:1:14: receivers.clock: the package fs for the receiver "clock" is not installed. Install it with: pnpm add fs (looked in ${cwd} and beside tracecore itself). [plugin-not-installed]`,
    ]);
    expect(await problems(cwd, "path.yaml")).toEqual([
      `path.yaml:1:14: receivers.clock: there is no plugin at ./nothing.js for the receiver "clock". Correct the path under plugins (looked in ${cwd} and beside tracecore itself). [plugin-not-installed]`,
    ]);
  });

  test("that throws, has nothing to load or exports something else is an error that says so", async () => {
    const cwd = installCore(
      folderWith({
        "node_modules/tracecore-receiver-bad/index.js": 'throw new Error("boom")',
        "node_modules/tracecore-receiver-unbuilt/package.json":
          '{ "name": "tracecore-receiver-unbuilt", "exports": "./dist/receiver.js" }',
        "node_modules/tracecore-receiver-empty/index.js": "module.exports = {}",
        ...receiverPackage("tracecore-exporter-wrong", "wrong"),
        "tracecore.yaml": `receivers: { bad: {}, unbuilt: {}, empty: {} }
exporters: { wrong: {} }
pipelines: { metrics: { receivers: [bad, unbuilt, empty], exporters: [wrong] } }
`,
      }),
    );
    const modules = `${cwd}/node_modules`;
    expect(await problems(cwd)).toEqual([
      `tracecore.yaml:1:14: receivers.bad: cannot load the package tracecore-receiver-bad from ${modules}/tracecore-receiver-bad/index.js: boom. [plugin-broken]`,
      `tracecore.yaml:1:23: receivers.unbuilt: the package tracecore-receiver-unbuilt in ${modules}/tracecore-receiver-unbuilt has no file to load. Build it, or install it again. [plugin-broken]`,
      "tracecore.yaml:1:36: receivers.empty: the package tracecore-receiver-empty exports no factory, not one receiver. Export what defineReceiver gives. [plugin-broken]",
      'tracecore.yaml:2:14: exporters.wrong: the package tracecore-exporter-wrong exports the receiver "wrong", not one exporter. Export what defineExporter gives. [plugin-broken]',
    ]);
  });

  test("that the config does not name is not loaded", async () => {
    const cwd = folderWith({
      "node_modules/tracecore-receiver-spy/index.js": "globalThis.spied = true;",
      "tracecore.yaml": config("clock"),
    });
    expect(await problems(cwd)).toEqual([]);
    expect(globalThis).not.toHaveProperty("spied");
  });

  test("inside the executable comes before those on disk", async () => {
    const gone = { start: () => Promise.reject(new Error("never started")) };
    const clock = defineReceiver({
      type: "clock",
      stability: { metrics: "beta" },
      config: z.strictObject({ inside: z.boolean().default(true).describe("Says which one it is.") }),
      ...gone,
    });
    const stdout = defineExporter({
      type: "stdout",
      stability: { metrics: "beta" },
      config: z.strictObject({}),
      ...gone,
    });
    const held = {
      "@tracecore/receiver-clock": { version: "1.0.0", load: () => ({ default: clock, clock }) },
      "@tracecore/exporter-stdout": { version: "1.0.0", load: () => ({ stdout }) },
    };
    const { out } = await tracecore(["validate", "--explain"], {
      cwd: folderWith({ "tracecore.yaml": config("clock") }),
      held,
    });
    expect(out).toContain("receivers.clock.inside: true ");
  });
});
