import { fail } from "../ottl-error.ts";

/** The pairs of a text such as `a=1 b="two words"`. */
export function keyValues(text: string, delimiter: string, pairDelimiter: string): Readonly<Record<string, string>> {
  if (delimiter === "" || pairDelimiter === "") fail("a delimiter is not empty");
  if (delimiter === pairDelimiter) fail("delimiter and pair_delimiter are the same");
  if (text === "") fail("there are no pairs in an empty text");
  const pairs = parts(text.trim(), pairDelimiter).map((part) => part.trim());
  return Object.fromEntries(
    pairs
      .filter((pair) => pair !== "")
      .map((pair) => {
        const [key = "", ...rest] = parts(pair, delimiter);
        if (rest.length === 0) fail(`${JSON.stringify(pair)} has no ${JSON.stringify(delimiter)}`);
        return [unwrapped(key), unwrapped(rest.join(delimiter))];
      }),
  );
}

/** What stands between the delimiters that are not in quotation marks. */
function parts(text: string, delimiter: string): string[] {
  const out: string[] = [];
  let from = 0;
  let quote = "";
  for (let at = 0; at < text.length; at++) {
    const sign = text[at]!;
    if (quote !== "") {
      if (sign === "\\") at++;
      else if (sign === quote) quote = "";
    } else if (text.startsWith(delimiter, at)) {
      out.push(text.slice(from, at));
      at += delimiter.length - 1;
      from = at + 1;
    } else if (sign === '"' || sign === "'") quote = sign;
  }
  if (quote !== "") fail(`a ${quote} is not closed`);
  out.push(text.slice(from));
  return out;
}

function unwrapped(text: string): string {
  const plain = text.trim();
  const quote = plain[0];
  if (plain.length < 2 || (quote !== '"' && quote !== "'") || !plain.endsWith(quote)) return plain;
  return plain.slice(1, -1).replaceAll(/\\(["'\\])/g, "$1");
}
