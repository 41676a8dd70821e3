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

interface CurrentCall extends OverdueCall {
  readonly late: (error: EngineError) => void;
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
  #current: CurrentCall | undefined;
  #watching = false;
  readonly #enough = new AbortController();

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
    this.#enough.abort();
  }

  failure(name: Name, status: number): EngineError {
    return new EngineError("dcgm-call-failed", `${name} failed: ${statusName(status)} (${status})`, {
      call: name,
      status,
      statusName: statusName(status),
    });
  }

  /** Waits for a call, until its deadline. */
  #watched(name: Name, back: Promise<number>): Promise<number> {
    const late = Promise.withResolvers<never>();
    const current = { name, sinceMs: this.#clock.monotonicMs(), back, late: late.reject };
    this.#current = current;
    if (!this.#watching) void this.#watch();
    const ended = (): void => {
      if (this.#current === current) this.#current = undefined;
    };
    back.then(ended, ended);
    return Promise.race([back, late.promise]);
  }

  /** One sleeper for all calls that follow each other: a timer per call would cost more than the call. */
  async #watch(): Promise<void> {
    this.#watching = true;
    let sleepMs = this.#deadlineMs;
    while (this.#current !== undefined && !this.#enough.signal.aborted) {
      await this.#clock.sleep(sleepMs, this.#enough.signal);
      if (this.#current === undefined) break;
      sleepMs = this.#current.sinceMs + this.#deadlineMs - this.#clock.monotonicMs();
      if (sleepMs <= 0) {
        this.#giveUp(this.#current);
        break;
      }
    }
    this.#watching = false;
  }

  #giveUp({ late, ...overdue }: CurrentCall): void {
    this.#current = undefined;
    this.#overdue = overdue;
    const back = (): void => {
      this.#overdue = undefined;
    };
    overdue.back.then(back, back);
    const text = `${overdue.name} did not come back within ${this.#deadlineMs / 1000} s`;
    const remedy = "The engine or the driver hangs; it is tried again once the call is back";
    late(this.lose(new EngineError("dcgm-timeout", text, { call: overdue.name, remedy })));
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
