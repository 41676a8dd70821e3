/**
 * Holds the direction of imports: cli → plugins, selftelemetry, core/service → core; plugins never import each other nor
 * the runtime. Prints each import that goes the wrong way and exits 1.
 */
import { readdirSync, readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { join, relative } from "node:path";
import { importProblems, type ImportedBy } from "./imports/import-rules.ts";

const root = join(import.meta.dirname, "..");
const problems: string[] = [];
let files = 0;

for (const name of readdirSync(join(root, "packages"))) {
  const manifest = JSON.parse(
    readFileSync(join(root, "packages", name, "package.json"), "utf8"),
  ) as ImportedBy["manifest"];
  for (const entry of readdirSync(join(root, "packages", name, "src"), { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith(".ts")) continue;
    const file = join(entry.parentPath, entry.name);
    files++;
    for (const problem of importProblems({ name, manifest, builtins: builtinModules }, readFileSync(file, "utf8"))) {
      problems.push(`${relative(root, file)}:${problem.line}: ${problem.message}`);
    }
  }
}

for (const problem of problems) process.stderr.write(`${problem}\n`);
if (problems.length > 0) process.exitCode = 1;
else process.stdout.write(`imports of ${files} files go the right way\n`);
