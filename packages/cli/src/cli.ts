/** Entry of `@tracecore/cli`: the `tracecore` command as a function. */
import { messageOf, TracecoreError } from "@tracecore/core";
import { commandHelp, parseCommandLine, type Command } from "./command.ts";
import { commands } from "./commands.ts";
import { processConsole, styled, type Console } from "./console.ts";
import { buildInfo } from "./build-info.ts";
import { exitCodes } from "./exit-codes.ts";
import type { HeldPlugins } from "./plugins/find-plugin.ts";
import { versionText } from "./version.ts";

export type { Console } from "./console.ts";
export type { HeldPlugin, HeldPlugins } from "./plugins/find-plugin.ts";

export interface MainOptions {
  /** Plugins inside the executable. */
  readonly held?: HeldPlugins;
  readonly console?: Console;
}

/** Runs the command in `args` and gives its exit status. Never throws: what goes wrong is said on the error stream. */
export async function main(
  args: readonly string[],
  { held = {}, console = processConsole() }: MainOptions = {},
): Promise<number> {
  try {
    const [first, ...rest] = args;
    if (first === "--version" || first === "-v" || first === "version") {
      console.out(versionText());
      return exitCodes.ok;
    }
    if (first === "--help" || first === "-h" || (first === "help" && rest.length === 0)) {
      console.out(overview());
      return exitCodes.ok;
    }
    const named = first === "help" ? rest[0]! : first;
    const command = commands.find(({ name }) => name === named);
    if (command === undefined && named !== undefined && !named.startsWith("-")) throw unknownCommand(named);
    // Options without a command belong to `collect`.
    const chosen = command ?? commands[0]!;
    const own = command === undefined ? args : rest;
    if (first === "help" || own.includes("--help") || own.includes("-h")) {
      console.out(commandHelp(chosen));
      return exitCodes.ok;
    }
    const parsed = parseCommandLine(chosen, own);
    const misplaced = parsed.positionals.find(
      (word) => command === undefined && commands.some(({ name }) => name === word),
    );
    if (misplaced !== undefined) {
      throw new TracecoreError("usage", `the command "${misplaced}" does not stand first`, {
        remedy: `Write: tracecore ${misplaced} [options]`,
      });
    }
    return await chosen.run({ console, held, ...parsed });
  } catch (error) {
    const known = codeOf(error);
    const code = known === undefined ? "" : ` [${known}]`;
    console.err(`${styled(console, "red", "error")}: ${sentence(messageOf(error))}${code}\n`);
    if (!(error instanceof TracecoreError) && console.env["TRACECORE_DEBUG"] !== undefined) {
      console.err(`${(error as Error)?.stack ?? ""}\n`);
    }
    return error instanceof TracecoreError && isUsage(error.code) ? exitCodes.usage : exitCodes.failed;
  }
}

/** The code of the innermost error that has one: a taken port says more than a failed start. */
function codeOf(error: unknown): string | undefined {
  if (!(error instanceof TracecoreError)) return undefined;
  return codeOf(error.cause) ?? error.code;
}

/** How long a process that is done may take to flush its streams, in milliseconds. */
const LAST_FLUSH_MS = 300;

/**
 * Ends the process with `status`. What a component left behind, a timer or a socket, must neither keep the process alive nor
 * change how it ends.
 */
export function leave(status: number): void {
  process.exitCode = status;
  const ignore = (): void => {};
  process.on("uncaughtException", ignore);
  process.on("unhandledRejection", ignore);
  setTimeout(() => process.exit(status), LAST_FLUSH_MS).unref();
}

function isUsage(code: string): boolean {
  return code === "usage" || code.startsWith("config-");
}

function sentence(text: string): string {
  return /[.?!]$/.test(text) ? text : `${text}.`;
}

function unknownCommand(name: string): TracecoreError {
  const names = commands.map((command) => command.name);
  return new TracecoreError("usage", `"${name}" is not a command of tracecore`, {
    remedy: /\.ya?ml$/.test(name) ? `To run a config: tracecore --config ${name}` : `Commands: ${names.join(", ")}`,
  });
}

function overview(): string {
  const width = Math.max(...commands.map(({ name }) => name.length)) + 2;
  const lines = commands.map(({ name, summary }: Command) => `  ${name.padEnd(width)}${summary}`);
  return `tracecore ${buildInfo.version}: ${buildInfo.description}

Usage: tracecore [command] [options]      without a command: collect

Commands:
${lines.join("\n")}

  tracecore <command> --help   what a command takes
  tracecore --version          versions

Exit status: 0 done, 1 could not run, 2 wrong config or command line, 130 stopped twice.
`;
}
