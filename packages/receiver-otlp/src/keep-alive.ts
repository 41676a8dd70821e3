import type { ServerHttp2Session, ServerHttp2Stream } from "node:http2";
import { TimeLimit, type Clock } from "@tracecore/core";
import type { GrpcConfig } from "./config.ts";

/**
 * Ends connections that are idle, old, or whose client does not answer. One timer for each kind serves all of them: ten thousand
 * connections that each have their own take 25 MiB more.
 */
export class KeepAlive implements Disposable {
  /** Until the next ping. */
  readonly #quiet: TimeLimit<ServerHttp2Session>;
  readonly #unanswered: TimeLimit<ServerHttp2Session>;
  readonly #idle: TimeLimit<ServerHttp2Session>;
  readonly #age: TimeLimit<ServerHttp2Session>;
  readonly #grace: TimeLimit<ServerHttp2Session>;

  constructor(parameters: GrpcConfig["keepalive"]["server_parameters"], clock: Clock) {
    const { time, timeout, max_connection_idle = 0, max_connection_age = 0, max_connection_age_grace = 0 } = parameters;
    this.#quiet = new TimeLimit(clock, time, (session) => this.#ask(session));
    this.#unanswered = new TimeLimit(clock, timeout, (session) => session.destroy());
    this.#idle = new TimeLimit(clock, max_connection_idle, (session) => session.close());
    this.#grace = new TimeLimit(clock, max_connection_age_grace, (session) => session.destroy());
    this.#age = new TimeLimit(clock, max_connection_age, (session) => {
      session.close();
      this.#grace.begin(session);
    });
  }

  opened(session: ServerHttp2Session): void {
    this.#quiet.begin(session);
    this.#age.begin(session);
    const idle = this.#idle;
    if (idle.limitMs === 0) return;
    idle.begin(session);
    let open = 0;
    session.on("stream", (stream: ServerHttp2Stream) => {
      if (open++ === 0) idle.end(session);
      stream.once("close", () => {
        if (--open === 0 && !session.destroyed) idle.begin(session);
      });
    });
  }

  closed(session: ServerHttp2Session): void {
    for (const limit of this.#limits()) limit.end(session);
  }

  #ask(session: ServerHttp2Session): void {
    // It has ended, and says so once its socket is closed: not before the other side has closed it too, which may never be.
    if (session.destroyed) return;
    this.#unanswered.begin(session);
    const sent = session.ping((error) => {
      if (error !== null || session.destroyed) return;
      this.#unanswered.end(session);
      this.#quiet.begin(session);
    });
    if (!sent) this.#unanswered.end(session);
  }

  #limits(): Iterable<TimeLimit<ServerHttp2Session>> {
    return [this.#quiet, this.#unanswered, this.#idle, this.#age, this.#grace];
  }

  [Symbol.dispose](): void {
    for (const limit of this.#limits()) limit[Symbol.dispose]();
  }
}
