import type { Clock } from "@tracecore/core";
import { EngineError } from "../engine/engine-error.ts";
import { statusName } from "../engine/status-codes.ts";
import type { CallArgument, CallName, OptionalCallName } from "./calls.ts";
import type { NativeLibrary } from "./library.ts";

/** How long the end of the library is waited for; it waits itself for requests on their way. Milliseconds. */
const SHUTDOWN_MS = 5_000;

/**
 * One library in one process, however many sessions use it: `dcgmShutdown` counts nobody and takes the library from everybody,
 * so it is called once, after the last session.
 */
export class LibraryUse {
  readonly library: NativeLibrary;
  #users = 0;
  #initialised: Promise<void> | undefined;
  #ending: Promise<void> | undefined;
  #inFlight = 0;

  constructor(library: NativeLibrary) {
    this.library = library;
    // For as long as the process lives: a call may be stuck after the last session is gone.
    process.on("exit", this.#leave);
  }

  async acquire(): Promise<void> {
    await this.#ending;
    this.#users++;
    try {
      await (this.#initialised ??= this.#init());
    } catch (error) {
      this.#users--;
      this.#initialised = undefined;
      throw error;
    }
  }

  /** The last one ends the library, unless a call is still in it, for which it would wait. */
  async release(clock: Clock): Promise<void> {
    this.#users--;
    if (this.#users > 0 || this.#inFlight > 0 || this.#initialised === undefined) return;
    this.#initialised = undefined;
    const enough = new AbortController();
    const shutdown = this.call("dcgmShutdown", []).then(() => undefined);
    this.#ending = Promise.race([shutdown, clock.sleep(SHUTDOWN_MS, enough.signal)]);
    await this.#ending;
    enough.abort();
    this.#ending = undefined;
  }

  async call(name: CallName | OptionalCallName, args: readonly CallArgument[]): Promise<number> {
    this.#inFlight++;
    try {
      return await this.library.call(name, args);
    } finally {
      this.#inFlight--;
    }
  }

  /** A normal end joins the worker threads and would wait for a call that hangs, 60 s and more. */
  readonly #leave = (code: number): void => {
    if (this.#inFlight > 0) this.library.exitNow(code);
  };

  async #init(): Promise<void> {
    const status = await this.call("dcgmInit", []);
    if (status !== 0) {
      throw new EngineError("dcgm-library-unusable", `dcgmInit failed: ${statusName(status)}`, {
        call: "dcgmInit",
        status,
        statusName: statusName(status),
      });
    }
  }
}
