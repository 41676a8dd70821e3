import type { ParseArgsOptionsConfig } from "node:util";
import { TracecoreError } from "@tracecore/core";
import type { Console } from "./console.ts";
import type { HeldPlugins } from "./plugins/find-plugin.ts";

/** One option of a command, as help, completion and the parser know it. */
export interface CommandOption {
  readonly type: "string" | "boolean";
  readonly short?: string;
  readonly multiple?: boolean;
  /** What stands for the value in help texts. */
  readonly value?: string;
  readonly description: string;
  /** Says that a shell should complete file names. */
  readonly files?: boolean;
}

/** What a command is given. */
export interface Invocation {
  readonly console: Console;
  readonly values: Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>;
  readonly positionals: readonly string[];
  /** Plugins inside the executable; empty when it runs from npm packages. */
  readonly held: HeldPlugins;
}

/** A command of `tracecore`. */
export interface Command {
  readonly name: string;
  readonly summary: string;
  /** Names of positional arguments, for help: `["<code>"]`. */
  readonly positionals: readonly string[];
  /** What the first argument can be, for shells to complete. */
  readonly words?: readonly string[];
  readonly options: Readonly<Record<string, CommandOption>>;
  readonly examples: readonly string[];
  /** Returns the exit status. */
  run(invocation: Invocation): Promise<number>;
}

/** Reads the arguments of `command`; throws `usage` with what is wrong. */
export function parseCommandLine(
  command: Command,
  args: readonly string[],
): { values: Invocation["values"]; positionals: string[] } {
  const options: ParseArgsOptionsConfig = { help: { type: "boolean", short: "h" } };
  for (const [name, { type, short, multiple }] of Object.entries(command.options)) {
    options[name] = { type, ...(short !== undefined && { short }), ...(multiple !== undefined && { multiple }) };
  }
  try {
    const { values, positionals } = process
      .getBuiltinModule("node:util")
      .parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
    const most = command.positionals.length;
    if (positionals.length > most && command.positionals.at(-1)?.includes("…") !== true) {
      throw new TracecoreError("usage", `"${positionals[most]}" is one argument too many`, {
        remedy: `Usage: ${usageLine(command)}`,
      });
    }
    return { values, positionals };
  } catch (error) {
    if (error instanceof TracecoreError) throw error;
    throw parseError(command, error as NodeJS.ErrnoException);
  }
}

/** What parseArgs found, in words of this command. */
function parseError(command: Command, { code, message }: NodeJS.ErrnoException): TracecoreError {
  if (code === "ERR_PARSE_ARGS_UNKNOWN_OPTION") {
    const [, name = ""] = /'(.*?)'/.exec(message) ?? [];
    const names = [...Object.keys(command.options), "help"].map((option) => `--${option}`);
    return new TracecoreError("usage", `${name} is not an option of "tracecore ${command.name}"`, {
      remedy: `Options: ${names.join(", ")}`,
    });
  }
  const [, name = ""] = /--([\w-]+)/.exec(message) ?? [];
  const option = command.options[name];
  if (option === undefined || option.type === "boolean") return new TracecoreError("usage", `--${name} takes no value`);
  return new TracecoreError("usage", `--${name} needs a value`, {
    remedy: `Write: --${name} <${option.value ?? "text"}>`,
  });
}

function usageLine({ name, positionals }: Command): string {
  return ["tracecore", name, ...positionals, "[options]"].join(" ");
}

/** The text of `tracecore <command> --help`. */
export function commandHelp(command: Command): string {
  const rows = Object.entries({
    ...command.options,
    help: { type: "boolean", short: "h", description: "Show this text." } satisfies CommandOption,
  }).map(([name, option]: [string, CommandOption]) => {
    const short = option.short === undefined ? "    " : `-${option.short}, `;
    const value = option.type === "boolean" ? "" : ` <${option.value ?? "text"}>`;
    return [`  ${short}--${name}${value}`, option.description + (option.multiple === true ? " May be repeated." : "")];
  });
  const width = Math.max(...rows.map(([left = ""]) => left.length)) + 2;
  const lines = rows.map(([left = "", right = ""]) => `${left.padEnd(width)}${right}`);
  const examples = command.examples.map((example) => `  ${example}`);
  return `${command.summary}\n\nUsage: ${usageLine(command)}\n\nOptions:\n${lines.join("\n")}\n${
    examples.length > 0 ? `\nExamples:\n${examples.join("\n")}\n` : ""
  }`;
}
