import type { RootLogger } from "@tracecore/core/service";
import { exitCodes } from "./exit-codes.ts";

/** How the process is told to stop. */
export interface StopSignals extends Disposable {
  /** Aborts at the first SIGINT or SIGTERM, or when `stop` is called. */
  readonly signal: AbortSignal;
  /** Whether a second signal came. */
  readonly again: boolean;
  stop(): void;
}

/** How long a second signal leaves for the last words, in milliseconds. */
const LAST_WORDS_MS = 200;

/** Listens for SIGINT and SIGTERM from now on, so that none is lost while components start. The second one ends the process. */
export function stopSignals(logger: RootLogger): StopSignals {
  const stopping = new AbortController();
  let again = false;
  const onSignal = (name: NodeJS.Signals): void => {
    if (!stopping.signal.aborted) {
      logger.info(`${name}: stopping; a second one stops at once`);
      stopping.abort(new Error(`${name} came`));
      return;
    }
    again = true;
    logger.error(`${name} again: leaving without finishing`);
    setTimeout(() => process.exit(exitCodes.interrupted), LAST_WORDS_MS).unref();
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  return {
    signal: stopping.signal,
    get again() {
      return again;
    },
    stop: () => stopping.abort(new Error("the time to run is over")),
    [Symbol.dispose]() {
      process.off("SIGINT", onSignal);
      process.off("SIGTERM", onSignal);
    },
  };
}

/** How the process is told to reload. */
export interface HangupSignals extends Disposable {
  /** Calls `heard` for each SIGHUP from now on, and at once when one came before anybody listened. */
  listen(heard: () => void): void;
}

/** Listens for SIGHUP from now on: without a listener it would end a process that still starts. */
export function hangupSignals(): HangupSignals {
  let missed = false;
  let tell = (): void => {
    missed = true;
  };
  const onHangup = (): void => tell();
  process.on("SIGHUP", onHangup);
  return {
    listen(heard) {
      tell = heard;
      if (missed) heard();
      missed = false;
    },
    [Symbol.dispose]() {
      process.off("SIGHUP", onHangup);
    },
  };
}
