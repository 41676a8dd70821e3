import type { ClientHttp2Session, IncomingHttpHeaders, OutgoingHttpHeaders } from "node:http2";
import type { ConnectionOptions } from "node:tls";
import type { Clock } from "@tracecore/core";

/** How a call ended. */
export interface GrpcAnswer {
  /** gRPC status code. */
  readonly code: number;
  readonly message: string;
  /** `grpc-status-details-bin`. */
  readonly details: Buffer | undefined;
  /** The response message, without its frame. */
  readonly body: Buffer;
}

export interface GrpcClientOptions {
  readonly host: string;
  readonly port: number;
  /** Undefined for plain text. */
  readonly tls: ConnectionOptions | undefined;
  readonly spread: boolean;
  readonly keepalive: { readonly time: number; readonly timeout: number } | undefined;
  readonly clock: Clock;
}

/** See the receiver's window: large requests wait for window updates otherwise. */
const WINDOW = 1024 * 1024;
/** Bytes of an answer that are read. */
const MAX_ANSWER = 64 * 1024;

/** Makes unary calls on HTTP/2 connections, one to each address of the host. */
export class GrpcClient implements Disposable {
  readonly #options: GrpcClientOptions;
  readonly #sessions: ClientHttp2Session[] = [];
  readonly #closed = new AbortController();
  #turn = 0;
  #connecting: Promise<void> | undefined;

  constructor(options: GrpcClientOptions) {
    this.#options = options;
  }

  /** Throws when there is no connection, or it broke before the answer came. */
  async call(
    path: string,
    headers: OutgoingHttpHeaders,
    message: Uint8Array[],
    signal: AbortSignal,
  ): Promise<GrpcAnswer> {
    const session = await this.#session(signal);
    const stream = session.request(
      { ":method": "POST", ":path": path, te: "trailers", "content-type": "application/grpc", ...headers },
      { endStream: false },
    );
    const { promise, resolve, reject } = Promise.withResolvers<GrpcAnswer>();
    const abort = (): void => stream.close(process.getBuiltinModule("node:http2").constants.NGHTTP2_CANCEL);
    signal.addEventListener("abort", abort, { once: true });
    const said: IncomingHttpHeaders = {};
    const chunks: Buffer[] = [];
    let size = 0;
    stream.on("response", (own) => Object.assign(said, own));
    stream.on("trailers", (own) => Object.assign(said, own));
    stream.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size <= MAX_ANSWER) chunks.push(chunk);
    });
    stream.on("error", reject);
    stream.on("close", () => {
      signal.removeEventListener("abort", abort);
      const answer = answerOf(said, Buffer.concat(chunks));
      if (answer === undefined)
        reject(new Error(`the call ended without a status (HTTP ${String(said[":status"] ?? "–")})`));
      else resolve(answer);
    });
    for (const part of message) stream.write(part);
    stream.end();
    return promise;
  }

  [Symbol.dispose](): void {
    this.#closed.abort();
    for (const session of this.#sessions.splice(0)) session.close();
  }

  async #session(signal: AbortSignal): Promise<ClientHttp2Session> {
    const usable = (): ClientHttp2Session[] => this.#sessions.filter((one) => !one.closed && !one.destroyed);
    let open = usable();
    if (open.length === 0) {
      this.#connecting ??= this.#connect().finally(() => {
        this.#connecting = undefined;
      });
      await Promise.race([this.#connecting, rejectedBy(signal)]);
      open = usable();
    }
    const session = open[this.#turn++ % Math.max(1, open.length)];
    if (session === undefined) throw new Error("no connection");
    return session;
  }

  /** Connects to every address, or to the first that answers; throws when none does. */
  async #connect(): Promise<void> {
    const { host, spread } = this.#options;
    const dns = process.getBuiltinModule("node:dns/promises");
    const addresses = await dns.lookup(host, { all: true });
    // localhost has two addresses where mostly one listens.
    const failures: unknown[] = [];
    for (const { address } of addresses) {
      if (!spread && this.#sessions.length > 0) return;
      try {
        this.#add(await this.#open(address));
      } catch (error) {
        failures.push(error);
      }
    }
    if (this.#sessions.length === 0) throw failures[0];
  }

  #open(address: string): Promise<ClientHttp2Session> {
    const { host, port, tls } = this.#options;
    const http2 = process.getBuiltinModule("node:http2");
    const authority = `${tls === undefined ? "http" : "https"}://${host.includes(":") ? `[${host}]` : host}:${port}`;
    const { promise, resolve, reject } = Promise.withResolvers<ClientHttp2Session>();
    const session = http2.connect(authority, {
      settings: { initialWindowSize: WINDOW, enablePush: false },
      createConnection: () =>
        tls === undefined
          ? process.getBuiltinModule("node:net").connect({ host: address, port })
          : process.getBuiltinModule("node:tls").connect({
              host: address,
              port,
              servername: isIp(host) ? "" : host,
              ALPNProtocols: ["h2"],
              ...tls,
            }),
    });
    session.once("connect", () => resolve(session));
    session.on("error", reject);
    return promise;
  }

  #add(session: ClientHttp2Session): void {
    this.#sessions.push(session);
    const gone = new AbortController();
    const remove = (): void => {
      gone.abort();
      const index = this.#sessions.indexOf(session);
      if (index !== -1) this.#sessions.splice(index, 1);
    };
    session.on("close", remove);
    // The backend wants no more calls on this connection; those that are under way go on.
    session.on("goaway", remove);
    const { keepalive, clock } = this.#options;
    if (keepalive !== undefined)
      void keepAlive(session, keepalive, clock, AbortSignal.any([gone.signal, this.#closed.signal]));
  }
}

async function keepAlive(
  session: ClientHttp2Session,
  { time, timeout }: { readonly time: number; readonly timeout: number },
  clock: Clock,
  gone: AbortSignal,
): Promise<void> {
  for (;;) {
    await clock.sleep(time, gone);
    if (gone.aborted) return;
    const answered = new AbortController();
    const asked = session.ping((error) => {
      if (error === null) answered.abort();
    });
    if (!asked) return;
    await clock.sleep(timeout, AbortSignal.any([gone, answered.signal]));
    if (!answered.signal.aborted && !gone.aborted) {
      session.destroy();
      return;
    }
  }
}

function answerOf(said: IncomingHttpHeaders, raw: Buffer): GrpcAnswer | undefined {
  const status = said["grpc-status"];
  if (status === undefined) return undefined;
  const details = said["grpc-status-details-bin"];
  return {
    code: Number(status),
    message: decoded(String(said["grpc-message"] ?? "")),
    details: typeof details === "string" ? Buffer.from(details, "base64") : undefined,
    // A compressed answer says nothing that is needed.
    body: raw.length >= 5 && raw[0] === 0 ? raw.subarray(5) : Buffer.alloc(0),
  };
}

function decoded(message: string): string {
  try {
    return decodeURIComponent(message);
  } catch {
    return message;
  }
}

function rejectedBy(signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  if (signal.aborted) reject(new Error("no connection in time"));
  signal.addEventListener("abort", () => reject(new Error("no connection in time")), { once: true });
  return promise;
}

function isIp(host: string): boolean {
  return process.getBuiltinModule("node:net").isIP(host) !== 0;
}
