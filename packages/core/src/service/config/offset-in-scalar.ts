/**
 * Where the character `offset` of a value stands in `raw`, the text that YAML made the value of: plain, in quotation marks or
 * a block of lines. 0, the start, where that cannot be told.
 */
export function offsetInScalar(raw: string, value: string, offset: number): number {
  const quote = raw[0] === '"' || raw[0] === "'" ? raw[0] : "";
  let at = quote === "" ? blockStart(raw) : 1;
  for (let index = 0; index < offset; index++) {
    at = skipIndent(raw, at, value, index);
    const step = lengthOf(raw, at, quote, value[index]!);
    if (step === 0) return 0;
    at += step;
  }
  const next = skipIndent(raw, at, value, offset);
  return next < raw.length ? next : at;
}

/** Behind the line of `|` or `>`. */
function blockStart(raw: string): number {
  return /^[|>][-+\d]*[^\n]*\n/.exec(raw)?.[0].length ?? 0;
}

/** YAML drops the spaces with which a line begins, apart from those that indent it further than the block. */
function skipIndent(raw: string, at: number, value: string, index: number): number {
  const length = spacesAt(raw, at);
  const lineStart = at > 0 && raw[at - 1] === "\n";
  const own = spacesAt(value, index);
  if (lineStart && own > 0) return at + Math.max(0, length - own);
  if (own > 0) return at;
  return lineStart || raw.slice(at, at + length).includes("\n") ? at + length : at;
}

function spacesAt(text: string, at: number): number {
  const space = /[ \t\r\n]*/y;
  space.lastIndex = at;
  return space.exec(text)?.[0].length ?? 0;
}

/** How many characters of `raw` make `character`; 0 when they make another one. */
function lengthOf(raw: string, at: number, quote: string, character: string): number {
  if (quote === '"' && raw[at] === "\\") return raw[at + 1] === character ? 2 : 0;
  if (quote === "'" && character === "'") return raw.startsWith("''", at) ? 2 : 0;
  if (raw[at] === character) return 1;
  const fold = /^[ \t\r]*\n[ \t\r\n]*/.exec(raw.slice(at, at + 1000))?.[0].length ?? 0;
  return character === " " ? fold : 0;
}
