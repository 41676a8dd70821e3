/** Loaded before a collector: on SIGUSR2 collects all garbage and writes how many bytes are alive into $BENCH_HEAP_DIR/PID. */
import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc");
process.on("SIGUSR2", () => {
  collect();
  collect();
  const { heapUsed, external } = process.memoryUsage();
  const file = join(process.env.BENCH_HEAP_DIR, String(process.pid));
  writeFileSync(`${file}.next`, String(heapUsed + external));
  renameSync(`${file}.next`, file);
});
