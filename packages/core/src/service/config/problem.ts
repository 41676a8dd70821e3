import type { SourcePosition } from "../../errors.ts";

/** Something wrong with a configuration, or worth knowing about it. */
export interface Problem {
  /** Names its page in docs/errors.md. */
  readonly code: string;
  /** The option, as the file writes it: `receivers.otlp.endpoint`, `pipelines.metrics.exporters[0]`. */
  readonly path: string;
  readonly message: string;
  /** What to do, or a question such as `Did you mean "interval"?`. */
  readonly remedy?: string;
  /** Undefined for what stands in no file, such as an option of the command line. */
  readonly position?: SourcePosition;
  /** A config with an error does not start; a warning is for reading. */
  readonly severity: "error" | "warning";
}

/** Keys and list indexes from the top of a config. */
export type ConfigPath = readonly (string | number)[];

/** Whether the problems forbid to use the config. */
export function hasErrors(problems: readonly Problem[]): boolean {
  return problems.some(({ severity }) => severity === "error");
}

/** A path as messages show it: `receivers.otlp.scrapers[0]`; the top is `config`. */
export function formatPath(path: ConfigPath): string {
  if (path.length === 0) return "config";
  return path
    .map((part, index) => (typeof part === "number" ? `[${part}]` : `${index === 0 ? "" : "."}${shortened(part)}`))
    .join("");
}

/** A name of a thousand characters would hide the message. */
function shortened(name: string): string {
  return name.length > 100 ? `${name.slice(0, 100)}…` : name;
}

/** `--set a.b=1` has no lines; its position is its text. */
export const SET_PREFIX = "--set ";

/** `file:line:col: path: what is wrong. What to do. [code]` on one line. */
export function formatProblem(problem: Problem): string {
  return formatPlace(problem) + formatStatement(problem);
}

/** `file:line:col: `, or nothing for what stands in no file. */
export function formatPlace({ position }: Problem): string {
  if (position === undefined) return "";
  return position.file.startsWith(SET_PREFIX)
    ? `${position.file}: `
    : `${position.file}:${position.line}:${position.col}: `;
}

/** `path: what is wrong. What to do. [code]` on one line. */
export function formatStatement({ code, path, message, remedy }: Problem): string {
  const sentences = [message, remedy]
    .filter((text) => text !== undefined && text !== "")
    .map((text) => ended(text ?? ""));
  return `${path}: ${sentences.join(" ")} [${code}]`.replaceAll(/\s*[\r\n]+\s*/g, " ");
}

function ended(text: string): string {
  return /[.?!]$/.test(text) ? text : `${text}.`;
}
