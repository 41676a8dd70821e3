import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runNode } from "./run-node.ts";

/**
 * Writes the code that V8 has compiled for `program` once it has run: functions that a start needs are then in the executable
 * as bytecode. A cache made before anything ran would hold almost none of them, since V8 compiles a function when it is called;
 * 40 ms of a start are the difference (bench/README.md).
 */
export async function writeCodeCache(work: string, program: string, codeCache: string): Promise<void> {
  const folder = join(work, "warm-up");
  writePlugin(join(folder, "node_modules/tracecore-receiver-warm"), receiverSource);
  writePlugin(join(folder, "node_modules/tracecore-exporter-warm"), exporterSource);
  writeFileSync(join(folder, "tracecore.yaml"), config);
  const script = join(work, "warm-up.cjs");
  writeFileSync(script, warmUpSource);
  await runNode([script, program, codeCache, folder]);
}

function writePlugin(folder: string, source: string): void {
  mkdirSync(folder, { recursive: true });
  const name = folder.slice(folder.lastIndexOf("/") + 1);
  writeFileSync(
    join(folder, "package.json"),
    JSON.stringify({ name, version: "0.0.0", exports: "./index.js", type: "module" }),
  );
  writeFileSync(join(folder, "index.js"), source);
}

const config = `receivers: { warm: {} }
exporters: { warm: {} }
pipelines: { metrics: { receivers: [warm], exporters: [warm] } }
`;

const receiverSource = `import { defineMetrics, defineReceiver, scrape } from "@tracecore/core";
import { duration, noOptions } from "@tracecore/core/config";
const metrics = defineMetrics({ "warm_up.time": { kind: "gauge", unit: "s", description: "Time.", attributes: {} } });
export const receiver = defineReceiver({
  type: "warm", stability: { metrics: "alpha" }, metrics,
  config: noOptions().extend({ collection_interval: duration().prefault("100ms").describe("Time between two readings.") }),
  start({ collection_interval }, ctx) {
    return scrape(ctx, { intervalMs: collection_interval }, async ({ emit }) => {
      const batch = metrics.batch(ctx);
      batch.add("warm_up.time", ctx.clock.nowMs() / 1000, {});
      await emit(ctx.next.metrics, batch.build());
    });
  },
});
`;

const exporterSource = `import { defineExporter } from "@tracecore/core";
import { noOptions } from "@tracecore/core/config";
export const exporter = defineExporter({
  type: "warm", stability: { metrics: "alpha" }, config: noOptions(),
  start: () => ({ metrics: { consume: async (batch) => void batch.itemCount }, [Symbol.asyncDispose]: async () => {} }),
});
`;

/** Loads the held plugins, explains the config and runs it: what a start of the executable does, without its own config. */
const warmUpSource = `const { readFileSync, writeFileSync } = require("node:fs");
const { constants, Script } = require("node:vm");
const [program, codeCache, folder] = process.argv.slice(2);
const script = new Script(readFileSync(program, "latin1"), {
  filename: "tracecore",
  importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
});
const module_ = { exports: {} };
script.runInThisContext()(module_.exports, require, module_, process.execPath, folder);
const { held, main } = module_.exports;
for (const { load } of Object.values(held)) load();
let said = "";
const console_ = { out() {}, err: (text) => (said += text), colors: false, env: {}, cwd: folder };
(async () => {
  for (const args of [["validate", "--explain"], ["collect", "--run-for", "350ms"]]) {
    const status = await main(args, { held, console: console_ });
    if (status !== 0) throw new Error("the program does not run: " + said);
  }
  // V8 takes a cache only under the flags it was made with: the launcher sets this one before it compiles.
  require("node:v8").setFlagsFromString("--semi-space-growth-factor=1");
  writeFileSync(codeCache, script.createCachedData());
  process.exit(0);
})().catch((error) => {
  process.stderr.write(error.message);
  process.exit(1);
});
`;
