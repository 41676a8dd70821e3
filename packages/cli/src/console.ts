import type { styleText } from "node:util";
import { exitCodes } from "./exit-codes.ts";

/** Where a command reads from and writes to; tests give their own. */
export interface Console {
  out(text: string): void;
  err(text: string): void;
  /** Whether colours may be used in what goes to `err`. */
  readonly colors: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** True once nobody reads what goes to `out` any more. */
  readonly outClosed?: boolean;
}

/** The console of the process. Colours only on a terminal; NO_COLOR and FORCE_COLOR are honoured. */
export function processConsole(): Console {
  const { env } = process;
  const forced = env["FORCE_COLOR"] !== undefined && env["FORCE_COLOR"] !== "0";
  const refused = (env["NO_COLOR"] ?? "") !== "" || env["TERM"] === "dumb";
  // On a pipe it is undefined, whatever its type says.
  const { isTTY = false } = process.stderr as { isTTY?: boolean };
  // A reader that goes away (`tracecore components | head -1`) is not a failure of the command.
  let outClosed = false;
  process.stdout.on("error", () => {
    outClosed = true;
  });
  process.stderr.on("error", () => {});
  let failed = false;
  const wrote = (error?: Error | null): void => {
    if (error === undefined || error === null || failed || (error as NodeJS.ErrnoException).code === "EPIPE") return;
    failed = true;
    process.stderr.write(`tracecore: cannot write to standard output: ${error.message}\n`);
    // Whatever the command says of itself: what it has written is not there.
    process.once("exit", () => (process.exitCode ||= exitCodes.failed));
  };
  return {
    out: (text) => process.stdout.write(text, wrote),
    err: (text) => process.stderr.write(text),
    colors: !refused && (forced || isTTY),
    env,
    cwd: process.cwd(),
    get outClosed() {
      return outClosed;
    },
  };
}

/** `text` in a style, where colours may be used. */
export function styled(console: Console, style: Parameters<typeof styleText>[0], text: string): string {
  return console.colors
    ? process.getBuiltinModule("node:util").styleText(style, text, { validateStream: false })
    : text;
}
