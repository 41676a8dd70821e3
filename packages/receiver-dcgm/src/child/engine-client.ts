import type { ChildProcess } from "node:child_process";
import type { Duplex } from "node:stream";
import { systemClock, type Clock } from "@tracecore/core";
import { EngineError } from "../engine/engine-error.ts";
import { frame, frameReader } from "./frames.ts";
import { errorFrom, NOTICE_ID, type Answer, type Request } from "./protocol.ts";
import { spawnEngine } from "./spawn-engine.ts";

/** Bytes of its last words that are kept. */
const LAST_WORDS = 2_000;
/**
 * Milliseconds without an answer after which the process is asked whether it runs at all, and that it then has to say so. Real
 * time, whatever clock the receiver has: it is the system that runs the process or does not.
 */
const PING_MS = 2_000;
/** Milliseconds that a process has to end by itself. */
const END_MS = 1_500;

interface Pending {
  readonly resolve: (content: unknown) => void;
  readonly reject: (error: EngineError) => void;
  readonly answered: AbortController;
}

/** The process with the library, seen from the collector. */
export class EngineProcess {
  /** Resolves when nothing can be asked any more: with the reason, with undefined where that was wanted. */
  readonly closed: Promise<EngineError | undefined>;
  readonly #clock: Clock;
  readonly #child: ChildProcess;
  readonly #pipe: Duplex;
  readonly #pending = new Map<number, Pending>();
  readonly #close: (error: EngineError | undefined) => void;
  readonly #ended: Promise<void>;
  readonly #lost = new AbortController();
  #nextId = NOTICE_ID + 1;
  #loss: EngineError | undefined;
  #closing = false;
  /** It answered once, so that its start is over. */
  #answers = false;
  #pinging = false;
  #lastWords = "";

  constructor(clock: Clock) {
    const { promise, resolve } = Promise.withResolvers<EngineError | undefined>();
    const ended = Promise.withResolvers<void>();
    this.closed = promise;
    this.#close = resolve;
    this.#ended = ended.promise;
    this.#clock = clock;
    this.#child = spawnEngine();
    this.#pipe = this.#child.stdio[3] as Duplex;
    this.#child.on("error", (error) => {
      this.#lose(childEnded(`the engine process does not start: ${error.message}`));
      ended.resolve();
    });
    this.#child.on("exit", (code, signal) => {
      const how = signal === null ? `with status ${code}` : `by ${signal}`;
      const words = this.#lastWords.trim().split("\n").at(-1) ?? "";
      this.#lose(childEnded(`the engine process ended ${how}${words === "" ? "" : `: ${words}`}`));
      ended.resolve();
    });
    this.#child.stderr?.on("data", (chunk: Buffer) => {
      this.#lastWords = (this.#lastWords + chunk.toString("utf8")).slice(-LAST_WORDS);
    });
    this.#pipe?.on(
      "data",
      frameReader(({ id, content }) => this.#take(id, content as Answer | Uint8Array)),
    );
    // The exit tells the reason; writing to a process that is gone says nothing more.
    this.#pipe?.on("error", () => {});
  }

  /** Asks and waits `patienceMs` at most; a process that does not answer until then is killed and given up. */
  async ask(request: Request, patienceMs: number): Promise<unknown> {
    if (this.#loss !== undefined) throw this.#loss;
    const id = this.#nextId++;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const answered = new AbortController();
    this.#pending.set(id, { resolve, reject, answered });
    this.#send(id, request);
    void this.#loseAfter(patienceMs, request.do, answered.signal);
    if (this.#answers && !this.#pinging) void this.#ping();
    return promise;
  }

  #send(id: number, request: Request): void {
    this.#pipe.cork();
    for (const part of frame(id, request)) this.#pipe.write(part);
    this.#pipe.uncork();
  }

  /**
   * While requests wait, asks each two seconds whether the process runs. A request may take as long as its many calls; one that
   * is stopped or starved would leave everybody waiting for as long.
   */
  async #ping(): Promise<void> {
    this.#pinging = true;
    for (;;) {
      await systemClock.sleep(PING_MS, this.#lost.signal);
      if (this.#loss !== undefined || this.#pending.size === 0) break;
      const id = this.#nextId++;
      const answered = new AbortController();
      const noted = (): void => answered.abort();
      this.#pending.set(id, { resolve: noted, reject: noted, answered });
      this.#send(id, { do: "ping" });
      await systemClock.sleep(PING_MS, answered.signal);
      if (answered.signal.aborted) continue;
      this.#lose(
        new EngineError("dcgm-timeout", `the engine process did nothing for ${PING_MS / 1000} s`, {
          remedy: "Another one is started; look for what stopped it, or for a machine without memory or CPU time",
        }),
      );
      break;
    }
    this.#pinging = false;
  }

  /** From now on an end is wanted. */
  closing(): void {
    this.#closing = true;
  }

  /** Waits a little for the process to end by itself, then makes it. */
  async end(): Promise<void> {
    this.#pipe.end();
    const enough = new AbortController();
    await Promise.race([this.#ended, this.#clock.sleep(END_MS, enough.signal)]);
    enough.abort();
    this.kill();
    this.#lose(childEnded("the engine process was released"));
  }

  /** Ends it at once and forgets it: one that hangs in the driver stays until the driver lets it go, without us. */
  kill(): void {
    this.#child.kill("SIGKILL");
    this.#child.unref();
    this.#child.stderr?.destroy();
    this.#pipe?.destroy();
  }

  async #loseAfter(patienceMs: number, what: string, answered: AbortSignal): Promise<void> {
    await this.#clock.sleep(patienceMs, answered);
    if (answered.aborted) return;
    const text = `the engine process did not answer "${what}" within ${patienceMs / 1000} s`;
    this.#lose(new EngineError("dcgm-timeout", text));
  }

  #take(id: number, content: Answer | Uint8Array): void {
    if (id === NOTICE_ID) {
      if ("error" in content) this.#lose(errorFrom(content.error));
      return;
    }
    const waiting = this.#pending.get(id);
    if (waiting === undefined) return;
    this.#answers = true;
    this.#pending.delete(id);
    waiting.answered.abort();
    if (content instanceof Uint8Array) waiting.resolve(content);
    else if ("error" in content) waiting.reject(errorFrom(content.error));
    else waiting.resolve(content.ok);
  }

  #lose(error: EngineError): void {
    if (this.#loss !== undefined) return;
    this.#loss = error;
    for (const { reject, answered } of this.#pending.values()) {
      answered.abort();
      reject(error);
    }
    this.#pending.clear();
    this.#lost.abort();
    this.#close(this.#closing ? undefined : error);
    // What lost its engine serves nobody: a new session starts a new process.
    this.kill();
  }
}

function childEnded(message: string): EngineError {
  return new EngineError("dcgm-child-ended", message, {
    remedy: "It is started anew; if this repeats, look at dmesg and at the versions of driver and DCGM",
  });
}
