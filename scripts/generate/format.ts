import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync, cpSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** The texts as the formatter of the repository leaves them, so that formatting and generating agree. */
export async function format(root: string, texts: ReadonlyMap<string, string>): Promise<Map<string, string>> {
  const work = mkdtempSync(join(tmpdir(), "tracecore-generate-"));
  try {
    cpSync(join(root, ".oxfmtrc.json"), join(work, ".oxfmtrc.json"));
    for (const [file, text] of texts) {
      mkdirSync(dirname(join(work, file)), { recursive: true });
      writeFileSync(join(work, file), text);
    }
    execFileSync(join(root, "node_modules/.bin/oxfmt"), ["--config", join(work, ".oxfmtrc.json"), work], {
      cwd: work,
      stdio: ["ignore", "ignore", "inherit"],
    });
    return new Map([...texts.keys()].map((file) => [file, readFileSync(join(work, file), "utf8")]));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
