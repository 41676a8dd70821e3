/** gRPC status codes that this receiver answers with. */
export const codes = {
  invalid: 3,
  deadline: 4,
  exhausted: 8,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  unauthenticated: 16,
} as const;

/** How long a sender should wait at least, in milliseconds: HTTP knows whole seconds alone. */
const SHORTEST_RETRY_MS = 1000;
/** How long the pipeline is left alone that does not say how long, in milliseconds. */
const PAUSE_MS = 100;

/**
 * Characters of a message, which may be what a backend has said. Over gRPC it stands in the headers twice, of which clients take 8 KiB
 * at least: where there is more the call ends without its status.
 */
const MOST_SAID = 500;

/** The classes of refusals, for the error counter. */
export type RefusalKind = "parse" | "too_large" | "auth" | "overload" | "downstream" | "panic";

/** Why a request is not taken, for both protocols. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  /** gRPC status. */
  readonly code: number;
  /** HTTP status. */
  readonly status: number;
  /** Set when sending the same again may help; in milliseconds. */
  readonly retryAfterMs: number | undefined;
  /** Set when the pipeline refused: for how long it will go on doing so, in milliseconds. */
  readonly pauseMs: number | undefined;
  readonly kind: RefusalKind;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    message: string,
    options: {
      readonly code: number;
      readonly status: number;
      readonly kind: RefusalKind;
      readonly retryAfterMs?: number;
      readonly pauseMs?: number;
      readonly headers?: Readonly<Record<string, string>>;
    },
  ) {
    super(message.slice(0, MOST_SAID));
    this.code = options.code;
    this.status = options.status;
    this.kind = options.kind;
    this.retryAfterMs = options.retryAfterMs;
    this.pauseMs = options.pauseMs;
    this.headers = options.headers ?? {};
  }
}

export function malformed(message: string): Refusal {
  return new Refusal(message, { code: codes.invalid, status: 400, kind: "parse" });
}

export function tooLarge(limit: number): Refusal {
  return new Refusal(`the request has more than ${limit} bytes`, {
    code: codes.exhausted,
    status: 413,
    kind: "too_large",
  });
}

/** What is made of an item takes some 450 bytes, also where a sender writes two. */
export function tooMany(limit: number): Refusal {
  return new Refusal(`the request has more items than max_request_items, which is ${limit}`, {
    code: codes.exhausted,
    status: 413,
    kind: "too_large",
  });
}

/** What is made of an item is made at once, and everything else waits for it. `what` is more than `option`, which is `limit`. */
export function tooLargeItem(what: string, option: string, limit: number | string): Refusal {
  return new Refusal(`${what} than ${option}, which is ${limit}`, {
    code: codes.exhausted,
    status: 413,
    kind: "too_large",
  });
}

/** The request did not come in within its time. */
export function tooSlow(limitMs: number): Refusal {
  return new Refusal(`the request did not come in within ${limitMs} ms`, {
    code: codes.deadline,
    status: 408,
    kind: "parse",
  });
}

/** The pipeline did not take the request within the time for which the caller waits. */
export function tooLate(): Refusal {
  return new Refusal("the deadline of the call has passed", { code: codes.deadline, status: 408, kind: "downstream" });
}

/** There is too much under way; the sender is asked to come back. */
export function overloaded(pauseMs?: number): Refusal {
  return new Refusal("too many requests are under way", {
    code: codes.exhausted,
    status: 429,
    kind: "overload",
    retryAfterMs: SHORTEST_RETRY_MS,
    ...(pauseMs !== undefined && { pauseMs }),
  });
}

/** The pipeline did not take the data. `pauseMs`: after which it wants to be asked again, where it said that. */
export function downstream(message: string, retryable: boolean, pauseMs: number = PAUSE_MS): Refusal {
  if (!retryable) return new Refusal(message, { code: codes.invalid, status: 400, kind: "downstream" });
  const retryAfterMs = Math.max(SHORTEST_RETRY_MS, pauseMs);
  return new Refusal(message, { code: codes.unavailable, status: 503, kind: "downstream", retryAfterMs, pauseMs });
}

export function unauthenticated(message: string, challenge: string): Refusal {
  return new Refusal(message, {
    code: codes.unauthenticated,
    status: 401,
    kind: "auth",
    headers: { "www-authenticate": challenge },
  });
}
