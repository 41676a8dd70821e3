import type { Place } from "./nodes.ts";

/** What stands before a place of a text, or behind it, as far as places of a pattern ask. `EDGE` is where the text begins or ends. */
export const EDGE = 0;
const NEWLINE = 1;
const WORD = 2;
const OTHER = 3;

/** Of a character, by its code. */
export function classOf(code: number): number {
  if (code === 10) return NEWLINE;
  return (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || code === 95 || (code >= 97 && code <= 122)
    ? WORD
    : OTHER;
}

/** Whether a place of a pattern is one between these two. */
export function isAt(place: Place, before: number, behind: number): boolean {
  switch (place) {
    case "textStart":
      return before === EDGE;
    case "textEnd":
      return behind === EDGE;
    case "lineStart":
      return before === EDGE || before === NEWLINE;
    case "lineEnd":
      return behind === EDGE || behind === NEWLINE;
    case "wordEdge":
      return (before === WORD) !== (behind === WORD);
    case "noWordEdge":
      return (before === WORD) === (behind === WORD);
  }
}
