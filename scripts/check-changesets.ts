/**
 * Fails when a package has changed since the main branch without a changeset. Where there is nothing to compare with, as on
 * main itself, it checks that the changeset files there are can be read.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");

function git(...args: string[]): string {
  return execFileSync("git", args, { cwd: root, encoding: "utf8" }).trim();
}

const base = spawnSync("git", ["rev-parse", "--verify", "--quiet", "origin/main"], { cwd: root, encoding: "utf8" });
const comparable = base.status === 0 && base.stdout.trim() !== git("rev-parse", "HEAD");
const args = comparable ? ["status", "--since=origin/main"] : ["status"];
const { status, stdout, stderr } = spawnSync(join(root, "node_modules/.bin/changeset"), args, {
  cwd: root,
  encoding: "utf8",
});
process.stdout.write(stdout);
process.stderr.write(stderr);
process.exitCode = status ?? 1;
