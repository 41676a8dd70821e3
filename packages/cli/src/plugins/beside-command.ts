import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** A plugin package that stands beside the package of the command: in a clone, or in `node_modules/@tracecore`. */
export interface SiblingPackage {
  readonly name: string;
  /** Its package.json; a package resolves its own name from there. */
  readonly manifest: string;
}

/** The plugin packages beside the command. In a clone that is every plugin of the workspace, those just begun included. */
export function packagesBeside(): SiblingPackage[] {
  const own = join(import.meta.dirname, "../..");
  if (nameIn(join(own, "package.json")) !== "@tracecore/cli") return []; // Inside the executable there is no such folder.
  const folder = dirname(own);
  return readdirSync(folder).flatMap((entry) => {
    if (!/^(?:receiver|processor|exporter|connector|extension)-/.test(entry)) return [];
    const manifest = join(folder, entry, "package.json");
    const name = nameIn(manifest);
    return name === undefined ? [] : [{ name, manifest }];
  });
}

function nameIn(manifest: string): string | undefined {
  try {
    return (JSON.parse(readFileSync(manifest, "utf8")) as { name?: string }).name;
  } catch {
    return undefined; // No package, or none that can be read: whoever names it is told that it is not installed.
  }
}
