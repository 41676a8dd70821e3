/** Loaded before a collector: on SIGUSR2 collects all garbage and writes how many bytes are alive into $BENCH_HEAP_DIR/PID. */
const { renameSync, writeFileSync } = require("node:fs");
const { join } = require("node:path");
const { setFlagsFromString } = require("node:v8");
const { runInNewContext } = require("node:vm");

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
