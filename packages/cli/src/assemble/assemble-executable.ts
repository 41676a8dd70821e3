import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { messageOf, TracecoreError } from "@tracecore/core";
import type { CheckedConfig } from "@tracecore/core/service";
import type { Console } from "../console.ts";
import { kindAndType } from "../plugins/plugin-name.ts";
import { findPlugin } from "../plugins/find-plugin.ts";
import { writeCodeCache } from "./code-cache.ts";
import { fileFailure } from "../file-failure.ts";
import { makeFolders } from "../make-folders.ts";
import { entrySource, type PackedPlugin } from "./entry-source.ts";
import { launcherSource, processAsset } from "./launcher-source.ts";
import { runNode } from "./run-node.ts";

export interface AssembleRequest {
  readonly config: CheckedConfig;
  /** Plugin packages to hold beside those of the config. */
  readonly extra: readonly string[];
  readonly output: string;
  readonly console: Console;
}

/** Bundles the command with the plugins and turns the bundle into one executable (Node: single executable applications). */
export async function assembleExecutable({ config, extra, output, console }: AssembleRequest): Promise<void> {
  if (process.getBuiltinModule("node:sea").isSea()) {
    throw new TracecoreError("assemble-failed", "an executable cannot assemble another one", {
      remedy: "Run assemble from the package @tracecore/cli",
    });
  }
  const file = resolve(console.cwd, output);
  const plugins = packedPlugins(config, extra, console);
  try {
    makeFolders(dirname(file));
    // The executable comes last, and a place that cannot take it must be told before the work. "a": what is there stays.
    closeSync(openSync(file, "a"));
  } catch (error) {
    throw new TracecoreError("file-not-written", `cannot write ${output}: ${fileFailure(error)}`);
  }
  const work = mkdtempSync(join(tmpdir(), "tracecore-assemble-"));
  try {
    const program = join(work, "program.js");
    const entry = join(work, "entry.mjs");
    const cli = join(import.meta.dirname, import.meta.filename.endsWith(".ts") ? "../cli.ts" : "../cli.js");
    writeFileSync(entry, entrySource(cli, sharedModules(), plugins));
    await bundle(entry, program);
    const processes = await bundleProcesses(work, plugins);
    const codeCache = join(work, "code-cache");
    await writeCodeCache(work, program, codeCache);
    const launcher = join(work, "launcher.cjs");
    writeFileSync(launcher, launcherSource);
    const settings = join(work, "sea.json");
    writeFileSync(
      settings,
      JSON.stringify({
        main: launcher,
        output: file,
        assets: { program, "code-cache": codeCache, ...processes, ...nativeAssets(plugins) },
        disableExperimentalSEAWarning: true,
        execArgvExtension: "env",
      }),
    );
    await runNode(["--build-sea", settings]);
  } catch (error) {
    if (statSync(file, { throwIfNoEntry: false })?.size === 0) rmSync(file);
    throw new TracecoreError("assemble-failed", `cannot assemble ${output}: ${reasonOf(error)}`, {
      remedy: "It needs Node.js 26 or later (--build-sea); the plugins must load without top-level await",
    });
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  const names = plugins.map(({ packageName }) => packageName).join(", ");
  console.err(`wrote ${output} (${Math.round(statSync(file).size / 1e6)} MB) with ${names}\n`);
}

function packedPlugins(config: CheckedConfig, extra: readonly string[], console: Console): PackedPlugin[] {
  const byName = new Map<string, PackedPlugin>();
  for (const { plugin } of config.components) byName.set(plugin.packageName, plugin);
  for (const packageName of extra) {
    const known = kindAndType(packageName);
    if (known === undefined) {
      throw new TracecoreError("usage", `--plugin: "${packageName}" is not the name of a plugin package`, {
        remedy: "Plugin packages are called @tracecore/<kind>-<type> or tracecore-<kind>-<type>",
      });
    }
    const options = { places: [`${console.cwd}/`, import.meta.filename], held: {}, configured: packageName };
    byName.set(packageName, findPlugin(known.kind, known.type, options));
  }
  return [...byName.values()].map(({ packageName, version, file }) => ({
    packageName,
    version,
    file,
    processFile: processFile(packageName, file),
  }));
}

/** The export `./process` of a plugin package, which it runs in a process of its own. */
function processFile(packageName: string, file: string): string | undefined {
  try {
    return createRequire(file).resolve(`${packageName}/process`);
  } catch {
    return undefined;
  }
}

/** Native code cannot run from within the executable: plugins that use koffi write it out from this asset. */
function nativeAssets(plugins: readonly PackedPlugin[]): Record<string, string> {
  for (const { file } of plugins) {
    const koffi = koffiFile(file);
    if (koffi !== undefined) return { "koffi.node": koffi };
  }
  return {};
}

function koffiFile(plugin: string): string | undefined {
  try {
    const require = createRequire(createRequire(plugin).resolve("koffi"));
    const folder = dirname(require.resolve(`@koromix/koffi-${process.platform}-${process.arch}`));
    return join(folder, `${process.platform}_${process.arch}`, "koffi.node");
  } catch {
    return undefined;
  }
}

/** What plugins run in processes of their own, each a program for itself: with all of the collector it takes 10 MiB more. */
async function bundleProcesses(work: string, plugins: readonly PackedPlugin[]): Promise<Record<string, string>> {
  const assets: Record<string, string> = {};
  for (const [index, { packageName, processFile: file }] of plugins.entries()) {
    if (file === undefined) continue;
    const output = join(work, `process-${index}.js`);
    await bundle(file, output);
    assets[processAsset(packageName)] = output;
  }
  return assets;
}

/** Turns a module and all that it imports into the text of one function. */
async function bundle(entry: string, output: string): Promise<void> {
  const { build } = await import("esbuild");
  await build({
    entryPoints: [entry],
    outfile: output,
    bundle: true,
    minify: true,
    platform: "node",
    target: "node24",
    format: "cjs",
    mainFields: ["module", "main"],
    conditions: process.execArgv.includes("--conditions=@tracecore/source") ? ["@tracecore/source"] : [],
    // Only `assemble` needs the first, and they bring binaries of their own.
    external: ["esbuild", "@koromix/*"],
    legalComments: "none",
    logLevel: "silent",
    define: {
      "import.meta.url": "__selfUrl",
      "import.meta.filename": "__filename",
      "import.meta.dirname": "__dirname",
    },
    // A function of the module's names, as Node itself makes one of a CommonJS file; the launcher calls it.
    banner: {
      js: `(function (exports, require, module, __filename, __dirname) {const __selfUrl = require("node:url").pathToFileURL(__filename).href;`,
    },
    footer: { js: "})" },
  });
}

/** The modules of tracecore that plugins share with the program, by the name that a plugin imports. */
function sharedModules(): Record<string, string> {
  const require = createRequire(import.meta.filename);
  const shared: Record<string, string> = {};
  for (const name of ["@tracecore/core"]) {
    const manifest = require.resolve(`${name}/package.json`);
    const { exports } = JSON.parse(readFileSync(manifest, "utf8")) as { exports: Record<string, unknown> };
    for (const path of Object.keys(exports)) {
      if (path === "./package.json") continue;
      const specifier = join(name, path);
      shared[specifier] = createRequire(join(dirname(manifest), "package.json")).resolve(specifier);
    }
  }
  return shared;
}

function reasonOf(error: unknown): string {
  const { errors, stderr } = error as { errors?: { text: string }[]; stderr?: string };
  if (errors !== undefined) return errors.map(({ text }) => text).join("; ");
  return stderr === undefined || stderr === "" ? messageOf(error) : stderr.trim();
}
