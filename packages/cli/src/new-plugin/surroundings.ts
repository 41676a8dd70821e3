import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { TracecoreError } from "@tracecore/core";
import { fileFailure } from "../file-failure.ts";

/** The root of the tracecore workspace that holds `folder`, if one does. */
export function workspaceAbove(folder: string): string | undefined {
  for (let at = folder; ; at = dirname(at)) {
    const manifest = join(at, "package.json");
    if (existsSync(join(at, "pnpm-workspace.yaml")) && existsSync(manifest)) {
      if (readFileSync(manifest, "utf8").includes('"name": "tracecore-monorepo"')) return at;
    }
    if (at === dirname(at)) return undefined;
  }
}

/** Packed packages, as `file:` references from `target`, by package name. */
export type Tarballs = Readonly<Record<string, string>>;

/** Finds the tarballs of core and testkit in `folder`. */
export function findTarballs(folder: string, target: string): Tarballs {
  let files: string[];
  try {
    files = readdirSync(folder);
  } catch (error) {
    throw new TracecoreError("tarballs-missing", `cannot read the folder ${folder}: ${fileFailure(error)}`);
  }
  return Object.fromEntries(
    ["core", "testkit"].map((name) => {
      const file = files.findLast((one) => new RegExp(`^tracecore-${name}-\\d.*\\.tgz$`).test(one));
      if (file === undefined) {
        throw new TracecoreError("tarballs-missing", `there is no tracecore-${name}-….tgz in ${folder}`, {
          remedy: `Pack it with: pnpm --filter @tracecore/${name} pack --pack-destination ${folder}`,
        });
      }
      return [`@tracecore/${name}`, `file:${relative(target, join(folder, file))}`];
    }),
  );
}
