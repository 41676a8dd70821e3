import { formatPlace, formatStatement, type Problem } from "./problem.ts";

export interface RenderOptions {
  /** The line that the position names; without it there is no caret. */
  readonly sourceLine?: string | undefined;
  readonly color?: boolean;
}

/** Columns of a terminal that are shown of a long line. */
const WIDTH = 120;

/**
 * A problem for a terminal: the message, below it the line of the file, and a caret under the column. The line begins with the
 * place, which editors and terminals turn into a link; only a warning says what it is.
 */
export function renderProblem(problem: Problem, { sourceLine, color = false }: RenderOptions = {}): string {
  const paint = (format: "red" | "yellow" | "bold" | "dim", text: string): string =>
    color ? process.getBuiltinModule("node:util").styleText(format, text, { validateStream: false }) : text;
  const mark = problem.severity === "error" ? "" : paint("yellow", "warning: ");
  const place = printable(formatPlace(problem));
  const head = (place === "" ? "" : paint("bold", place)) + mark + paint("bold", printable(formatStatement(problem)));
  const { position } = problem;
  if (sourceLine === undefined || position === undefined) return head;
  // Around the column, so that the caret is in sight also in a line of a thousand characters.
  const from = position.col > WIDTH - 20 ? position.col - 41 : 0;
  const before = printable(sourceLine.slice(from, position.col - 1));
  const after = printable(sourceLine.slice(position.col - 1, from + WIDTH));
  const gutter = `${String(position.line).padStart(5)} | `;
  const pad = " ".repeat(displayWidth(before) + (from > 0 ? 1 : 0));
  return [
    head,
    paint("dim", gutter) + (from > 0 ? "…" : "") + before + after + (sourceLine.length > from + WIDTH ? "…" : ""),
    paint("dim", `${" ".repeat(5)} | `) + pad + paint(problem.severity === "error" ? "red" : "yellow", "^"),
  ].join("\n");
}

/** A tab as two spaces; characters that would move the cursor or change the terminal as a sign that stands for them. */
function printable(text: string): string {
  return text.replaceAll("\t", "  ").replaceAll(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/gu, "\ufffd");
}

/** East Asian wide and fullwidth characters, and pictures. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f900}-\u{1f9ff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;

/** Terminal columns of a text: two for a wide character, one for any other with its accents. */
export function displayWidth(text: string): number {
  let width = 0;
  const segments = new Intl.Segmenter(undefined, { granularity: "grapheme" });
  for (const { segment } of segments.segment(text)) width += WIDE.test(segment) ? 2 : /^\p{M}+$/u.test(segment) ? 0 : 1;
  return width;
}
