import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { executable, root } from "./places.ts";

/** Builds what the tests run: every package, and one executable with the plugins of the getting-started example. */
export function setup(): void {
  execFileSync("pnpm", ["run", "build"], { cwd: root, stdio: "inherit" });
  mkdirSync(`${root}/dist`, { recursive: true });
  execFileSync(
    process.execPath,
    [
      "packages/cli/bin/tracecore.js",
      "assemble",
      "--config",
      "examples/getting-started/tracecore.yaml",
      "--output",
      executable,
    ],
    { cwd: root, stdio: "inherit" },
  );
}
