import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";

/** A program to compare with, or why there is none. */
export type Peer = { readonly program: string } | { readonly missing: string };

/** Where programs to compare with stay between runs: what a run leaves in the temporary directory goes with it. */
const builds = "/var/tmp/tracecore-bench-peers";

function folderOf(name: string): string {
  const folder = join(builds, name);
  mkdirSync(folder, { recursive: true });
  return folder;
}

function built(program: string, tool: string, args: readonly string[], cwd: string, env: object = {}): Peer {
  if (spawnSync(tool, ["--help"]).error !== undefined)
    return existsSync(program) ? { program } : { missing: `${tool} is not installed` };
  // Built again each time, which costs a second when nothing changed: what is measured is what the sources say.
  const { status, stderr } = spawnSync(tool, args, { cwd, env: { ...process.env, ...env }, encoding: "utf8" });
  return status === 0 ? { program } : { missing: `${tool} failed: ${stderr.trim().split("\n").at(-1) ?? ""}` };
}

/** Builds the Go module in `folder`. */
export function goPeer(name: string, folder: string): Peer {
  const program = join(folderOf(name), name);
  return built(program, "go", ["build", "-trimpath", "-ldflags=-s -w", "-o", program, "."], folder);
}

/** Builds the Rust package in `folder`, whose program is called `binary`. */
export function rustPeer(name: string, folder: string, binary: string): Peer {
  const target = folderOf(name);
  const program = join(target, "release", binary);
  return built(program, "cargo", ["build", "--release", "--locked"], folder, { CARGO_TARGET_DIR: target });
}
