/** Characters of a statement that a message shows around a mistake. */
const SHOWN = 30;

/** A statement or condition that cannot be used. `offset` counts UTF-16 units from the start of its text. */
export class OttlError extends Error {
  override readonly name = "OttlError";
  readonly code = "ottl-invalid";
  readonly offset: number;

  constructor(message: string, text: string, offset: number, remedy = "") {
    super(`${message}, at column ${offset + 1}: ${excerpt(text, offset)}${remedy === "" ? "" : `. ${remedy}`}`);
    this.offset = offset;
  }
}

/** The text around `offset`, with a mark in front of it: `set(‸body)`. */
function excerpt(text: string, offset: number): string {
  const from = Math.max(0, offset - SHOWN);
  const until = Math.min(text.length, offset + SHOWN);
  const before = `${from > 0 ? "…" : ""}${text.slice(from, offset)}`;
  const after = `${text.slice(offset, until)}${until < text.length ? "…" : ""}`;
  return `${before}‸${after}`.replaceAll(/\s+/g, " ");
}

/** What a statement met in the data that it cannot do. */
export class OttlDataError extends Error {
  override readonly name = "OttlDataError";
}

/** Ends the statement at hand. Without a stack: one may be thrown for each record. */
export function fail(message: string): never {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    throw new OttlDataError(message);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}
