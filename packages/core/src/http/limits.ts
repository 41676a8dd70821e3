/** What a client may take of a listener; times are milliseconds. Zero turns a time limit off. */
export interface HttpLimits {
  /** From the first byte of a request to the end of its headers. Bounds clients that send slowly. */
  readonly headerTimeoutMs: number;
  /** From the first byte of a request to the end of its body. */
  readonly requestTimeoutMs: number;
  /**
   * From the beginning of the response until it has left. Bounds clients that read slowly. It has to begin within this time and
   * {@link requestTimeoutMs} from the end of the headers.
   */
  readonly writeTimeoutMs: number;
  /** How long an idle connection is kept for the next request. */
  readonly keepAliveTimeoutMs: number;
  /** Bytes of request line and headers together; more is answered with 431. */
  readonly maxHeaderBytes: number;
  /** Connections at a time; one more is closed at once. */
  readonly maxConnections: number;
  /** Requests of one connection that may wait for the answer to the one before; with one more the connection is closed. */
  readonly maxWaitingRequests: number;
  /** How often the times above are checked, and so how late a limit can strike. */
  readonly checkIntervalMs: number;
}

export const defaultHttpLimits: HttpLimits = {
  headerTimeoutMs: 5_000,
  requestTimeoutMs: 10_000,
  writeTimeoutMs: 30_000,
  keepAliveTimeoutMs: 60_000,
  maxHeaderBytes: 8_192,
  maxConnections: 1_000,
  maxWaitingRequests: 20,
  checkIntervalMs: 500,
};
