/**
 * Text that stays on one line and reads in its order, whatever is in it: control characters, line separators and what turns the order
 * of characters around are written as escapes, those of JSON.
 */
export function oneLine(text: string): string {
  // A terminal obeys the controls above U+007F as well, and JSON.stringify leaves these and the separators as they are.
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g, escaped);
}

const escapes = new Map([
  ["\b", String.raw`\b`],
  ["\t", String.raw`\t`],
  ["\n", String.raw`\n`],
  ["\f", String.raw`\f`],
  ["\r", String.raw`\r`],
]);

function escaped(char: string): string {
  let escape = escapes.get(char);
  if (escape === undefined) {
    escape = `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
    escapes.set(char, escape);
  }
  return escape;
}
