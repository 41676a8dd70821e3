import type { ChildProcess } from "node:child_process";
import { join } from "node:path";

/** The variable that makes the executable run a plugin's process in place of the command; holds its package or its file. */
const ENTRY_VARIABLE = "TRACECORE_PLUGIN_PROCESS";

/**
 * The process makes next to no garbage: with the young generation that V8 grows into by default it takes some 15 MiB more, for
 * nothing.
 */
const YOUNG_GENERATION = "--max-semi-space-size=1";

/** Starts the process that will hold the library, with a pipe as file descriptor 3. */
export function spawnEngine(): ChildProcess {
  const { spawn } = process.getBuiltinModule("node:child_process");
  const { isSea } = process.getBuiltinModule("node:sea");
  const stdio = ["ignore", "ignore", "pipe", "pipe"] as const;
  if (isSea()) {
    const bundled = import.meta.filename === process.execPath;
    const entry = bundled ? "@tracecore/receiver-dcgm" : entryFile();
    const options = `${process.env["NODE_OPTIONS"] ?? ""} ${YOUNG_GENERATION}`.trim();
    const env = { ...process.env, NODE_OPTIONS: options, [ENTRY_VARIABLE]: entry };
    return spawn(process.execPath, [], { stdio: [...stdio], env });
  }
  // From sources, packages are found under a condition of their own.
  const conditions = process.execArgv.filter((argument) => argument.startsWith("--conditions="));
  return spawn(process.execPath, [...conditions, YOUNG_GENERATION, entryFile()], { stdio: [...stdio] });
}

function entryFile(): string {
  return join(import.meta.dirname, import.meta.filename.endsWith(".ts") ? "child-main.ts" : "child-main.js");
}
