import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { messageOf, TracecoreError, type ComponentKind } from "@tracecore/core";
import type { ResolvedPlugin } from "@tracecore/core/service";
import { packagesBeside } from "./beside-command.ts";
import { findPlugin, heldPlugins, type HeldPlugins } from "./find-plugin.ts";
import { aliasesOf, kindAndType } from "./plugin-name.ts";

/** What a search for plugins has found. */
export interface InstalledPlugins {
  readonly found: readonly ResolvedPlugin[];
  /** Packages with the name of a plugin that cannot be used, and why. */
  readonly broken: readonly { readonly packageName: string; readonly reason: string }[];
}

/** Every plugin in the executable, in the node_modules folders above `folder`, and beside the command. */
export function installedPlugins(folder: string, held: HeldPlugins): InstalledPlugins {
  const beside = packagesBeside();
  const found: ResolvedPlugin[] = [];
  const broken: { packageName: string; reason: string }[] = [];
  const places = [`${folder}/`, import.meta.filename, ...beside.map(({ manifest }) => manifest)];
  for (const packageName of pluginNames(folder, held)) {
    const named = kindAndType(packageName);
    try {
      // An executable may hold packages of any name, those that its config chose under `plugins:`.
      if (named === undefined) found.push(...heldPlugins(packageName, held));
      else found.push(findPlugin(named.kind, named.type, { places, held, configured: packageName }));
    } catch (error) {
      if (!(error instanceof TracecoreError)) throw error;
      broken.push({ packageName, reason: messageOf(error) });
    }
  }
  return { found, broken };
}

/** The types of a kind that a config in `folder` can name, by the names of the packages alone. */
export function knownTypes(kind: ComponentKind, folder: string, held: HeldPlugins): string[] {
  const own = pluginNames(folder, held).flatMap((name) => kindAndType(name) ?? []);
  return [...own.filter((one) => one.kind === kind).map(({ type }) => type), ...aliasesOf(kind)];
}

function pluginNames(folder: string, held: HeldPlugins): string[] {
  const names = new Set(Object.keys(held));
  for (const start of [folder, dirname(import.meta.filename)]) {
    for (const modules of nodeModulesAbove(start)) for (const name of pluginsIn(modules)) names.add(name);
  }
  for (const { name } of packagesBeside()) if (kindAndType(name) !== undefined) names.add(name);
  return [...names].sort();
}

function* nodeModulesAbove(start: string): Iterable<string> {
  for (let folder = start; ; folder = dirname(folder)) {
    yield join(folder, "node_modules");
    if (folder === dirname(folder)) return;
  }
}

function pluginsIn(modules: string): string[] {
  const names = [...entries(modules), ...entries(join(modules, "@tracecore")).map((name) => `@tracecore/${name}`)];
  return names.filter((name) => kindAndType(name) !== undefined);
}

function entries(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // Most folders have no node_modules.
  }
}
