import type { Agent, ClientRequest, IncomingMessage, RequestOptions } from "node:http";
import type { ConnectionOptions } from "node:tls";
import { Addresses } from "./addresses.ts";

/** Bytes of an answer that are read; what a backend says beyond it is of no use. */
const MAX_ANSWER = 64 * 1024;

/** How writing to a connection ends that the other side has closed. */
const wasClosed: ReadonlySet<string> = new Set(["ECONNRESET", "EPIPE"]);

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

export interface HttpClientOptions {
  readonly keepAlive: boolean;
  /** At a time; 0 for no limit. */
  readonly maxConnections: number;
  readonly maxIdleConnections: number;
  /** How long an idle connection is kept, ms; 0 for any time. */
  readonly idleMs: number;
  /** The proxy to send through to a URL; undefined for none. */
  readonly proxy: (url: URL) => URL | undefined;
  /** What a new connection of `https` is made with. */
  readonly tls: () => ConnectionOptions;
  /** Where the addresses of names come from; the system's resolver without it. */
  readonly addresses?: Addresses;
}

/** What a request says to its agent beside what Node.js knows: connections to other addresses are other ones. */
type Placed = RequestOptions & { readonly place: number };

/** Posts over connections that are kept open, in turn to each address that a name has. */
export class HttpClient implements Disposable {
  readonly #options: HttpClientOptions;
  readonly #shared: object;
  readonly #addresses: Addresses;
  /** By proxy; the empty string is none. */
  readonly #plain = new Map<string, Agent>();
  readonly #secure = new Map<string, { readonly agent: Agent; readonly tls: ConnectionOptions }>();

  constructor(options: HttpClientOptions) {
    this.#options = options;
    this.#addresses = options.addresses ?? new Addresses();
    const { keepAlive, maxConnections, maxIdleConnections, idleMs } = options;
    this.#shared = {
      keepAlive,
      maxFreeSockets: maxIdleConnections,
      ...(maxConnections > 0 && { maxSockets: maxConnections }),
      ...(idleMs > 0 && { timeout: idleMs }),
    };
  }

  /** Throws when there is no answer. */
  async post(url: URL, headers: Record<string, string>, body: Uint8Array, signal: AbortSignal): Promise<HttpAnswer> {
    for (;;) {
      const answer = await this.#postOnce(url, headers, body, signal);
      if (answer !== "was closed") return answer;
    }
  }

  /** `was closed`: the connection had been open for long, and the other side closed it just then. Others may be like it. */
  #postOnce(
    url: URL,
    headers: Record<string, string>,
    body: Uint8Array,
    signal: AbortSignal,
  ): Promise<HttpAnswer | "was closed"> {
    const { promise, resolve, reject } = Promise.withResolvers<HttpAnswer | "was closed">();
    const secure = url.protocol === "https:";
    const agent = this.#agent(url);
    const next = this.#addresses.next(url.hostname);
    // Where connections are limited, they are that for all addresses together.
    const place = this.#options.maxConnections > 0 ? 0 : next;
    const options: Placed = {
      method: "POST",
      agent,
      place,
      lookup: this.#addresses.lookupFrom(next) as NonNullable<RequestOptions["lookup"]>,
      headers: { ...headers, "content-length": String(body.length) },
      signal,
    };
    const request: ClientRequest = (secure ? https() : http()).request(url, options);
    let answered = false;
    request.on("error", (error: NodeJS.ErrnoException) => {
      // What is open beside a connection on which nobody answers may be as dead: the next attempts would wait there in turn.
      if (signal.aborted) closeIdle(agent);
      if (answered) return;
      if (request.reusedSocket && wasClosed.has(error.code ?? "")) resolve("was closed");
      else reject(error);
    });
    request.on("response", (response) => {
      answered = true;
      const chunks: Buffer[] = [];
      let size = 0;
      response.on("data", (chunk: Buffer) => {
        if (size < MAX_ANSWER) chunks.push(chunk);
        size += chunk.length;
        if (size > 16 * MAX_ANSWER) response.destroy();
      });
      // What was cut off, or took too long, has a status all the same, and that decides: whoever has taken a request must not get it twice.
      response.on("error", ignore);
      response.on("close", () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) });
      });
    });
    request.end(body);
    return promise;
  }

  [Symbol.dispose](): void {
    for (const agent of this.#plain.values()) agent.destroy();
    for (const { agent } of this.#secure.values()) agent.destroy();
  }

  #agent(url: URL): Agent {
    const proxy = this.#options.proxy(url)?.href ?? "";
    if (url.protocol === "https:") return this.#secureAgent(proxy);
    let agent = this.#plain.get(proxy);
    if (agent === undefined) this.#plain.set(proxy, (agent = byPlace(new (http().Agent)(this.#through(proxy)))));
    return agent;
  }

  #through(proxy: string): object {
    return { ...this.#shared, ...(proxy !== "" && { proxyEnv: { HTTP_PROXY: proxy, HTTPS_PROXY: proxy } }) };
  }

  /** Another one once the certificates have changed: the connections of the one before end when they are idle. */
  #secureAgent(proxy: string): Agent {
    const tls = this.#options.tls();
    const before = this.#secure.get(proxy);
    if (before?.tls === tls) return before.agent;
    if (before !== undefined) {
      for (const socket of Object.values(before.agent.freeSockets).flatMap((sockets) => sockets ?? []))
        socket.destroy();
      before.agent.maxFreeSockets = 0;
    }
    const agent = byPlace(new (https().Agent)({ ...this.#through(proxy), ...tls }));
    this.#secure.set(proxy, { agent, tls });
    return agent;
  }
}

/** An agent whose idle connections are for requests to the same place. */
function byPlace<A extends Agent>(agent: A): A {
  const nameOf = agent.getName.bind(agent);
  agent.getName = (options) => `${nameOf(options)}:${(options as Placed | undefined)?.place ?? 0}`;
  return agent;
}

function closeIdle({ freeSockets }: Agent): void {
  for (const socket of Object.values(freeSockets).flatMap((sockets) => sockets ?? [])) socket.destroy();
}

function ignore(): void {}

const http = () => process.getBuiltinModule("node:http");
const https = () => process.getBuiltinModule("node:https");
