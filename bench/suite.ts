import type { Row } from "./compare.ts";

export interface SuiteOptions {
  readonly rounds: number;
  /** Fewer sizes, for a check in a few minutes. */
  readonly quick: boolean;
  /** How long a soak takes, for suites that have one; 0 for none. */
  readonly soakMinutes: number;
  readonly log: (line: string) => void;
}

export interface SuiteResult {
  /** For the baseline. */
  readonly rows: readonly Row[];
  /** The tables for README.md. */
  readonly markdown: string;
}

/** A named set of measurements. */
export interface Suite {
  readonly name: string;
  readonly describe: string;
  run(options: SuiteOptions): Promise<SuiteResult>;
}
