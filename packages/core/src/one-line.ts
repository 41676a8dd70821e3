/** Text that stays on one line, whatever is in it: control characters and line separators are written as escapes. */
export function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\u2028\u2029]/gu, (char) => JSON.stringify(char).slice(1, -1));
}
