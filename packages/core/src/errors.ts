/** Where in a config file a problem stands; lines and columns count from 1. */
export interface SourcePosition {
  readonly file: string;
  readonly line: number;
  readonly col: number;
}

/** An error that a person can act on: `code` names its page in docs/errors.md. Match on `code`, not on `instanceof`. */
export class TracecoreError extends Error {
  override readonly name = "TracecoreError";
  readonly code: string;
  /** What to do, as a full sentence; undefined when the message already says it. */
  readonly remedy: string | undefined;

  constructor(code: string, message: string, options: ErrorOptions & { remedy?: string } = {}) {
    super(message, options);
    this.code = code;
    this.remedy = options.remedy;
  }
}

/** The message of any thrown value, with the messages of its causes, on one line. Never throws, whatever was thrown. */
export function messageOf(error: unknown): string {
  try {
    return textOf(error);
  } catch {
    return "an error that throws when it is asked for its message";
  }
}

function textOf(error: unknown): string {
  if (!(error instanceof Error)) return `a value that is not an error was thrown: ${describe(error)}`;
  const own = error.message === "" ? error.name : error.message;
  const remedy = error instanceof TracecoreError && error.remedy !== undefined ? `. ${error.remedy}` : "";
  const cause = error.cause === undefined ? "" : `: ${textOf(error.cause)}`;
  const parts = error instanceof AggregateError ? `: ${error.errors.map(textOf).join("; ")}` : "";
  return (own + remedy + cause + parts).replaceAll(/\s*\n\s*/g, " ");
}

function describe(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return typeof value;
  }
}
