import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { deliveryTable } from "@tracecore/core/delivery";
import { componentInstruments, initErrors } from "@tracecore/core/selftelemetry";
import { optionTable } from "@tracecore/core/config";
import { errorPages, runtimeSchema, serviceInstruments, wholeConfigJsonSchema } from "@tracecore/core/service";
import { surfaceInstruments, telemetryConfig, telemetryOptions } from "@tracecore/selftelemetry";
import { pluginFiles } from "../../packages/cli/src/new-plugin/plugin-files.ts";
import { refusedPoints } from "../../packages/exporter-prom/src/refusal-report.ts";
import { fillBlocks, readmeBlocks, stabilityText } from "./component-tables.ts";
import { dcgmLayouts } from "./dcgm-layouts.ts";
import { dcgmTables } from "./dcgm-tables.ts";
import { ownPlugins, type OwnPlugin } from "./plugins.ts";
import { selfTelemetryTable } from "./self-telemetry-table.ts";

/** Every generated text by its path from the root. */
export async function generatedTexts(root: string): Promise<Map<string, string>> {
  const plugins = await ownPlugins(root);
  const texts = new Map<string, string>();
  const read = (file: string): string => readFileSync(join(root, file), "utf8");

  for (const plugin of plugins) {
    const file = `${plugin.folder}/README.md`;
    if (!existsSync(join(root, file))) throw new Error(`${file} is missing`);
    texts.set(file, fillBlocks(file, read(file), readmeBlocks(plugin)));
  }
  texts.set("README.md", fillBlocks("README.md", read("README.md"), { plugins: pluginTable(plugins) }));
  texts.set("docs/components.md", componentsPage(plugins));
  texts.set("docs/errors.md", errorsPage());
  texts.set(
    "docs/selftelemetry.md",
    fillBlocks("docs/selftelemetry.md", read("docs/selftelemetry.md"), {
      instruments: selfTelemetryTable([
        ...Object.values(componentInstruments),
        initErrors,
        refusedPoints,
        ...Object.values(deliveryTable),
        ...Object.values(surfaceInstruments),
        ...Object.values(serviceInstruments),
      ]),
    }),
  );
  texts.set(
    "docs/configuration.md",
    fillBlocks("docs/configuration.md", read("docs/configuration.md"), {
      runtime: optionTable(runtimeSchema()),
      telemetry: optionTable(telemetryOptions),
    }),
  );
  texts.set(
    "docs/writing-a-plugin.md",
    fillBlocks("docs/writing-a-plugin.md", read("docs/writing-a-plugin.md"), pluginSources()),
  );
  texts.set(
    "schema/tracecore.schema.json",
    `${JSON.stringify(wholeConfigJsonSchema(plugins, telemetryConfig), null, 2)}\n`,
  );
  texts.set("packages/cli/src/versions.ts", versionsSource(root));
  texts.set("tsconfig.json", solution(root));
  for (const [file, text] of [...dcgmTables(root), ...dcgmLayouts(root)]) texts.set(file, text);
  return texts;
}

function pluginTable(plugins: readonly OwnPlugin[]): string {
  const rows = plugins.map(
    ({ factory, packageName, folder, description }) =>
      `| \`${factory.type}\` | ${factory.kind} | [${packageName}](${folder}) | ${stabilityText(factory)} | ${sentence(description)} |`,
  );
  return ["| Type | Kind | Package | Stability | What it does |", "|---|---|---|---|---|", ...rows].join("\n");
}

/** A package description as a sentence: `tracecore receiver that reports the time` begins with what it does. */
function sentence(description: string): string {
  const text = description.replace(/^tracecore (receiver|processor|exporter|connector|extension) (that |for )?/, "");
  return `${text[0]!.toUpperCase()}${text.slice(1)}.`;
}

function componentsPage(plugins: readonly OwnPlugin[]): string {
  const parts = plugins.map((plugin) => {
    const { status, options, metrics } = readmeBlocks(plugin);
    const emits = plugin.factory.metrics === undefined ? "" : `\n\n${metrics}`;
    return `## ${plugin.factory.kind} \`${plugin.factory.type}\`\n\n${status}. See [its README](../${plugin.folder}/README.md).\n\n${options}${emits}`;
  });
  return `# Components\n\nWritten by \`pnpm generate\` from the schemas and metric declarations of the plugins.\n\n${parts.join("\n\n")}\n`;
}

function errorsPage(): string {
  const parts = Object.entries(errorPages)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([code, { title, cause, remedy }]) => `## ${code}\n\n${title}.\n\n${cause}\n\nWhat to do: ${remedy}`);
  return `# Errors\n\nWritten by \`pnpm generate\`. \`tracecore explain <code>\` shows one of these.\n\n${parts.join("\n\n")}\n`;
}

/** The code of writing-a-plugin.md: what `tracecore new` writes, whose tests the end-to-end tests run. */
function pluginSources(): Record<string, string> {
  const files = (kind: "receiver" | "processor" | "exporter", type: string): Record<string, string> =>
    pluginFiles({
      kind,
      type,
      packageName: `tracecore-${kind}-${type}`,
      inWorkspace: false,
      tarballs: undefined,
      node: undefined,
    });
  const code = (text: string | undefined): string => `\`\`\`ts\n${text ?? ""}\`\`\``;
  const receiver = files("receiver", "gpu_fan");
  return {
    "receiver-source": code(receiver["src/receiver.ts"]),
    "receiver-test": code(receiver["test/receiver.test.ts"]),
    "processor-source": code(files("processor", "team_label")["src/processor.ts"]),
    "exporter-source": code(files("exporter", "text_file")["src/exporter.ts"]),
  };
}

function versionsSource(root: string): string {
  const versionOf = (folder: string): string =>
    (JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8")) as { version: string }).version;
  const sdk = versionOf("packages/selftelemetry/node_modules/@opentelemetry/sdk-metrics");
  return `// Written by \`pnpm generate\` from the package.json files; do not edit.

/** The version of the command. */
export const cliVersion = "${versionOf("packages/cli")}";
/** The version of the Prometheus exposition, \`@tracecore/prometheus\`. */
export const prometheusVersion = "${versionOf("packages/prometheus")}";
/** The version of @opentelemetry/sdk-metrics that self-telemetry is built with. */
export const sdkMetricsVersion = "${sdk}";
`;
}

/** The projects that `tsc -b` builds: every package with its tests, and the scripts. */
function solution(root: string): string {
  const references = readdirSync(join(root, "packages"))
    .sort()
    .flatMap((name) => [`packages/${name}`, `packages/${name}/tsconfig.test.json`])
    .filter((path) => existsSync(join(root, path)));
  return JSON.stringify({ files: [], references: [...references, "tsconfig.scripts.json"].map((path) => ({ path })) });
}
