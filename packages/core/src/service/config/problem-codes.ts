/** What `tracecore explain <code>` and docs/errors.md say about a code. */
export interface ErrorPage {
  readonly title: string;
  readonly cause: string;
  readonly remedy: string;
}

/** The codes of configuration problems. */
export const configErrorPages: Readonly<Record<string, ErrorPage>> = {};
