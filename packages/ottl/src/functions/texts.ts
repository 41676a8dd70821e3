import { fail } from "../ottl-error.ts";
import { isEqual } from "../comparison.ts";
import { isBytes, isList, isMap, textLike, typeName, type Value } from "../values.ts";
import { cutBytes } from "./byte-text.ts";
import { formatted } from "./format.ts";
import { define, type FunctionDefinition } from "./signature.ts";

/** No character is ever cut, so that `utf8_safe` says nothing new. */
const substringParameters = { target: "string", start: "int", length: "int", "utf8_safe?": "bool" } as const;

/** The functions that make texts of texts. */
export const texts: readonly FunctionDefinition[] = [
  define(
    "Concat",
    { values: "items", delimiter: "string" },
    ({ values, delimiter }) =>
      (frame) =>
        values(frame).map(concatenated).join(delimiter(frame)),
  ),
  define(
    "Split",
    { target: "string", delimiter: "string" },
    ({ target, delimiter }) =>
      (frame) =>
        splitBy(target(frame), delimiter(frame)),
  ),
  define("Substring", substringParameters, ({ target, start, length }) => (frame) => {
    const text = target(frame);
    const from = Number(start(frame));
    const to = from + Number(length(frame));
    const bytes = Buffer.byteLength(text);
    if (from < 0 || to <= from || to > bytes) fail(`no bytes ${from} to ${to} in a text of ${bytes}`);
    return cutBytes(text, from, to);
  }),
  define("ConvertCase", { target: "string", toCase: "constant" }, ({ target, toCase }) => {
    const convert = Object.hasOwn(cases, toCase) ? cases[toCase as keyof typeof cases] : undefined;
    if (convert === undefined) return fail(`toCase is one of ${Object.keys(cases).join(", ")}`);
    return (frame) => convert(target(frame));
  }),
  define(
    "ToLowerCase",
    { target: "string" },
    ({ target }) =>
      (frame) =>
        cases.lower(target(frame)),
  ),
  define(
    "ToUpperCase",
    { target: "string" },
    ({ target }) =>
      (frame) =>
        cases.upper(target(frame)),
  ),
  define(
    "ToSnakeCase",
    { target: "string" },
    ({ target }) =>
      (frame) =>
        cases.snake(target(frame)),
  ),
  define(
    "ToCamelCase",
    { target: "string" },
    ({ target }) =>
      (frame) =>
        cases.camel(target(frame)),
  ),
  define(
    "Trim",
    { target: "string", "replacement?": "string" },
    ({ target, replacement }) =>
      (frame) =>
        trimmed(target(frame), replacement?.(frame) ?? " "),
  ),
  define("TrimPrefix", { target: "string", prefix: "string" }, ({ target, prefix }) => (frame) => {
    const text = target(frame);
    const start = prefix(frame);
    return text.startsWith(start) ? text.slice(start.length) : text;
  }),
  define("TrimSuffix", { target: "string", suffix: "string" }, ({ target, suffix }) => (frame) => {
    const text = target(frame);
    const end = suffix(frame);
    return text.endsWith(end) ? text.slice(0, text.length - end.length) : text;
  }),
  define(
    "HasPrefix",
    { value: "string", prefix: "string" },
    ({ value, prefix }) =>
      (frame) =>
        value(frame).startsWith(prefix(frame)),
  ),
  define(
    "HasSuffix",
    { value: "string", suffix: "string" },
    ({ value, suffix }) =>
      (frame) =>
        value(frame).endsWith(suffix(frame)),
  ),
  define(
    "Format",
    { formatString: "string", formatArguments: "values" },
    (args) => (frame) =>
      formatted(
        args.formatString(frame),
        args.formatArguments.map((value) => value(frame)),
      ),
  ),
  define("IsMatch", { target: "text", pattern: "pattern" }, ({ target, pattern }) => (frame) => {
    const text = target(frame);
    return text !== undefined && pattern(frame).test(text);
  }),
  define("ExtractPatterns", { target: "string", pattern: "groups" }, ({ target, pattern }) => (frame) => {
    const match = pattern.exec(target(frame));
    return Object.fromEntries(Array.from(match?.names ?? [], ([name, value]) => [name, value ?? ""]));
  }),
  define("Len", { target: "any" }, ({ target }) => (frame) => {
    const value = target(frame);
    if (typeof value === "string") return Buffer.byteLength(value);
    if (isList(value) || isBytes(value)) return value.length;
    return isMap(value) ? Object.keys(value).length : fail(`${typeName(value)} has no length`);
  }),
  define("Index", { target: "any", value: "any" }, ({ target, value }) => (frame) => {
    const all = target(frame);
    const wanted = value(frame);
    if (isList(all)) return all.findIndex((item) => isEqual(item, wanted));
    if (typeof all !== "string" || typeof wanted !== "string")
      fail(`cannot look for ${typeName(wanted)} in ${typeName(all)}`);
    const at = all.indexOf(wanted);
    return at === -1 ? -1 : Buffer.byteLength(all.slice(0, at));
  }),
];

/** Without a delimiter, into characters. */
function splitBy(text: string, delimiter: string): string[] {
  return delimiter === "" ? Array.from(text) : text.split(delimiter);
}

function concatenated(value: Value): string {
  return textLike(value) ?? "<nil>";
}

const cases = {
  lower: (text: string): string => text.toLowerCase(),
  upper: (text: string): string => text.toUpperCase(),
  snake: (text: string): string =>
    text
      .trim()
      .replaceAll(WORD_BORDER, "_")
      .replaceAll(/[ \-.]/g, "_")
      .replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase()),
  camel,
};

/** `HTTPServer2` has the words HTTP, Server and 2: only letters of ASCII and digits make borders, as in the Collector. */
const WORD_BORDER = /(?<=[a-z])(?=[A-Z0-9])|(?<=[A-Z])(?=[0-9]|[A-Z][a-z])|(?<=[0-9])(?=[A-Za-z])/g;

/** What is neither a letter of ASCII nor a digit is left out; of capitals in a row the first stays one. */
function camel(text: string): string {
  const plain = text.trim();
  if (plain === "ID") return "Id";
  let out = "";
  let begins = true;
  let afterCapital = false;
  for (const sign of plain) {
    const isCapital = sign >= "A" && sign <= "Z";
    const isLetter = isCapital || (sign >= "a" && sign <= "z");
    const isDigit = sign >= "0" && sign <= "9";
    if (isLetter) out += begins ? sign.toUpperCase() : afterCapital ? sign.toLowerCase() : sign;
    else if (isDigit) out += sign;
    begins = isDigit || (!isLetter && "_ -.".includes(sign));
    afterCapital = isCapital;
  }
  return out;
}

function trimmed(text: string, signs: string): string {
  const all = new Set(signs);
  const characters = Array.from(text);
  let from = 0;
  let to = characters.length;
  while (from < to && all.has(characters[from]!)) from++;
  while (to > from && all.has(characters[to - 1]!)) to--;
  return characters.slice(from, to).join("");
}
