import type * as z from "zod";
import { checkBlock, report, type Check } from "./check-block.ts";
import { checkComponents, sections } from "./check-components.ts";
import { checkListeners } from "./check-listeners.ts";
import { checkExtensions, checkPipelines } from "./check-pipelines.ts";
import { checkExtensionNames } from "./check-references.ts";
import { checkPluginNames } from "./plugin-names.ts";
import type { CheckedConfig, ResolvePlugin } from "./checked-config.ts";
import { TreeDocument, type ConfigDocument } from "./config-document.ts";
import { didYouMean, listNames } from "./did-you-mean.ts";
import { Findings } from "./findings.ts";
import { defaultLimits } from "./limits.ts";
import { loadTree, type LoadRequest } from "./load-document.ts";
import type { Problem } from "./problem.ts";
import { runtimeSchema } from "./runtime-config.ts";

/** What the checks need beside the document. */
export interface CheckOptions {
  readonly resolve: ResolvePlugin;
  /** Gets the block `telemetry` as it stands, or `{}`. */
  readonly telemetrySchema: z.ZodType;
}

/**
 * Checks a document against the plugins that it names. There is a config exactly when there is no error, neither here
 * nor in loading the document.
 */
export async function checkConfig(
  document: ConfigDocument,
  options: CheckOptions,
): Promise<{ config?: CheckedConfig; problems: readonly Problem[] }> {
  if (!(document instanceof TreeDocument))
    throw new TypeError("BUG: the document is not from loadDocument. Please report it");
  const findings = new Findings(defaultLimits.maxProblems, document.secrets);
  document.announce(findings);
  const config = await check({ document, findings }, options);
  return { problems: findings.list(), ...(config !== undefined && { config }) };
}

/** {@link loadDocument} and {@link checkConfig} in one, with all problems in file order. */
export async function loadConfig(
  request: LoadRequest,
  options: CheckOptions,
): Promise<{ config?: CheckedConfig; document?: ConfigDocument; problems: readonly Problem[] }> {
  const { document, findings } = loadTree(request);
  const config = document && (await check({ document, findings }, options));
  return { problems: findings.list(), ...(document && { document }), ...(config && { config }) };
}

const TOP_LEVEL = [...Object.values(sections), "pipelines", "telemetry", "runtime", "plugins", "service"];

async function check(state: Check, { resolve, telemetrySchema }: CheckOptions): Promise<CheckedConfig | undefined> {
  const { document, findings } = state;
  for (const key of document.root.entries.keys()) {
    if (TOP_LEVEL.includes(key)) continue;
    const remedy = didYouMean(key, TOP_LEVEL, `Known options: ${listNames(TOP_LEVEL)}.`);
    report(state, [key], "key", { code: "config-unknown-option", message: "unknown option", remedy });
  }
  checkPluginNames(state);
  const components = await checkComponents(state, resolve);
  const { pipelines, used } = checkPipelines(state, components);
  const extensions = checkExtensions(state, components);
  const runtime = checkBlock(state, runtimeSchema(), ["runtime"]);
  const telemetry = checkBlock(state, telemetrySchema, ["telemetry"]);
  for (const id of extensions) used.add(`extension ${id}`);
  reportUnused(state, components, used);
  const all = [...components.values()].flatMap(({ checked }) => checked ?? []);
  const running = all.filter(({ kind, id }) => used.has(`${kind} ${id}`));
  checkExtensionNames(state, running, { components, started: extensions });
  checkListeners(state, [
    // It starts first.
    { owner: "telemetry", path: ["telemetry"], value: telemetry?.value, startup: "fail" },
    ...running.map(({ kind, id, config, startup }) => {
      return { owner: `${kind} "${id}"`, path: [sections[kind], id], value: config, startup };
    }),
  ]);
  if (findings.failed || document.failed || runtime === undefined || telemetry === undefined) return undefined;
  return {
    components: running,
    unused: all.filter((component) => !running.includes(component)),
    pipelines,
    extensions,
    telemetry: telemetry.value,
    runtime: runtime.value,
    document,
  };
}

function reportUnused(
  state: Check,
  components: Awaited<ReturnType<typeof checkComponents>>,
  used: ReadonlySet<string>,
): void {
  const unclear = state.document.broken(["pipelines"]) || state.document.broken(["service"]);
  for (const { kind, id, path } of unclear ? [] : components.values()) {
    if (used.has(`${kind} ${id}`)) continue;
    report(
      state,
      path,
      "key",
      kind === "extension"
        ? {
            code: "extension-not-listed",
            message: `the extension "${id}" is defined, and does not start`,
            remedy: "Add it to service.extensions, or remove it.",
            severity: "warning",
          }
        : {
            code: "component-unused",
            message: `the ${kind} "${id}" is defined, and no pipeline uses it`,
            remedy: "Add it to a pipeline, or remove it.",
            severity: "warning",
          },
    );
  }
}
