import { wholeConfigJsonSchema } from "@tracecore/core/service";
import { telemetryConfig } from "@tracecore/selftelemetry";
import type { Command } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { installedPlugins } from "../plugins/installed-plugins.ts";

/** Writes the JSON Schema of a config. */
export const schema: Command = {
  name: "schema",
  summary: "Write the JSON Schema of a config with the installed plugins, for editors",
  positionals: [],
  options: {},
  examples: ["tracecore schema > tracecore.schema.json"],
  run({ console, held }) {
    const { found } = installedPlugins(console.cwd, held);
    console.out(`${JSON.stringify(wholeConfigJsonSchema(found, telemetryConfig), null, 2)}\n`);
    return Promise.resolve(exitCodes.ok);
  },
};
