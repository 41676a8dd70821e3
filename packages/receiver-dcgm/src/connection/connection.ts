import type { Clock } from "@tracecore/core";
import type { EngineSession, EngineSource } from "../engine/engine.ts";
import { EngineError } from "../engine/engine-error.ts";

/** How long to wait between attempts. Attempts go on forever. */
export interface Backoff {
  readonly initialMs: number;
  readonly maxMs: number;
}

/** What the user of a connection is told. */
export interface ConnectionEvents {
  /**
   * A session is there: make groups and watches. What it throws gives the session up; the next attempt makes a new one.
   */
  opened(session: EngineSession): Promise<void>;
  /** The session is over or an attempt failed; `attempt` counts from 1 since the last session. No value is current any more. */
  lost(error: EngineError, attempt: number): void;
}

/** Keeps a session with one engine: connects, notices a loss, connects anew, gives up on command and comes back. */
export class Connection implements AsyncDisposable {
  readonly source: EngineSource;
  readonly #clock: Clock;
  readonly #backoff: Backoff;
  readonly #events: ConnectionEvents;
  readonly #stop = new AbortController();
  #session: EngineSession | undefined;
  #wanted: PromiseWithResolvers<void> | undefined;
  #pause = new AbortController();
  #loop: Promise<void> | undefined;

  constructor(source: EngineSource, clock: Clock, backoff: Backoff, events: ConnectionEvents) {
    this.source = source;
    this.#clock = clock;
    this.#backoff = backoff;
    this.#events = events;
  }

  /** The session, once `opened` has prepared it; undefined while there is none. */
  get session(): EngineSession | undefined {
    return this.#session;
  }

  get released(): boolean {
    return this.#wanted !== undefined;
  }

  /** Begins to connect. */
  start(): void {
    this.#loop ??= this.#run();
  }

  /** Gives every handle up and keeps away until `resume`. Resolves when nothing is held. */
  async release(): Promise<void> {
    this.#wanted ??= Promise.withResolvers<void>();
    const session = this.#session;
    this.#session = undefined;
    this.#pause.abort();
    await session?.release();
  }

  /** Connects again after `release`. */
  resume(): void {
    this.#wanted?.resolve();
    this.#wanted = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    this.#pause.abort();
    this.resume();
    const session = this.#session;
    this.#session = undefined;
    await session?.release();
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    let attempt = 0;
    while (!signal.aborted) {
      await this.#wanted?.promise;
      if (signal.aborted) return;
      this.#pause = new AbortController();
      const lasted = await this.#hold(attempt);
      // A session that worked and was lost is tried at once: a restarted engine is often there already.
      attempt = lasted ? 0 : attempt + 1;
      if (lasted && attempt === 0) continue;
      const wait = Math.min(this.#backoff.maxMs, this.#backoff.initialMs * 2 ** (attempt - 1));
      if (!this.#pause.signal.aborted) await this.#clock.sleep(wait, AbortSignal.any([signal, this.#pause.signal]));
    }
  }

  /** One session from its beginning to its end; whether there was one. */
  async #hold(attempt: number): Promise<boolean> {
    let session: EngineSession | undefined;
    try {
      session = await this.source.open(AbortSignal.any([this.#stop.signal, this.#pause.signal]));
      await this.#events.opened(session);
      if (this.#pause.signal.aborted) {
        await session.release();
        return false;
      }
      this.#session = session;
      const error = await session.closed;
      this.#session = undefined;
      if (error === undefined) return true;
      // Tells the engine and the library that we are gone, where they can still be told.
      await session.release();
      this.#events.lost(error, 1);
      return true;
    } catch (error) {
      this.#session = undefined;
      await session?.release().catch(() => {});
      if (!this.#pause.signal.aborted) this.#events.lost(asEngineError(error), attempt + 1);
      return false;
    }
  }
}

function asEngineError(error: unknown): EngineError {
  if (error instanceof EngineError) return error;
  return new EngineError("dcgm-connect-failed", "connecting to the engine failed", { cause: error });
}
