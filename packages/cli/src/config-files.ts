import { closeSync, openSync, readSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { messageOf, TracecoreError, type ComponentKind, type Logger, type SourcePosition } from "@tracecore/core";
import {
  checkConfig,
  didYouMean,
  formatProblem,
  loadDocument,
  renderProblem,
  type CheckedConfig,
  type ConfigDocument,
  type ConfigSource,
  type Problem,
  type ResolvePlugin,
} from "@tracecore/core/service";
import { telemetryConfig } from "@tracecore/selftelemetry";
import type { Console } from "./console.ts";
import { fileFailure } from "./file-failure.ts";
import { collectorAdvice } from "./plugins/collector-components.ts";
import { packagesBeside } from "./plugins/beside-command.ts";
import { findPlugin, type HeldPlugins } from "./plugins/find-plugin.ts";
import { knownTypes } from "./plugins/installed-plugins.ts";

/** What names a config on the command line. */
export interface ConfigRequest {
  readonly files: readonly string[];
  readonly set: readonly string[];
}

export interface LoadedConfig {
  /** Undefined when there are errors. */
  readonly config: CheckedConfig | undefined;
  readonly document: ConfigDocument | undefined;
  readonly problems: readonly Problem[];
  /** The files as they were read, to notice a change. */
  readonly sources: readonly ConfigSource[];
}

/** Bytes of one file that are read at most: above the limit of the loader, which tells the exact number below this. */
const MOST_BYTES = 16 * 2 ** 20;

/** Where a config is looked for when none is named. */
const defaultFile = "tracecore.yaml";

/** Reads, merges and checks the config files; loads the plugins that they name and no others. */
export async function loadConfig(request: ConfigRequest, console: Console, held: HeldPlugins): Promise<LoadedConfig> {
  const sources = readSources(request, console);
  const { document, problems } = loadDocument({ sources, set: request.set, env: console.env });
  if (document === undefined) return { config: undefined, document, problems, sources };
  const checked = await checkConfig(document, {
    resolve: pluginResolver(sources, document, console, held),
    telemetrySchema: telemetryConfig,
  });
  const all = inFileOrder([...problems, ...checked.problems], sources);
  const broken = all.some(({ severity }) => severity === "error");
  return { config: broken ? undefined : checked.config, document, problems: all, sources };
}

function inFileOrder(problems: readonly Problem[], sources: readonly ConfigSource[]): Problem[] {
  const rank = ({ position }: Problem): [number, number, number] =>
    position === undefined
      ? [-1, 0, 0]
      : [sources.findIndex(({ file }) => file === position.file), position.line, position.col];
  return problems.toSorted((a, b) => {
    const [fileA, lineA, colA] = rank(a);
    const [fileB, lineB, colB] = rank(b);
    return fileA - fileB || lineA - lineB || colA - colB;
  });
}

function readSources({ files }: ConfigRequest, console: Console): ConfigSource[] {
  return (files.length === 0 ? [defaultFile] : files).map((file) => {
    try {
      return { file, bytes: readAtMost(resolve(console.cwd, file), MOST_BYTES) };
    } catch (error) {
      if (error instanceof TracecoreError) throw error;
      throw new TracecoreError("config-file-unreadable", `cannot read the config file ${file}: ${fileFailure(error)}`, {
        remedy:
          files.length === 0
            ? 'Name one with --config, or write a first one with "tracecore init"'
            : "Check the path and its permissions",
      });
    }
  });
}

/** The bytes of a file that may be a pipe or a device, whose size nobody knows and which may never end. */
function readAtMost(path: string, most: number): Uint8Array {
  const descriptor = openSync(path, "r");
  try {
    const chunks: Buffer[] = [];
    for (let total = 0; ;) {
      const chunk = Buffer.allocUnsafe(64 * 1024);
      const length = readSync(descriptor, chunk);
      if (length === 0) return Buffer.concat(chunks, total);
      chunks.push(chunk.subarray(0, length));
      total += length;
      if (total > most) {
        throw new TracecoreError("config-too-large", `the config file ${path} has more than ${most} bytes`, {
          remedy: "Check that it is a config, or make it shorter",
        });
      }
    }
  } finally {
    closeSync(descriptor);
  }
}

function pluginResolver(
  sources: readonly ConfigSource[],
  document: ConfigDocument,
  console: Console,
  held: HeldPlugins,
): ResolvePlugin {
  const configured = document.value["plugins"] as Record<string, Record<string, unknown>> | undefined;
  const places = pluginPlaces(sources.map(({ file }) => resolve(console.cwd, file)));
  return (kind: ComponentKind, type: string) => {
    try {
      const name = configured?.[`${kind}s`]?.[type];
      // Anything but a text was reported already; the plugin of the usual name then stands in for the checks that follow.
      const options = { places, held, configured: typeof name === "string" ? name : undefined };
      return Promise.resolve(findPlugin(kind, type, options));
    } catch (error) {
      if (!(error instanceof TracecoreError)) throw error;
      const { code } = error;
      const unnamed = code === "plugin-not-installed" && configured?.[`${kind}s`]?.[type] === undefined;
      // What the Collector calls so is meant, and no slip of the pen.
      const typed = unnamed && type === type.toLowerCase() && collectorAdvice(kind, type) === undefined;
      const known = typed ? knownTypes(kind, places[0] ?? console.cwd, held) : [];
      const meant = didYouMean(type, known, "");
      const remedy = [meant, error.remedy ?? ""].filter((text) => text !== "").join(" ");
      const message = error.cause === undefined ? error.message : `${error.message}: ${messageOf(error.cause)}`;
      return Promise.resolve({ problem: { code, message, remedy } });
    }
  };
}

/** From where plugins are looked up: the folder of each config file, then beside the command itself. */
export function pluginPlaces(files: readonly string[]): string[] {
  const beside = packagesBeside().map(({ manifest }) => manifest);
  return [...new Set(files.map((file) => `${dirname(file)}/`)), import.meta.filename, ...beside];
}

/** What may hold a secret in a file that could not be read as YAML, whose options are therefore not known. */
const MAY_BE_SECRET =
  /authorization|password|passwd|pwd|passphrase|secret|token|[-_]key|apikey|salt|headers|credential|cookie|:\/\/[^\s/]*@/i;

/** A line of a file that is no document, and therefore not known to a document. */
function rawLine(sources: readonly ConfigSource[], { file, line }: SourcePosition): string | undefined {
  const bytes = sources.find((source) => source.file === file)?.bytes;
  if (bytes === undefined) return undefined;
  const text = new TextDecoder().decode(bytes).split(/\r?\n/, line)[line - 1];
  return text === undefined || MAY_BE_SECRET.test(text) ? undefined : text;
}

/** Writes problems as a person reads them: place, what is wrong, what to do, the line and a caret. */
export function printProblems(
  { problems, document, sources }: Pick<LoadedConfig, "problems" | "document" | "sources">,
  console: Console,
): void {
  for (const problem of problems) {
    const { position } = problem;
    // What is wrong with a whole file is told at its beginning, where there is nothing to point at.
    const wholeFile = problem.path === "config" && position?.line === 1 && position.col === 1;
    const sourceLine =
      position === undefined || wholeFile
        ? undefined
        : document === undefined
          ? rawLine(sources, position)
          : document.sourceLine(position);
    console.err(`${renderProblem(problem, { sourceLine, color: console.colors })}\n`);
  }
  const errors = problems.filter(({ severity }) => severity === "error").length;
  if (errors > 0) console.err(`${errors} ${errors === 1 ? "error" : "errors"}\n`);
}

/** Says problems where a run says everything else: as text for people, or one log entry each for machines. */
export function reportProblems(
  loaded: Pick<LoadedConfig, "problems" | "document" | "sources">,
  { console, logger, readable }: { console: Console; logger: Logger; readable: boolean },
): void {
  if (readable) {
    printProblems(loaded, console);
    return;
  }
  for (const problem of loaded.problems) {
    logger.log(problem.severity === "error" ? "error" : "warn", formatProblem(problem), { code: problem.code });
  }
}
