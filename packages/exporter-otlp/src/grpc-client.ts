import type { ClientHttp2Session, IncomingHttpHeaders, OutgoingHttpHeaders } from "node:http2";
import type { ConnectionOptions } from "node:tls";
import type { Clock } from "@tracecore/core";
import { openTunnel } from "@tracecore/core/http";

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
  /** Of a unix socket, in place of host and port. */
  readonly path: string | undefined;
  /** What to ask for in place of host and port. */
  readonly authority: string | undefined;
  /** What a new connection is made with; undefined for plain text. */
  readonly tls: (() => ConnectionOptions) | undefined;
  /** What to connect through. It looks the name up itself. */
  readonly proxy?: URL | undefined;
  readonly spread: boolean;
  readonly keepalive: { readonly time: number; readonly timeout: number } | undefined;
  readonly clock: Clock;
  /** Finds the addresses of a name. By default the system does. */
  readonly lookup?: ((host: string) => Promise<readonly string[]>) | undefined;
}

/** See the receiver's window: large requests wait for window updates otherwise. */
const WINDOW = 1024 * 1024;
/** Error codes of HTTP/2 (RFC 9113 section 7). */
const REFUSED_STREAM = 0x7;
const CANCEL = 0x8;
/** How often a call is begun that the backend has not looked at: on another connection, most times. */
const MAX_TRIES = 3;
/** Bytes of an answer that are read. */
const MAX_ANSWER = 64 * 1024;
/** How long one address may take where the next one is tried after it, ms. */
const CONNECT_MS = 2_000;
/** How long the other side may take to say that it is there, ms. */
const PROBE_MS = 2_000;
/** How often addresses without a connection, and new ones of the name, are tried, ms. */
const REFRESH_MS = 30_000;

