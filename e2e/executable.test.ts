import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { folderWith, run } from "./harness/collector.ts";
import { flavours } from "./harness/places.ts";

const executable = flavours.find(({ name }) => name === "the executable")!;

test("the executable lists the plugins that it holds", async () => {
  const { status, out } = await run(executable, ["components"], { cwd: await folderWith({}) });
  expect(status).toBe(0);
  expect(out).toMatch(/receiver +clock .*\(executable\)/);
  expect(out).toMatch(/exporter +prom .*\(executable\)/);
});

test("the executable loads a further plugin from disk, which gets the core of the executable", async () => {
  const folder = await folderWith({
    "tracecore.yaml":
      "receivers: { hello: {} }\nexporters: { stdout: {} }\npipelines: { metrics: { receivers: [hello], exporters: [stdout] } }\n",
  });
  const plugin = join(folder, "node_modules/tracecore-receiver-hello");
  await mkdir(plugin, { recursive: true });
  await writeFile(
    join(plugin, "package.json"),
    JSON.stringify({ name: "tracecore-receiver-hello", version: "3.2.1", type: "module", exports: "./receiver.js" }),
  );
  // No core is installed here: `@tracecore/core` can only be that of the executable.
  await writeFile(
    join(plugin, "receiver.js"),
    `import { defineMetrics, defineReceiver, scrape } from "@tracecore/core";
import { configSchema } from "./schema.js";
import { receiverTelemetry } from "@tracecore/core/selftelemetry";
const metrics = defineMetrics({ "hello.count": { kind: "gauge", unit: "1", description: "Hello.", attributes: {} } });
export default defineReceiver({
  type: "hello", stability: { metrics: "alpha" }, config: configSchema, metrics,
  start(_config, ctx) {
    return scrape(ctx, { intervalMs: 50, telemetry: receiverTelemetry(ctx.settings, { clock: ctx.clock }) }, async ({ emit }) => {
      const batch = metrics.batch(ctx);
      batch.add("hello.count", 7, {});
      await emit(ctx.next.metrics, batch.build());
    });
  },
});
`,
  );
  await writeFile(
    join(plugin, "schema.js"),
    `import { noOptions } from "@tracecore/core/config";\nexport const configSchema = noOptions();\n`,
  );
  const { status, out, err } = await run(executable, ["--run-for", "300ms"], { cwd: folder });
  expect([status, err]).toEqual([0, expect.stringContaining("items delivered")]);
  expect(out).toContain("metric hello.count 7 1");
});

test("the process ends in time and with its status, whatever a plugin leaves behind", async () => {
  const folder = await folderWith({
    "tracecore.yaml":
      "receivers: { hello: {} }\nexporters: { stdout: {} }\npipelines: { metrics: { receivers: [hello], exporters: [stdout] } }\nruntime: { stop_timeout: 200ms }\n",
  });
  const plugin = join(folder, "node_modules/tracecore-receiver-hello");
  await mkdir(plugin, { recursive: true });
  await writeFile(
    join(plugin, "package.json"),
    JSON.stringify({ name: "tracecore-receiver-hello", version: "1.0.0", type: "module", exports: "./receiver.js" }),
  );
  await writeFile(
    join(plugin, "receiver.js"),
    `import { defineReceiver } from "@tracecore/core";
import { noOptions } from "@tracecore/core/config";
export const receiver = defineReceiver({
  type: "hello", stability: { metrics: "alpha" }, config: noOptions(),
  start() {
    setInterval(() => { throw new Error("left behind"); }, 450);
    return { [Symbol.asyncDispose]: () => new Promise(() => {}) };
  },
});
`,
  );
  const asked = performance.now();
  const { status, err } = await run(executable, ["--run-for", "300ms"], { cwd: folder });
  expect(status).toBe(0);
  expect(err).toContain('receiver "hello" did not stop within 200 ms and is left behind');
  expect(err).toMatch(/stopped in .* 0 items delivered, 0 persisted, 0 dropped/);
  expect(err).not.toContain("    at ");
  expect(performance.now() - asked).toBeLessThan(10_000);
});

test("the executable starts from the bytecode that it holds: V8 refuses none that was made under other flags", async () => {
  const folder = await folderWith({
    "tell.cjs": `const vm = require("node:vm");
vm.Script = class extends vm.Script {
  constructor(...args) {
    super(...args);
    process.stderr.write(\`refused: \${this.cachedDataRejected}\\n\`);
  }
};
`,
  });
  const { status, err } = await run(executable, ["components"], {
    cwd: folder,
    env: { NODE_OPTIONS: `--require ${join(folder, "tell.cjs")}` },
  });
  expect(status).toBe(0);
  expect(err).toContain("refused: false\n");
});
