/** Runs on a laptop what decides whether a change may land, short of the peers that need a package manager. */
import { spawnSync } from "node:child_process";

const steps = [
  ["build"],
  ["typecheck"],
  ["format:check"],
  ["lint"],
  ["unused"],
  ["check:packages"],
  ["api"],
  ["generate", "--check"],
  ["test"],
  ["e2e"],
];
const failed: string[] = [];
for (const step of steps) {
  const name = step.join(" ");
  process.stdout.write(`--- ${name}\n`);
  const { status } = spawnSync("pnpm", ["run", ...step], { stdio: "inherit" });
  if (status !== 0) failed.push(name);
}
process.stdout.write(failed.length === 0 ? "all checks passed\n" : `failed: ${failed.join(", ")}\n`);
process.exitCode = failed.length === 0 ? 0 : 1;
