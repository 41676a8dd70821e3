import type { Clock } from "../clock/clock.ts";
import { messageOf } from "../errors.ts";
import type { Logger } from "../settings.ts";

/** Time between two lines, ms: whoever reaches the port can make a handshake fail. */
const INTERVAL_MS = 60_000;
/** `…:error:0A0000C7:SSL routines:a_function:the reason:file.c:78:` */
const OPENSSL = /:error:[0-9A-F]{8}:[^:]*:[^:]*:([^:]+):/;

/** Says why clients get no TLS connection, at most once a minute: they themselves are told little, or nothing. */
export class FailedHandshakes {
  readonly #clock: Clock;
  readonly #logger: Logger;
  #saidMs = Number.NEGATIVE_INFINITY;
  #failed = 0;

  constructor(clock: Clock, logger: Logger) {
    this.#clock = clock;
    this.#logger = logger;
  }

  /** `authorizationError`: what is wrong with the client's certificate. */
  readonly add = (error: unknown, { authorizationError }: { readonly authorizationError?: unknown }): void => {
    const [, said] = OPENSSL.exec(messageOf(error)) ?? [];
    // A client that has left without a word has no reason.
    const reason =
      typeof authorizationError === "string" ? `the client's certificate is not good: ${authorizationError}` : said;
    if (reason === undefined) return;
    this.#failed++;
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#saidMs < INTERVAL_MS) return;
    this.#saidMs = nowMs;
    this.#logger.warn(`refuses a TLS connection: ${reason}`, { refused: this.#failed });
  };
}
