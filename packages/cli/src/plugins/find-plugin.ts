import { existsSync, readFileSync } from "node:fs";
import { createRequire, isBuiltin } from "node:module";
import { dirname, join, resolve } from "node:path";
import { messageOf, TracecoreError, type ComponentFactory, type ComponentKind } from "@tracecore/core";
import type { ResolvedPlugin } from "@tracecore/core/service";
import { collectorAdvice } from "./collector-components.ts";
import { packageNames } from "./plugin-name.ts";

/** A plugin inside the executable. */
export interface HeldPlugin {
  readonly version: string;
  readonly load: () => unknown;
}
/** By package name. */
export type HeldPlugins = Readonly<Record<string, HeldPlugin>>;

export interface FindOptions {
  /** Files or folders from which packages are looked up, in this order. */
  readonly places: readonly string[];
  readonly held: HeldPlugins;
  /** The package that the config names for this type, if it does. */
  readonly configured?: string | undefined;
}

/** Finds and loads the plugin for a component; throws `plugin-not-installed` or `plugin-broken`. */
export function findPlugin(
  kind: ComponentKind,
  type: string,
  { places, held, configured }: FindOptions,
): ResolvedPlugin {
  // Packages have small letters only: without this, "Clock" would quietly be another name of the receiver "clock".
  if (configured === undefined && type !== type.toLowerCase()) {
    throw new TracecoreError("plugin-not-installed", `there is no ${kind} of the type "${type}"`, {
      remedy: `Types are written in small letters: "${type.toLowerCase()}". A package of your own is named under plugins`,
    });
  }
  const names = configured === undefined ? packageNames(kind, type) : [configured];
  for (const name of names) {
    const inside = held[name];
    if (inside !== undefined) {
      return {
        factory: factoryOf(inside.load(), kind, name),
        packageName: name,
        version: inside.version,
        file: "(executable)",
      };
    }
    for (const place of places) {
      const file = resolveFrom(place, name);
      if (file === undefined) continue;
      const loaded = load(file, name);
      return { factory: factoryOf(loaded, kind, name), packageName: name, version: versionOf(file, name), file };
    }
  }
  if (configured !== undefined && /^\.{0,2}\//.test(configured)) {
    throw new TracecoreError("plugin-not-installed", `there is no plugin at ${configured} for the ${kind} "${type}"`, {
      remedy: `Correct the path under plugins (looked in ${placesText(places)})`,
    });
  }
  const advice = configured === undefined ? collectorAdvice(kind, type) : undefined;
  if (advice !== undefined) {
    throw new TracecoreError("plugin-not-installed", `tracecore has no ${kind} "${type}"`, {
      remedy: `${advice}. A package of your own is called ${names[1]}, or named under plugins`,
    });
  }
  throw new TracecoreError(
    "plugin-not-installed",
    configured === undefined
      ? `no plugin for the ${kind} "${type}" is installed`
      : `the package ${configured} for the ${kind} "${type}" is not installed`,
    { remedy: `Install it with: pnpm add ${names[0]} (looked in ${placesText(places)})` },
  );
}

/** Every factory of a package inside the executable. */
export function heldPlugins(packageName: string, held: HeldPlugins): ResolvedPlugin[] {
  const inside = held[packageName];
  if (inside === undefined) return [];
  return [...new Set(factoriesIn(inside.load()))].map((factory) => ({
    factory,
    packageName,
    version: inside.version,
    file: "(executable)",
  }));
}

function resolveFrom(place: string, name: string): string | undefined {
  // A package may have the name of a module of Node, which require() would give instead; none such is a plugin.
  if (isBuiltin(name)) return undefined;
  try {
    return createRequire(place).resolve(name);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const folder = code === "MODULE_NOT_FOUND" ? packageFolder(place, name) : undefined;
    if (folder !== undefined) {
      throw new TracecoreError("plugin-broken", `the package ${name} in ${folder} has no file to load`, {
        remedy: "Build it, or install it again",
      });
    }
    if (code === "MODULE_NOT_FOUND") return undefined;
    throw new TracecoreError("plugin-broken", `cannot resolve the package ${name}`, { cause: error });
  }
}

/** Where a package lies, whether or not it can be loaded. */
function packageFolder(place: string, name: string): string | undefined {
  const folders = createRequire(place).resolve.paths(name) ?? [];
  return folders.map((folder) => join(folder, name)).find((folder) => existsSync(join(folder, "package.json")));
}

/** Folders of configs as they are; the file that stands for the command is nothing to a reader. */
function placesText(places: readonly string[]): string {
  const texts = places.map((place) => (place.endsWith("/") ? resolve(place) : "beside tracecore itself"));
  return [...new Set(texts)].join(" and ");
}

function load(file: string, name: string): unknown {
  try {
    // require() rather than import(): inside the single executable import() reaches built-in modules only.
    return createRequire(file)(file);
  } catch (error) {
    throw new TracecoreError("plugin-broken", `cannot load the package ${name} from ${file}`, { cause: error });
  }
}

/** The factory that a plugin module exports: its default export, or the only export that is one of `kind`. */
export function factoryOf(module: unknown, kind: ComponentKind, name: string): ComponentFactory {
  const candidates = factoriesIn(module);
  const fitting = [...new Set(candidates)].filter((factory) => factory.kind === kind);
  if (fitting.length === 1) return fitting[0]!;
  const found =
    candidates.length === 0 ? "no factory" : candidates.map((one) => `the ${one.kind} "${one.type}"`).join(", ");
  throw new TracecoreError("plugin-broken", `the package ${name} exports ${found}, not one ${kind}`, {
    remedy: `Export what define${kind[0]!.toUpperCase()}${kind.slice(1)} gives`,
  });
}

function factoriesIn(module: unknown): ComponentFactory[] {
  return Object.values(module as Record<string, unknown>).filter(isFactory);
}

function isFactory(value: unknown): value is ComponentFactory {
  return typeof value === "object" && value !== null && "kind" in value && "type" in value && "create" in value;
}

/** The version in the package.json that belongs to `file`. */
function versionOf(file: string, name: string): string {
  for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder)) {
    const manifest = join(folder, "package.json");
    if (!existsSync(manifest)) continue;
    try {
      const { name: found, version } = JSON.parse(readFileSync(manifest, "utf8")) as {
        name?: string;
        version?: string;
      };
      if (found === name) return version ?? "unknown";
    } catch (error) {
      throw new TracecoreError("plugin-broken", `cannot read ${manifest}: ${messageOf(error)}`);
    }
  }
  return "unknown";
}
