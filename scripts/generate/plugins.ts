import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { ComponentKind } from "@tracecore/core";
import type { ResolvedPlugin } from "@tracecore/core/service";
import { factoryOf } from "../../packages/cli/src/plugins/find-plugin.ts";

/** A plugin of this repository. */
export interface OwnPlugin extends ResolvedPlugin {
  /** `packages/<folder>`. */
  readonly folder: string;
  readonly description: string;
}

/** Every package of the repository whose name is that of a plugin, loaded from its sources. */
export async function ownPlugins(root: string): Promise<OwnPlugin[]> {
  const plugins: OwnPlugin[] = [];
  for (const name of readdirSync(join(root, "packages")).sort()) {
    const kind = /^(receiver|processor|exporter|connector|extension)-/.exec(name)?.[1];
    if (kind === undefined) continue;
    const folder = `packages/${name}`;
    const manifest = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8")) as {
      name: string;
      version: string;
      description: string;
    };
    const file = join(root, folder, "src", `${kind}.ts`);
    const factory = factoryOf(await import(file), kind as ComponentKind, manifest.name);
    const { version, description } = manifest;
    plugins.push({ factory, packageName: manifest.name, version, file, folder, description });
  }
  return plugins;
}
