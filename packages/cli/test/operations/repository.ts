import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { formatProblem, loadDocument } from "@tracecore/core/service";

/** The root of the repository. */
export const root: string = join(import.meta.dirname, "../../../..");

/** A file of the repository as text. */
export function read(file: string): string {
  return readFileSync(join(root, file), "utf8");
}

/** A YAML file of the repository, read as configs are. */
export function readYaml(file: string): unknown {
  const { document, problems } = loadDocument({
    sources: [{ file, bytes: readFileSync(join(root, file)) }],
    set: [],
    env: {},
  });
  if (document === undefined || problems.length > 0) throw new Error(problems.map(formatProblem).join("\n"));
  return document.value;
}

/** The sources of all packages, by path from the root. */
export function sources(): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const name of readdirSync(join(root, "packages"))) {
    const folder = `packages/${name}/src`;
    for (const file of readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })) {
      if (file.endsWith(".ts")) found.set(`${folder}/${file}`, read(`${folder}/${file}`));
    }
  }
  return found;
}

/** The rows of the table under a heading of a Markdown file, without its head; cells without their backticks. */
export function tableUnder(text: string, heading: string): string[][] {
  const section = text.split(/^## /m).find((part) => part.startsWith(`${heading}\n`));
  if (section === undefined) throw new Error(`there is no heading "${heading}"`);
  return section
    .split("\n")
    .filter((line) => line.startsWith("|"))
    .slice(2)
    .map((line) =>
      line
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}
