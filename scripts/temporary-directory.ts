import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Has everything that one run of tests or benchmarks leaves in the temporary directory go with the run. */
export function setup(): () => void {
  const before = process.env["TMPDIR"];
  // A short name: paths of unix sockets lie under it, and they end at 107 bytes.
  const directory = mkdtempSync(join(tmpdir(), "run-"));
  process.env["TMPDIR"] = directory;
  return () => {
    if (before === undefined) delete process.env["TMPDIR"];
    else process.env["TMPDIR"] = before;
    rmSync(directory, { recursive: true, force: true });
  };
}
