import type { ComponentFactory, MetricDefinition } from "@tracecore/core";
import { optionTable } from "@tracecore/core/config";
import type { OwnPlugin } from "./plugins.ts";

const verbs: Readonly<Record<string, string>> = {
  receiver: "Emits",
  processor: "Processes",
  exporter: "Takes",
  connector: "Connects",
  extension: "Extension",
};

/** `metrics (beta), logs (alpha)`. */
export function stabilityText(factory: ComponentFactory): string {
  if (factory.kind === "connector") {
    return factory.routes.map(({ from, to, stability }) => `${from} to ${to} (${stability})`).join(", ");
  }
  if (factory.kind === "extension") return factory.stability;
  return Object.entries(factory.stability)
    .map(([signal, stability]) => `${signal} (${stability})`)
    .join(", ");
}

/** The blocks between the generated markers of a plugin's README. */
export function readmeBlocks({ factory, packageName }: OwnPlugin): Readonly<Record<string, string>> {
  return {
    status: `${verbs[factory.kind]} ${stabilityText(factory)} · type \`${factory.type}\` · package \`${packageName}\``,
    options: optionTable(factory.config),
    metrics: metricTable(factory.metrics?.definitions ?? {}),
  };
}

function metricTable(definitions: Readonly<Record<string, MetricDefinition>>): string {
  const rows = Object.entries(definitions).map(([name, { kind, monotonic, unit, attributes, description }]) => {
    const shape = kind === "sum" ? (monotonic === true ? "counter" : "up-down counter") : kind;
    const list = Object.entries(attributes).map(([attribute, what]) => `\`${attribute}\`: ${what}`);
    return `| \`${name}\` | ${shape} | \`${unit}\` | ${list.join("<br>")} | ${description} |`;
  });
  return ["| Metric | Kind | Unit | Attributes | Description |", "|---|---|---|---|---|", ...rows].join("\n");
}

/** `text` with what stands between the markers replaced; a marker without a block is an error. */
export function fillBlocks(file: string, text: string, blocks: Readonly<Record<string, string>>): string {
  return text.replaceAll(/<!-- generated:([\w-]+) -->[\s\S]*?<!-- \/generated -->/g, (_match, name: string) => {
    const block = blocks[name];
    if (block === undefined) throw new Error(`${file}: there is no generated block "${name}"`);
    return `<!-- generated:${name} -->\n\n${block}\n\n<!-- /generated -->`;
  });
}
