import type { Clock } from "@tracecore/core";
import type { EngineSession, EngineSource } from "../engine/engine.ts";
import { EngineError } from "../engine/engine-error.ts";

/** How long to wait between attempts. Attempts go on forever. */
export interface Backoff {
  readonly initialMs: number;
  readonly maxMs: number;
}

/** How long the end waits for the engine to take its things back, milliseconds; one that hangs does not hold up a shutdown. */
const GOODBYE_MS = 2_000;

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
  #holding: Promise<boolean> | undefined;

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
    // An attempt that was under way gives back what it got.
    await this.#holding;
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
    const enough = new AbortController();
    const given = Promise.all([session?.release(), this.#loop]);
    await Promise.race([given, this.#clock.sleep(GOODBYE_MS, enough.signal)]);
    enough.abort();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    let attempt = 0;
    while (!signal.aborted) {
      await this.#wanted?.promise;
      if (signal.aborted) return;
      this.#pause = new AbortController();
      const sinceMs = this.#clock.monotonicMs();
      this.#holding = this.#hold(attempt);
      const held = await this.#holding;
      this.#holding = undefined;
      // A session that lasted and was lost is tried at once: a restarted engine is often there already.
      const lasted = held && this.#clock.monotonicMs() - sinceMs >= this.#backoff.initialMs;
      attempt = lasted ? 0 : attempt + 1;
      if (lasted) continue;
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
