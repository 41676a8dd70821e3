import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

/** A program of another project that a test compares with. */
export interface PeerProgram {
  readonly path: string;
  /** Whether to leave its tests out: it is not installed, and this is not CI, where it must be. */
  readonly skip: boolean;
}

/** Looks for `name` on PATH. Where it is missing a laptop says so and skips; CI runs the test, which then fails. */
export function peerProgram(name: string, debianPackage: string): PeerProgram {
  const found = (process.env["PATH"] ?? "")
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find((file) => existsSync(file));
  if (found !== undefined) return { path: found, skip: false };
  const inCi = process.env["CI"] !== undefined;
  if (!inCi) process.stderr.write(`skipped: ${name} is not installed (Debian: ${debianPackage})\n`);
  return { path: name, skip: !inCi };
}
