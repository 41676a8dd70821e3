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

/** How long a sender should wait when nobody knows better, in milliseconds. */
const DEFAULT_RETRY_MS = 1000;

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
  readonly kind: RefusalKind;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    message: string,
    options: {
      readonly code: number;
      readonly status: number;
      readonly kind: RefusalKind;
      readonly retryAfterMs?: number;
      readonly headers?: Readonly<Record<string, string>>;
    },
  ) {
    super(message);
    this.code = options.code;
    this.status = options.status;
    this.kind = options.kind;
    this.retryAfterMs = options.retryAfterMs;
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

/** The request did not come in within its time. */
export function tooSlow(limitMs: number): Refusal {
  return new Refusal(`the request did not come in within ${limitMs} ms`, {
    code: codes.deadline,
    status: 408,
    kind: "parse",
  });
}

/** There is too much under way; the sender is asked to come back. */
export function overloaded(): Refusal {
  return new Refusal("too many requests are under way", {
    code: codes.exhausted,
    status: 429,
    kind: "overload",
    retryAfterMs: DEFAULT_RETRY_MS,
  });
}

/** The pipeline did not take the data. */
export function downstream(message: string, retryable: boolean, retryAfterMs: number = DEFAULT_RETRY_MS): Refusal {
  return retryable
    ? new Refusal(message, { code: codes.unavailable, status: 503, kind: "downstream", retryAfterMs })
    : new Refusal(message, { code: codes.invalid, status: 400, kind: "downstream" });
}

export function unauthenticated(message: string, challenge: string): Refusal {
  return new Refusal(message, {
    code: codes.unauthenticated,
    status: 401,
    kind: "auth",
    headers: { "www-authenticate": challenge },
  });
}
