/** Characters of a pattern that a message shows. */
const SHOWN = 60;

/** A regular expression that cannot be used. `offset` counts UTF-16 units from the start of its text. */
export class PatternError extends SyntaxError {
  override readonly name = "PatternError";
  readonly offset: number;
  /** What to do; empty where the message says it all. */
  readonly remedy: string;

  constructor(message: string, source: string, offset: number, remedy = "") {
    const shown = source.length > SHOWN ? `${source.slice(0, SHOWN)}…` : source;
    super(`expected a regular expression: ${message} in ${JSON.stringify(shown)}`);
    this.offset = offset;
    this.remedy = remedy;
  }
}
