import { execFileSync } from "node:child_process";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");

/** The built command as npm installs it. */
export const npmCommand: string = join(root, "packages/cli/bin/tracecore.js");

/** Builds the packages and, of them, an executable for an example's config. */
export function buildExecutable(config: string, output: string): void {
  execFileSync("pnpm", ["run", "build"], { cwd: root, stdio: "ignore" });
  const args = [npmCommand, "assemble", "--config", join(root, config), "--output", output];
  execFileSync(process.execPath, args, { cwd: root, stdio: "ignore" });
}
