import { OttlError } from "../ottl-error.ts";
import { unquoted } from "./unquote.ts";

/** The smallest part of a statement. */
export interface Token {
  readonly kind: "string" | "int" | "float" | "bytes" | "word" | "symbol" | "end";
  /** As it is written; the content of a string. */
  readonly text: string;
  readonly at: number;
  readonly end: number;
}

const WORD = /[A-Za-z_][A-Za-z0-9_]*/y;
const BYTES = /0x[0-9a-fA-F]*/y;
const NUMBER = /(?:\d+\.\d*|\.\d+|\d+)(?:[eE][-+]?\d+)?/y;
const SYMBOL = /==|!=|>=|<=|[><=()[\]{},.:+\-*/]/y;
const SPACE = /\s*/y;

/** Tokens of one statement; what is made of them is as deep as they are many, and the stack has an end. */
const MAX_TOKENS = 4000;

/** The tokens of a text, and one that stands for its end. Throws OttlError. */
export function tokens(text: string): Token[] {
  const out: Token[] = [];
  let at = skip(SPACE, text, 0);
  while (at < text.length) {
    if (out.length === MAX_TOKENS) throw new OttlError(`this has more than ${MAX_TOKENS} words and signs`, text, at);
    const token = next(text, at, out.at(-1));
    out.push(token);
    at = skip(SPACE, text, token.end);
  }
  out.push({ kind: "end", text: "", at: text.length, end: text.length });
  return out;
}

function next(text: string, at: number, before: Token | undefined): Token {
  const make = (kind: Token["kind"], end: number): Token => ({ kind, text: text.slice(at, end), at, end });
  if (text[at] === '"') return quoted(text, at);
  let end = skip(WORD, text, at);
  if (end > at) return make("word", end);
  end = skip(BYTES, text, at);
  if (end > at) {
    if (end % 2 !== at % 2) throw new OttlError("a byte has two digits", text, at, "Put a 0 after 0x");
    return make("bytes", end);
  }
  // Behind a name or a bracket a point leads to a field.
  const field = before !== undefined && text[at] === "." && (before.kind === "word" || before.text === "]");
  end = field ? at : skip(NUMBER, text, at);
  if (end > at) return make(/^\d+$/.test(text.slice(at, end)) ? "int" : "float", end);
  end = skip(SYMBOL, text, at);
  if (end > at) return make("symbol", end);
  const remedy = remedies.get(text[at]!) ?? "";
  throw new OttlError(`unexpected ${JSON.stringify(String.fromCodePoint(text.codePointAt(at)!))}`, text, at, remedy);
}

/** What to write in place of signs of other languages. */
const remedies: ReadonlyMap<string, string> = new Map([
  ["'", 'Write texts as "text"'],
  ["`", 'Write texts as "text"'],
  ["&", 'Write "and"'],
  ["|", 'Write "or"'],
  ["!", 'Write "not"'],
  ["~", 'Write IsMatch(value, "pattern")'],
]);

function quoted(text: string, at: number): Token {
  let end = at + 1;
  while (end < text.length && text[end] !== '"') end += text[end] === "\\" ? 2 : 1;
  if (end >= text.length) throw new OttlError("the text is not closed", text, at, 'Put a " at its end');
  return { kind: "string", text: unquoted(text, at + 1, end), at, end: end + 1 };
}

/** Where a match of `pattern` at `at` ends; `at` without one. */
function skip(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : at;
}
