import type { Logger } from "@tracecore/core";
import type { EngineSession } from "../engine/engine.ts";
import type { Failures } from "./failures.ts";
import { endsSession } from "./watched-plans.ts";

/**
 * Engines whose profiling this process has paused. The pause outlives the session and the receiver: one that a reload puts in
 * its place must take the counters back.
 */
const pausedEngines = new Set<string>();

export interface ProfilingPauseOptions {
  /** Of the engine. */
  readonly name: string;
  readonly paused: boolean;
  readonly failures: Failures;
  readonly logger: Logger;
}

/** Gives the performance counters of one engine up and takes them back. */
export class ProfilingPause {
  /** What is wanted; the engine hears of it with the next read. */
  paused: boolean;
  /** What the engine was told. */
  #told = false;
  readonly #options: ProfilingPauseOptions;

  constructor(options: ProfilingPauseOptions) {
    this.#options = options;
    this.paused = options.paused;
  }

  forgetSession(): void {
    this.#told = pausedEngines.has(this.#options.name);
  }

  /** Tells the engine what is wanted, if it was told something else. Throws what ends the session. */
  async tell(session: EngineSession): Promise<void> {
    const { failures, logger, name } = this.#options;
    const { paused } = this;
    if (this.#told === paused) return;
    const path = `profiling ${name}`;
    try {
      if (paused) await session.pauseProfiling();
      else await session.resumeProfiling();
      this.#told = paused;
      if (paused) pausedEngines.add(name);
      else pausedEngines.delete(name);
      logger.info(paused ? "gave the profiling counters up" : "took the profiling counters back", { endpoint: name });
      failures.ok(path);
    } catch (error) {
      if (endsSession(error)) throw error;
      this.#told = paused;
      failures.fail(path, "profiling", error);
    }
  }
}
