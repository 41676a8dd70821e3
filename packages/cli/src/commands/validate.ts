import type { CheckedConfig } from "@tracecore/core/service";
import type { Command } from "../command.ts";
import { loadConfig, printProblems } from "../config-files.ts";
import { configOptions, configRequest } from "../config-options.ts";
import { exitCodes } from "../exit-codes.ts";
import { explainText } from "../explain-text.ts";

/** Checks a config without starting anything. */
export const validate: Command = {
  name: "validate",
  summary: "Check a config and say every problem with its place",
  positionals: ["[file…]"],
  options: {
    ...configOptions,
    explain: { type: "boolean", description: "Also show each value that is in force and where it comes from." },
  },
  examples: ["tracecore validate --config tracecore.yaml", "tracecore validate --config tracecore.yaml --explain"],
  async run(invocation) {
    const { console, held, values } = invocation;
    const loaded = await loadConfig(configRequest(invocation), console, held);
    printProblems(loaded, console);
    if (loaded.config === undefined) return exitCodes.usage;
    console.out(summary(loaded.config));
    if (values["explain"] === true) console.out(explainText(loaded.config));
    return exitCodes.ok;
  },
};

function summary({ pipelines }: CheckedConfig): string {
  const lines = pipelines.map(
    ({ id, receivers, processors, exporters }) =>
      `  ${id}: receivers=${receivers.length} processors=${processors.length} exporters=${exporters.length}`,
  );
  return `config valid: ${pipelines.length} pipeline(s)\n${lines.join("\n")}\n`;
}
