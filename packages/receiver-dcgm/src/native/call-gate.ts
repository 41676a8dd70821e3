import type { Clock } from "@tracecore/core";
import { EngineError } from "../engine/engine-error.ts";
import { statuses, statusName } from "../engine/status-codes.ts";
import type { CallArgument, CallName, OptionalCallName } from "./calls.ts";
import type { LibraryUse } from "./library-use.ts";

type Name = CallName | OptionalCallName;

/** A call that missed its deadline. */
export interface OverdueCall {
  readonly name: Name;
  /** When it was made, on the monotonic clock. */
  readonly sinceMs: number;
  readonly back: Promise<number>;
}

/**
 * The calls of one session: one at a time, so that a session never holds more than one worker thread, each with a deadline.
 * A call that misses it ends the session; it stays in the library until that gives it back.
 */
export class CallGate {
  /** Resolves with what ended the session. */
  readonly lost: Promise<EngineError>;
  readonly #use: LibraryUse;
  readonly #clock: Clock;
  readonly #deadlineMs: number;
  readonly #lose: (error: EngineError) => void;
  #loss: EngineError | undefined;
  #last: Promise<unknown> | undefined;
  #overdue: OverdueCall | undefined;

  constructor(use: LibraryUse, clock: Clock, deadlineMs: number) {
    const { promise, resolve } = Promise.withResolvers<EngineError>();
    this.lost = promise;
    this.#lose = resolve;
    this.#use = use;
    this.#clock = clock;
    this.#deadlineMs = deadlineMs;
  }

  get loss(): EngineError | undefined {
    return this.#loss;
  }

  /** The call that missed its deadline, until it is back. */
  get overdue(): OverdueCall | undefined {
    return this.#overdue;
  }

  /** Makes a call; throws an `EngineError` unless its status is 0. */
  async call(name: Name, ...args: readonly CallArgument[]): Promise<void> {
    const status = await this.try(name, ...args);
    if (status !== 0) throw this.failure(name, status);
  }

  /** Makes a call and gives its status. Throws where the session is or thereby becomes unusable. */
  async try(name: Name, ...args: readonly CallArgument[]): Promise<number> {
    while (this.#last !== undefined) await this.#last;
    if (this.#loss !== undefined) throw this.#loss;
    const running = this.#use.call(name, args);
    const watched = this.#watched(name, running);
    this.#last = watched.then(
      () => (this.#last = undefined),
      () => (this.#last = undefined),
    );
    const status = await watched;
    const ending = endOf(name, status);
    if (ending !== undefined) throw this.lose(ending);
    return status;
  }

  /** Ends the session. */
  lose(error: EngineError): EngineError {
    if (this.#loss === undefined) {
      this.#loss = error;
      this.#lose(error);
    }
    return this.#loss;
  }

  /** The last call of a session, made even where that is lost; its status says nothing and it is not waited for too long. */
  async end(call: () => Promise<number>): Promise<void> {
    while (this.#last !== undefined) await this.#last;
    if (this.#overdue !== undefined) return;
    const running = call();
    this.#loss ??= new EngineError("dcgm-connection-lost", "the session was released");
    await this.#watched("dcgmDisconnect", running).catch(() => {});
  }

  failure(name: Name, status: number): EngineError {
    return new EngineError("dcgm-call-failed", `${name} failed: ${statusName(status)} (${status})`, {
      call: name,
      status,
      statusName: statusName(status),
    });
  }

  async #watched(name: Name, running: Promise<number>): Promise<number> {
    const inTime = new AbortController();
    const sinceMs = this.#clock.monotonicMs();
    const late = this.#clock.sleep(this.#deadlineMs, inTime.signal).then(() => undefined);
    const status = await Promise.race([running.finally(() => inTime.abort()), late]);
    // Aborting wakes the sleeper in the same turn: what the call brought counts.
    if (status !== undefined) return status;
    if (inTime.signal.aborted) return running;
    this.#overdue = { name, sinceMs, back: running };
    const back = (): void => {
      this.#overdue = undefined;
    };
    running.then(back, back);
    throw this.lose(
      new EngineError("dcgm-timeout", `${name} did not come back within ${this.#deadlineMs / 1000} s`, {
        call: name,
        remedy: "The engine or the driver hangs; it is tried again once the call is back",
      }),
    );
  }
}

/** Statuses after which nothing of the session works. */
function endOf(name: Name, status: number): EngineError | undefined {
  const details = { call: name, status, statusName: statusName(status) };
  switch (status) {
    case statuses.connectionNotValid:
    case statuses.uninitialized: {
      return new EngineError("dcgm-connection-lost", `the engine is gone: ${name} gave ${statusName(status)}`, details);
    }
    case statuses.timeout: {
      return new EngineError("dcgm-timeout", `the engine did not answer ${name} in time`, details);
    }
    default: {
      return undefined;
    }
  }
}
