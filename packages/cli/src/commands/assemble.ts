import type { Command } from "../command.ts";
import { assembleExecutable } from "../assemble/assemble-executable.ts";
import { loadConfig, printProblems } from "../config-files.ts";
import { configOptions, configRequest } from "../config-options.ts";
import { exitCodes } from "../exit-codes.ts";

/** Builds one executable. */
export const assemble: Command = {
  name: "assemble",
  summary: "Build one executable with the plugins that a config names",
  positionals: [],
  options: {
    ...configOptions,
    output: {
      type: "string",
      short: "o",
      value: "file",
      files: true,
      description: "The executable; default ./tracecore.",
    },
    plugin: {
      type: "string",
      multiple: true,
      value: "package",
      description: "Hold this plugin package as well, though the config does not name it.",
    },
  },
  examples: ["tracecore assemble --config tracecore.yaml --output ./tracecore"],
  async run(invocation) {
    const { console, held, values } = invocation;
    const loaded = await loadConfig(configRequest(invocation), console, held);
    printProblems(loaded, console);
    if (loaded.config === undefined) return exitCodes.usage;
    await assembleExecutable({
      config: loaded.config,
      extra: (values["plugin"] as string[] | undefined) ?? [],
      output: (values["output"] as string | undefined) ?? "tracecore",
      console,
    });
    return exitCodes.ok;
  },
};
