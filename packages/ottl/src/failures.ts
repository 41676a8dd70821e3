import { ConsumeError, messageOf, type Clock, type Logger } from "@tracecore/core";
import type { ErrorSink } from "./compile/program.ts";

/** What a statement that fails does: is logged, is passed over, or has the batch refused. */
export type ErrorMode = "ignore" | "silent" | "propagate";

/** Time between two lines about one statement, in milliseconds: there could be one for each record. */
const INTERVAL_MS = 10_000;

export interface FailureOptions {
  readonly logger: Logger;
  readonly clock: Clock;
  /** Counts a failure, in whatever mode. */
  readonly count: () => void;
}

/** Deals with failures of statements as a config says. */
export interface Failures {
  /** What to do in `mode`. */
  sink(mode: ErrorMode): ErrorSink;
  /** Says how many failures were not logged. */
  end(): void;
}

/** Makes what deals with the failures of all statements of one component. */
export function failures({ logger, clock, count }: FailureOptions): Failures {
  const seen = new Map<string, { lastMs: number; unsaid: number }>();
  const log: ErrorSink = (error, text) => {
    let entry = seen.get(text);
    if (entry === undefined) seen.set(text, (entry = { lastMs: Number.NEGATIVE_INFINITY, unsaid: 0 }));
    entry.unsaid++;
    const nowMs = clock.monotonicMs();
    if (nowMs - entry.lastMs < INTERVAL_MS) return;
    logger.warn(`a statement failed: ${messageOf(error)}`, { statement: text, failures: entry.unsaid });
    entry.lastMs = nowMs;
    entry.unsaid = 0;
  };
  const refuse: ErrorSink = (error, text) => {
    throw new ConsumeError(`the statement ${JSON.stringify(text)} failed: ${messageOf(error)}`, { retryable: false });
  };
  const modes: Readonly<Record<ErrorMode, ErrorSink>> = { ignore: log, silent: () => {}, propagate: refuse };
  return {
    sink: (mode) => (error, text) => {
      count();
      modes[mode](error, text);
    },
    end() {
      for (const [statement, { unsaid }] of seen) {
        if (unsaid > 0) logger.warn(`a statement failed ${unsaid} more times`, { statement, failures: unsaid });
      }
      seen.clear();
    },
  };
}
