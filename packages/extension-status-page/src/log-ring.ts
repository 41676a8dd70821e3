import type { LogLineView, LogLevel } from "@tracecore/core";

/** A line with its number; numbers go up by one. */
export interface NumberedLine extends LogLineView {
  readonly seq: number;
}

/** Characters of one line that are kept. */
const LONGEST_LINE = 4_000;
const ranks: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };

/** The last lines of the log. */
export class LogRing {
  readonly #most: number;
  readonly #lines: NumberedLine[] = [];
  #next = 1;

  constructor(most: number) {
    this.#most = most;
  }

  add(line: LogLineView): void {
    const seq = this.#next++;
    // The place of a line follows from its number, so that nothing moves when the oldest goes.
    this.#lines[(seq - 1) % this.#most] = { ...line, message: cut(line.message), fields: cut(line.fields), seq };
  }

  /** Lines behind number `after`, of `level` or above, oldest first, and the number of the last line there is. */
  since(after: number, level: LogLevel): { readonly last: number; readonly lines: readonly NumberedLine[] } {
    const last = this.#next - 1;
    const lines: NumberedLine[] = [];
    for (let seq = Math.max(after, last - this.#most) + 1; seq <= last; seq++) {
      const line = this.#lines[(seq - 1) % this.#most]!;
      if (ranks[line.level] >= ranks[level]) lines.push(line);
    }
    return { last, lines };
  }
}

function cut(text: string): string {
  return text.length <= LONGEST_LINE ? text : `${text.slice(0, LONGEST_LINE)}…`;
}
