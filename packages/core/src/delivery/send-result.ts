/** The classes of failures, for counters: few, whatever backends say. */
export type SendFailure = "connect" | "timeout" | "unavailable" | "rejected" | "too_large" | "unauthenticated";

/** How one attempt to send ended. */
export type SendResult =
  | {
      readonly outcome: "delivered";
      /** Items that the backend did not take, for good (OTLP partial success). */
      readonly rejectedItems?: number;
      /** What the backend says of them. */
      readonly message?: string;
    }
  | {
      /** Sending the same again may help. */
      readonly outcome: "retry";
      readonly kind: SendFailure;
      readonly reason: string;
      /** How long the backend wants not to be asked, in milliseconds. */
      readonly afterMs?: number;
    }
  | {
      /** Sending the same again cannot help; `too_large` may help in halves. */
      readonly outcome: "rejected" | "too_large";
      readonly kind: SendFailure;
      readonly reason: string;
    };

/** What a response status means for the request. */
export type ResponseClass = Exclude<SendResult["outcome"], "delivered"> | "delivered";

/**
 * OTLP/HTTP (specification, "Failures"): 429, 502, 503 and 504 may be sent again, and 408, which proxies send. Other 5xx may not:
 * the backend has seen the request and failed on it.
 */
export function httpResponseClass(status: number): ResponseClass {
  if (status >= 200 && status < 300) return "delivered";
  if (status === 413) return "too_large";
  return retryableHttp.has(status) ? "retry" : "rejected";
}

const retryableHttp: ReadonlySet<number> = new Set([408, 429, 502, 503, 504]);

/** gRPC status codes by number (grpc/doc/statuscodes.md). */
export const grpcCodes = [
  "OK",
  "CANCELLED",
  "UNKNOWN",
  "INVALID_ARGUMENT",
  "DEADLINE_EXCEEDED",
  "NOT_FOUND",
  "ALREADY_EXISTS",
  "PERMISSION_DENIED",
  "RESOURCE_EXHAUSTED",
  "FAILED_PRECONDITION",
  "ABORTED",
  "OUT_OF_RANGE",
  "UNIMPLEMENTED",
  "INTERNAL",
  "UNAVAILABLE",
  "DATA_LOSS",
  "UNAUTHENTICATED",
] as const;

/**
 * OTLP/gRPC (specification, "Failures"). RESOURCE_EXHAUSTED may be sent again only where the backend says when (RetryInfo):
 * otherwise it may mean that the message is too large.
 */
export function grpcResponseClass(code: number, hasRetryInfo: boolean): ResponseClass {
  const name = grpcCodes[code] ?? "UNKNOWN";
  if (name === "OK") return "delivered";
  if (name === "RESOURCE_EXHAUSTED") return hasRetryInfo ? "retry" : "too_large";
  return retryableGrpc.has(name) ? "retry" : "rejected";
}

const retryableGrpc: ReadonlySet<string> = new Set([
  "CANCELLED",
  "DEADLINE_EXCEEDED",
  "ABORTED",
  "OUT_OF_RANGE",
  "UNAVAILABLE",
  "DATA_LOSS",
]);
