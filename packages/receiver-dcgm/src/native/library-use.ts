import type { Clock } from "@tracecore/core";
import { EngineError } from "../engine/engine-error.ts";
import { statusName } from "../engine/status-codes.ts";
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
  /** Calls that did not come back in time and are still in the library. */
  #stuck = 0;
  #exits: ((code: number) => void) | undefined;

  constructor(library: NativeLibrary) {
    this.library = library;
  }

  /** Whether a call sits in the library that nobody waits for any more. */
  get stuck(): boolean {
    return this.#stuck > 0;
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

  /** The last one ends the library, unless a call is stuck in it: that one would wait for the call. */
  async release(clock: Clock): Promise<void> {
    this.#users--;
    if (this.#users > 0 || this.stuck || this.#initialised === undefined) return;
    this.#initialised = undefined;
    const shutdown = this.library.call("dcgmShutdown", []);
    this.abandonable(shutdown);
    const enough = new AbortController();
    this.#ending = Promise.race([shutdown.then(() => undefined), clock.sleep(SHUTDOWN_MS, enough.signal)]);
    await this.#ending;
    enough.abort();
    this.#ending = undefined;
  }

  /** Watches a call that nobody may wait for; until it is back the process ends without the library's leave. */
  abandonable(call: Promise<unknown>): void {
    if (this.#stuck++ === 0) {
      // A normal end joins the worker threads and would wait for the stuck one, 60 s and more.
      this.#exits = (code) => this.library.exitNow(code);
      process.once("exit", this.#exits);
    }
    const back = (): void => {
      if (--this.#stuck === 0 && this.#exits !== undefined) process.removeListener("exit", this.#exits);
    };
    call.then(back, back);
  }

  async #init(): Promise<void> {
    const status = await this.library.call("dcgmInit", []);
    if (status !== 0) {
      throw new EngineError("dcgm-library-unusable", `dcgmInit failed: ${statusName(status)}`, {
        call: "dcgmInit",
        status,
        statusName: statusName(status),
      });
    }
  }
}
