/**
 * Writes every generated text of the repository, or with --check fails when one is not as it would be written:
 *   pnpm generate            pnpm generate --check
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { format } from "./generate/format.ts";
import { generatedTexts } from "./generate/generated-texts.ts";

const root = join(import.meta.dirname, "..");
const check = process.argv.includes("--check");
const stale: string[] = [];

for (const [file, text] of await format(root, await generatedTexts(root))) {
  const path = join(root, file);
  const now = existsSync(path) ? readFileSync(path, "utf8") : undefined;
  if (now === text) continue;
  stale.push(file);
  if (!check) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
}

if (check && stale.length > 0) {
  process.stderr.write(`out of date, run "pnpm generate" and commit:\n${stale.map((file) => `  ${file}\n`).join("")}`);
  process.exitCode = 1;
} else {
  process.stdout.write(check ? "generated texts are up to date\n" : `${stale.length} files written\n`);
}
