import type { Clock } from "@tracecore/core";
import type { EngineSession, EngineSource } from "../engine/engine.ts";

const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 30_000;

/** Keeps a session with an engine open, and waits longer after each attempt that fails. */
export class SessionKeeper {
  readonly #source: EngineSource;
  readonly #clock: Clock;
  /** No wait is longer than this, so that an engine that is back is found within two intervals. */
  readonly #longestWaitMs: number;
  #session: EngineSession | undefined;
  #waitMs = FIRST_WAIT_MS;
  #notBeforeMs = Number.NEGATIVE_INFINITY;
  #lastError: unknown;
  /** Sessions opened after the first one. */
  reconnects = -1;

  constructor(source: EngineSource, clock: Clock, intervalMs: number) {
    this.#source = source;
    this.#clock = clock;
    this.#longestWaitMs = Math.min(LONGEST_WAIT_MS, Math.max(FIRST_WAIT_MS, intervalMs));
  }

  /** The session that is open, or a new one. Between attempts it throws the error of the last one. */
  async session(signal: AbortSignal): Promise<{ readonly session: EngineSession; readonly isNew: boolean }> {
    if (this.#session !== undefined) return { session: this.#session, isNew: false };
    if (this.#clock.monotonicMs() < this.#notBeforeMs) throw this.#lastError;
    try {
      this.#session = await this.#source.open(signal);
    } catch (error) {
      this.#lastError = error;
      this.#notBeforeMs = this.#clock.monotonicMs() + this.#waitMs;
      this.#waitMs = Math.min(this.#waitMs * 2, this.#longestWaitMs);
      throw error;
    }
    this.#waitMs = FIRST_WAIT_MS;
    this.reconnects++;
    return { session: this.#session, isNew: true };
  }

  get open(): EngineSession | undefined {
    return this.#session;
  }

  /** Gives the session up; the next one may be asked for at once. */
  async drop(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    this.#notBeforeMs = Number.NEGATIVE_INFINITY;
    // Of a session that is lost there is nothing left to give back.
    await session?.release().catch(() => {});
  }
}