/** Makes unary calls on HTTP/2 connections, one to each address of the host. */
export class GrpcClient implements Disposable {
  readonly #options: GrpcClientOptions;
  /** Those that take calls, by address. */
  readonly #sessions = new Map<string, ClientHttp2Session>();
  readonly #opening = new Set<ClientHttp2Session>();
  readonly #probed = new WeakSet<ClientHttp2Session>();
  readonly #closed = new AbortController();
  #turn = 0;
  #lookedUpMs = 0;
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
    for (let tries = 1; ; tries++) {
      const answer = await this.#callOnce(path, headers, message, signal);
      if (answer !== "not seen") return answer;
      if (tries === MAX_TRIES) throw new Error("the backend took no call on its connections");
    }
  }

  /** `not seen`: the backend says that it has not looked at the call, as when it gave the connection up at that moment. */
  async #callOnce(
    path: string,
    headers: OutgoingHttpHeaders,
    message: Uint8Array[],
    signal: AbortSignal,
  ): Promise<GrpcAnswer | "not seen"> {
    const session = await this.#session(signal);
    signal.throwIfAborted(); // It would be heard of no more.
    const stream = session.request(
      {
        ":method": "POST",
        ":path": path,
        ...(this.#options.authority !== undefined && { ":authority": this.#options.authority }),
        te: "trailers",
        "content-type": "application/grpc",
        ...headers,
      },
      { endStream: false },
    );
    const { promise, resolve, reject } = Promise.withResolvers<GrpcAnswer | "not seen">();
    const abort = (): void => {
      stream.close(CANCEL);
      void this.#probe(session);
    };
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
    stream.on("error", (error) => {
      // A status is the answer, whatever comes after it: who has taken a call must not get it twice.
      const answer = said["grpc-status"] === undefined ? undefined : answerOf(said, Buffer.concat(chunks));
      if (answer !== undefined) resolve(answer);
      else if (stream.rstCode === REFUSED_STREAM) resolve("not seen");
      else reject(error);
    });
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
    for (const session of this.#opening) session.destroy();
    for (const session of this.#sessions.values()) session.close();
    this.#sessions.clear();
  }

  async #session(signal: AbortSignal): Promise<ClientHttp2Session> {
    const { clock, spread } = this.#options;
    const usable = (): ClientHttp2Session[] =>
      [...this.#sessions.values()].filter((one) => !one.closed && !one.destroyed);
    let open = usable();
    if (open.length === 0) await Promise.race([this.#connected(), rejectedBy(signal)]);
    else if (spread && clock.monotonicMs() - this.#lookedUpMs >= REFRESH_MS) this.#connected().catch(ignore);
    open = usable();
    const session = open[this.#turn++ % Math.max(1, open.length)];
    if (session === undefined) throw new Error("no connection");
    return session;
  }

  /**
   * Ends a connection on which nobody answers, once a call had no answer in time: the system takes a quarter of an hour to notice
   * that the other side has vanished, and every call until then would be lost.
   */
  async #probe(session: ClientHttp2Session): Promise<void> {
    if (session.destroyed || this.#probed.has(session)) return;
    this.#probed.add(session);
    const answered = new AbortController();
    const asked = session.ping(() => answered.abort());
    const over = AbortSignal.any([answered.signal, this.#closed.signal]);
    if (asked) await this.#options.clock.sleep(PROBE_MS, over);
    this.#probed.delete(session);
    if (!over.aborted) session.destroy();
  }

  #connected(): Promise<void> {
    this.#connecting ??= this.#connect().finally(() => {
      this.#connecting = undefined;
    });
    return this.#connecting;
  }

  /** Connects to every address that has no connection, or to the first that answers; throws when none does. */
  async #connect(): Promise<void> {
    const { clock, host, path, spread } = this.#options;
    this.#lookedUpMs = clock.monotonicMs();
    if (path !== undefined) {
      this.#add(path, await this.#open(path));
      return;
    }
    const { lookup = addressesOf, proxy } = this.#options;
    const addresses = proxy === undefined ? await lookup(host) : [host];
    const missing = addresses.filter((address) => !this.#sessions.has(address));
    const connect = async (address: string, limitMs?: number): Promise<void> =>
      this.#add(address, await this.#open(address, limitMs));
    // localhost has two addresses where mostly one listens.
    const failures: unknown[] = [];
    if (spread) {
      // At once, and calls go with the first connection: an address that does not answer holds nobody up.
      await Promise.any(missing.map((address) => connect(address))).catch(({ errors }: AggregateError) => {
        failures.push(errors[0]);
      });
    } else {
      for (const address of missing) {
        if (this.#sessions.size > 0) return;
        await connect(address, CONNECT_MS).catch((error: unknown) => failures.push(error));
      }
    }
    if (this.#sessions.size === 0) throw failures[0] ?? new Error(`${host} has no address`);
  }

  /** Rejects when there is no connection within `limitMs`. */
  async #open(address: string, limitMs?: number): Promise<ClientHttp2Session> {
    const { host, port, path, tls, proxy } = this.#options;
    const http2 = process.getBuiltinModule("node:http2");
    const named = path === undefined ? `${host.includes(":") ? `[${host}]` : host}:${port}` : "localhost";
    const authority = `${tls === undefined ? "http" : "https"}://${named}`;
    const to =
      path !== undefined
        ? { path }
        : proxy === undefined
          ? { host: address, port }
          : { host, socket: await openTunnel(proxy, named, this.#closed.signal) };
    const name = (this.#options.authority ?? host).replace(/:\d+$/, "");
    const { promise, resolve, reject } = Promise.withResolvers<ClientHttp2Session>();
    const session = http2.connect(authority, {
      settings: { initialWindowSize: WINDOW, enablePush: false },
      // In MB, for requests that have not left yet. Beyond it Node.js resets calls whose answers come in: they have been taken, and
      // would be sent again. At its default of 10 three large requests are enough.
      maxSessionMemory: 1024,
      createConnection: () =>
        tls === undefined
          ? "socket" in to
            ? to.socket
            : process.getBuiltinModule("node:net").connect(to)
          : process.getBuiltinModule("node:tls").connect({
              ...to,
              servername: isIp(name) ? "" : name,
              ALPNProtocols: ["h2"],
              ...tls(),
            }),
    });
    session.once("connect", () => resolve(session));
    session.on("error", reject);
    session.once("close", () => reject(new Error(`no connection to ${address}`)));
    const open = new AbortController();
    if (limitMs !== undefined) void this.#giveUp(session, limitMs, open.signal);
    this.#opening.add(session);
    try {
      return await promise;
    } finally {
      this.#opening.delete(session);
      open.abort();
    }
  }

  async #giveUp(session: ClientHttp2Session, limitMs: number, open: AbortSignal): Promise<void> {
    await this.#options.clock.sleep(limitMs, open);
    if (!open.aborted) session.destroy(new Error(`no connection within ${limitMs} ms`));
  }

  #add(address: string, session: ClientHttp2Session): void {
    if (this.#closed.signal.aborted) {
      session.destroy();
      return;
    }
    this.#sessions.set(address, session);
    const gone = new AbortController();
    const remove = (): void => {
      gone.abort();
      if (this.#sessions.get(address) === session) this.#sessions.delete(address);
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

/** What a proxy means that answers without a gRPC status (gRPC, "HTTP to gRPC Status Code Mapping"); all else is UNKNOWN. */
const codeOfHttp: Readonly<Record<number, number>> = {
  400: 13,
  401: 16,
  403: 7,
  404: 12,
  429: 14,
  502: 14,
  503: 14,
  504: 14,
};

function answerOf(said: IncomingHttpHeaders, raw: Buffer): GrpcAnswer | undefined {
  const status = said["grpc-status"];
  if (status === undefined) {
    const http = Number(said[":status"] ?? 200);
    // Without a status of its own a call that began well was cut off.
    if (http === 200) return undefined;
    return { code: codeOfHttp[http] ?? 2, message: `HTTP ${http}, no gRPC`, details: undefined, body: Buffer.alloc(0) };
  }
  const details = said["grpc-status-details-bin"];
  return {
    // What is no number is UNKNOWN.
    code: /^\d{1,9}$/.test(String(status)) ? Number(status) : 2,
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

async function addressesOf(host: string): Promise<string[]> {
  const found = await process.getBuiltinModule("node:dns/promises").lookup(host, { all: true });
  return found.map(({ address }) => address);
}

function ignore(): void {}

function isIp(host: string): boolean {
  return process.getBuiltinModule("node:net").isIP(host) !== 0;
}
