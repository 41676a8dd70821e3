/** `delay.ts idle|hang|child`: how late timers are while a call hangs, and how long an engine that is back is not noticed; JSON. */
import { mkdtempSync, renameSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { systemClock } from "@tracecore/core";
import { ChildSource } from "../../packages/receiver-dcgm/src/child/child-source.ts";
import { NativeSource } from "../../packages/receiver-dcgm/src/native/native-source.ts";
import { compiledDouble } from "../../packages/receiver-dcgm/double/compile.ts";

/** How long the loop is watched, milliseconds. */
const WATCHED_MS = 4_000;

const [name = "idle"] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), "tracecore-dcgm-bench-"));
process.env["DCGM_DOUBLE_DIR"] = folder;
const gpu = "gpu 0 GPU-0 B0 S0 1 0";
script("engine up 1", gpu);
const options = {
  endpoint: "localhost:5555",
  library: { path: compiledDouble() },
  connectTimeoutMs: 5_000,
  callTimeoutMs: 60_000,
};
const source = name === "child" ? new ChildSource(options, systemClock) : new NativeSource(options, systemClock);
const session = await source.open(new AbortController().signal);
const watch = await session.watch({
  entities: [{ group: 1, id: 0 }],
  fieldIds: [150],
  intervalMs: 1_000,
  keepAgeMs: 3_000,
});
await session.read(watch);
if (name !== "idle") {
  script("engine up 1", gpu, "hang dcgmEntitiesGetLatestValues 60000");
  session.read(watch).catch(() => {});
}
const histogram = monitorEventLoopDelay({ resolution: 1 });
histogram.enable();
await new Promise((resolve) => void setTimeout(resolve, WATCHED_MS));
histogram.disable();
process.stdout.write(JSON.stringify({ p50Ms: histogram.percentile(50) / 1e6, p99Ms: histogram.percentile(99) / 1e6 }));
// The call still hangs; the receiver leaves all the same.
process.exit(0);

function script(...lines: readonly string[]): void {
  writeFileSync(join(folder, "next"), `${lines.join("\n")}\n`);
  renameSync(join(folder, "next"), join(folder, "localhost:5555"));
}
