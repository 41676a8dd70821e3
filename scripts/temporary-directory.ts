import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Has everything that one run of tests or benchmarks leaves in the temporary directory go with the run. */
export function setup(): () => Promise<void> {
  const before = process.env["TMPDIR"];
  // A short name: paths of unix sockets lie under it, and they end at 107 bytes.
  const directory = mkdtempSync(join(tmpdir(), "run-"));
  process.env["TMPDIR"] = directory;
  return async () => {
    if (before === undefined) delete process.env["TMPDIR"];
    else process.env["TMPDIR"] = before;
    // Not at once: it can take ten seconds, in which vitest would take its workers for stuck.
    await rm(directory, { recursive: true, force: true });
  };
}
