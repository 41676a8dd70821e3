import { OttlError } from "../ottl-error.ts";

const single: Readonly<Record<string, string>> = {
  a: "\u0007",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
  '"': '"',
};

/** How many hexadecimal digits follow. */
const digits: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

/** The content of a text literal between `from` and `to`, with the escapes of Go. */
export function unquoted(text: string, from: number, to: number): string {
  if (!text.slice(from, to).includes("\\")) return text.slice(from, to);
  let out = "";
  for (let at = from; at < to; at++) {
    if (text[at] !== "\\") {
      out += text[at];
      continue;
    }
    const sign = text[at + 1] ?? "";
    const plain = Object.hasOwn(single, sign) ? single[sign] : undefined;
    if (plain !== undefined) {
      out += plain;
      at++;
      continue;
    }
    const code = escapedCode(text, at, to);
    out += String.fromCodePoint(code.point);
    at = code.end - 1;
  }
  return out;
}

function escapedCode(text: string, at: number, to: number): { point: number; end: number } {
  const sign = text[at + 1] ?? "";
  const length = Object.hasOwn(digits, sign) ? digits[sign]! : 0;
  const octal = /^[0-7]{3}/.exec(text.slice(at + 1, Math.min(to, at + 4)))?.[0];
  const found = length > 0 ? text.slice(at + 2, Math.min(to, at + 2 + length)) : (octal ?? "");
  const valid = length > 0 ? found.length === length && /^[0-9a-fA-F]+$/.test(found) : octal !== undefined;
  const point = valid ? Number.parseInt(found, length > 0 ? 16 : 8) : Number.NaN;
  const surrogate = point >= 0xd800 && point <= 0xdfff;
  if (!valid || surrogate || point > 0x10_ffff || (octal !== undefined && length === 0 && point > 255)) {
    throw new OttlError(`unknown escape "\\${sign}"`, text, at, "A backslash itself is written as \\\\");
  }
  return { point, end: at + (length > 0 ? 2 + length : 4) };
}
