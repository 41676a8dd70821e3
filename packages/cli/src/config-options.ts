import type { CommandOption, Invocation } from "./command.ts";
import type { ConfigRequest } from "./config-files.ts";

/** The options of every command that reads a config. */
export const configOptions: Readonly<Record<string, CommandOption>> = {
  config: {
    type: "string",
    short: "c",
    multiple: true,
    value: "file",
    files: true,
    description: "Config file; default tracecore.yaml. Later files win: maps join, lists replace.",
  },
  set: {
    type: "string",
    multiple: true,
    value: "path=value",
    description: "Set one value, for example receivers.clock.collection_interval=5s. Wins over files.",
  },
};

/** The config that an invocation names; a file may also stand as a positional argument. */
export function configRequest({ values, positionals }: Invocation): ConfigRequest {
  return {
    files: [...((values["config"] as string[] | undefined) ?? []), ...positionals],
    set: (values["set"] as string[] | undefined) ?? [],
  };
}
