import type { Clock } from "@tracecore/core";
import { Connection } from "../connection/connection.ts";
import type { EngineSession, EngineSource } from "../engine/engine.ts";

const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 30_000;

/** The session of the moment, for a loop that reads in ticks. */
export class SessionKeeper implements AsyncDisposable {
  readonly #connection: Connection;
  #session: EngineSession | undefined;
  /** The session that was asked for last. */
  #given: EngineSession | undefined;
  #lastError: unknown;
  /** Resolves with the outcome of the first attempt. */
  #tried: PromiseWithResolvers<void> | undefined = Promise.withResolvers<void>();
  /** Sessions opened after the first one. */
  reconnects = -1;

  /** No wait between attempts is longer than `intervalMs`, so that an engine that is back is found within two intervals. */
  constructor(source: EngineSource, clock: Clock, intervalMs: number) {
    const maxMs = Math.min(LONGEST_WAIT_MS, Math.max(FIRST_WAIT_MS, intervalMs));
    this.#connection = new Connection(
      source,
      clock,
      { initialMs: FIRST_WAIT_MS, maxMs },
      {
        opened: (session) => {
          this.#session = session;
          this.reconnects++;
          this.#settle();
          return Promise.resolve();
        },
        lost: (error) => {
          this.#session = undefined;
          this.#lastError = error;
          this.#settle();
        },
      },
    );
  }

  #settle(): void {
    this.#tried?.resolve();
    this.#tried = undefined;
  }

  /** The session that is open; without one it throws why the last one ended or could not be had. */
  async session(signal: AbortSignal): Promise<{ readonly session: EngineSession; readonly isNew: boolean }> {
    this.#connection.start();
    if (this.#tried !== undefined) {
      const aborted = Promise.withResolvers<void>();
      signal.addEventListener("abort", () => aborted.resolve(), { once: true });
      await Promise.race([this.#tried.promise, aborted.promise]);
    }
    const session = this.#session;
    if (session === undefined) throw this.#lastError ?? new Error("no attempt to connect has ended yet");
    const isNew = session !== this.#given;
    this.#given = session;
    return { session, isNew };
  }

  /** Uses a session that failed no more; the connection is making another one. */
  drop(session: EngineSession): void {
    if (this.#session === session) this.#session = undefined;
  }

  /** Gives every handle up and keeps away until `resume`. */
  async release(): Promise<void> {
    this.#session = undefined;
    await this.#connection.release();
  }

  resume(): void {
    this.#tried ??= Promise.withResolvers<void>();
    this.#connection.resume();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#connection[Symbol.asyncDispose]();
  }
}
