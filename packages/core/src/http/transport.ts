import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Server as TlsServer } from "node:tls";
import type { Clock } from "../clock/clock.ts";
import { messageOf } from "../errors.ts";
import type { Logger } from "../settings.ts";
import type { HttpLimits } from "./limits.ts";
import type { TlsFiles } from "./tls-files.ts";
import { waitFor, type Patience } from "./patience.ts";

/** Answers a request. What it throws or rejects with is logged and answered with 500. */
export type HttpHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void> | void;

/** One that answers on a transport; the last one added is asked. */
export interface Answerer {
  readonly handler: HttpHandler;
  readonly limits: HttpLimits;
  readonly logger: Logger;
  /** Requests that it is answering now. */
  readonly open: Set<ServerResponse>;
  /** Called when `open` becomes empty. */
  onIdle?: (() => void) | undefined;
}

/** What is known of a connection: with no response open and no byte since, it is idle. */
interface Connection {
  open: number;
  bytesRead: number;
  /** Requests that came before the one ahead of them was answered, which only a client that pipelines sends. */
  readonly waiting: Waiting[];
}

/** A request whose turn has not come: only the response that a client reads takes memory. */
interface Waiting {
  readonly answer: () => void;
  /** It will not be answered any more. */
  readonly end: () => void;
}

const statusOf: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: "431 Request Header Fields Too Large",
  ERR_HTTP_REQUEST_TIMEOUT: "408 Request Timeout",
};

/**
 * Speaks HTTP on connections that a listener accepted, for one TLS setting. It owns no port, so the port can go from one
 * transport to another without a moment in which nobody listens.
 */
export class HttpTransport {
  /** Equal for equal TLS settings. */
  readonly key: string;
  readonly answerers: Answerer[] = [];
  /** Who needs it, those that do not answer yet included. */
  users = 0;
  readonly tls: TlsFiles | undefined;
  readonly #server: Server;
  readonly #clock: Clock;
  readonly #sockets = new Set<Socket>();
  readonly #connections = new Map<Socket, Connection>();
  /** Open responses and when their headers had been read, oldest first. */
  readonly #since = new Map<ServerResponse, { atMs: number; begun: boolean; readonly answerer: Answerer }>();
  /** Refused connections that have until the next check to read the reason. */
  readonly #refused = new Set<Duplex>();
  readonly #checks: AsyncDisposable;
  #draining = false;
  #full = false;
  #onEmpty: (() => void) | undefined;

  constructor(key: string, clock: Clock, limits: HttpLimits, tls: TlsFiles | undefined) {
    this.key = key;
    this.tls = tls;
    this.#clock = clock;
    const options = { connectionsCheckingInterval: limits.checkIntervalMs, insecureHTTPParser: false };
    if (tls === undefined) {
      this.#server = process.getBuiltinModule("node:http").createServer(options);
    } else {
      const handshakeTimeout = limits.headerTimeoutMs === 0 ? 120_000 : limits.headerTimeoutMs;
      this.#server = process
        .getBuiltinModule("node:https")
        .createServer({ ...options, ...tls.options, handshakeTimeout });
      tls.attach(this.#server as unknown as TlsServer);
    }
    const server = this.#server;
    server.on("request", (request, response) => this.#answer(request, response));
    // Without a listener Node.js tells every client to go on, also those whose bodies nobody will read.
    server.on("checkContinue", (request, response) => this.#answer(request, response));
    server.on("clientError", (error: NodeJS.ErrnoException, socket) => this.#refuse(error, socket));
    server.on(tls === undefined ? "connection" : "secureConnection", (socket: Socket) => this.#connected(socket));
    // Node arms its checks of header and request time when a server listens; this one gets its connections from outside.
    server.emit("listening");
    this.#checks = clock.every(limits.checkIntervalMs, () => this.#check());
  }

  /** Sets what new requests may take. */
  apply(limits: HttpLimits): void {
    const server = this.#server as Server & { maxHeaderSize: number };
    server.requestTimeout = limits.requestTimeoutMs;
    server.headersTimeout = limits.headerTimeoutMs;
    server.keepAliveTimeout = limits.keepAliveTimeoutMs;
    server.maxHeaderSize = limits.maxHeaderBytes;
  }

  accept(socket: Socket): void {
    socket.on("error", ignore);
    const answerer = this.answerers.at(-1);
    if (answerer !== undefined && this.#sockets.size >= answerer.limits.maxConnections) {
      if (!this.#full) answerer.logger.warn(`refuses connections: ${this.#sockets.size} are open, which is the limit`);
      this.#full = true;
      socket.destroy();
      return;
    }
    this.#full = false;
    this.#sockets.add(socket);
    socket.once("close", () => {
      this.#sockets.delete(socket);
      if (this.#sockets.size === 0) this.#onEmpty?.();
    });
    // The ports are made as HTTP wants them; TLS must not wait for a client that has gone without a word.
    if (this.tls !== undefined) socket.allowHalfOpen = false;
    this.#server.emit("connection", socket);
  }

  /** Answers what has been sent, then closes every connection; those that take longer than there is patience for are cut off. */
  async close(patience: Patience): Promise<void> {
    this.#draining = true;
    // What is still to be answered is the last on its connection.
    for (const { open } of this.answerers) for (const response of open) response.shouldKeepAlive = false;
    // Requests that are in the kernel's buffers already were sent to somebody who listened: they get their answer.
    for (let turn = 0; turn < 2; turn++) await nextTurn();
    for (const [socket, connection] of this.#connections) if (isIdle(socket, connection)) socket.destroy();
    if (this.#sockets.size > 0 && patience.deadlineMs > 0) {
      const empty = new Promise<void>((resolve) => {
        this.#onEmpty = resolve;
      });
      await waitFor(empty, this.#clock, patience);
    }
    for (const socket of this.#sockets) socket.destroy();
    for (const socket of this.#connections.keys()) socket.destroy();
    this.#server.close(ignore); // Ends Node's checks; "not running" is true of it and no error.
    await this.#checks[Symbol.asyncDispose]();
    await this.tls?.[Symbol.asyncDispose]();
  }

  #connected(socket: Socket): void {
    if (this.tls !== undefined) socket.on("error", ignore);
    const connection: Connection = { open: 0, bytesRead: 0, waiting: [] };
    this.#connections.set(socket, connection);
    socket.once("close", () => {
      this.#connections.delete(socket);
      // Responses that the socket never saw say nothing of its end.
      for (const { end } of connection.waiting.splice(0)) end();
    });
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const answerer = this.answerers.at(-1);
    const connection = this.#connections.get(request.socket);
    if (this.#draining) response.shouldKeepAlive = false;
    response.on("error", ignore);
    if (answerer === undefined) {
      response.writeHead(503, { "Retry-After": "1", "Content-Length": 0 }).end();
      return;
    }
    answerer.open.add(response);
    const end = (): void => {
      if (!answerer.open.delete(response)) return;
      this.#since.delete(response);
      if (connection !== undefined) {
        connection.open--;
        connection.bytesRead = request.socket.bytesRead;
        if (!request.socket.destroyed) connection.waiting.shift()?.answer();
      }
      if (answerer.open.size === 0) answerer.onIdle?.();
    };
    response.once("close", end);
    const answer = (): void => this.#handle(request, response, answerer);
    if (connection === undefined) return answer();
    if (connection.open++ === 0) return answer();
    const { maxWaitingRequests } = answerer.limits;
    connection.waiting.push({ answer, end });
    if (connection.waiting.length <= maxWaitingRequests) return;
    answerer.logger.warn(
      `closed a connection: ${maxWaitingRequests} requests waited for an answer, which is the limit`,
    );
    request.socket.destroy();
  }

  #handle(request: IncomingMessage, response: ServerResponse, answerer: Answerer): void {
    const { handler, limits, logger } = answerer;
    if (limits.writeTimeoutMs > 0) {
      this.#since.set(response, { atMs: this.#clock.monotonicMs(), begun: false, answerer });
    }
    try {
      handler(request, response)?.catch((error: unknown) => fail(error, request, response, logger));
    } catch (error) {
      fail(error, request, response, logger);
    }
  }

  /** A request that could not be read, or that took too long to come. */
  #refuse(error: NodeJS.ErrnoException, socket: Duplex): void {
    if (this.#refused.has(socket)) return;
    const answering = this.#connections.get(socket as Socket)?.open ?? 0;
    if (!socket.writable || answering > 0 || error.code === "ECONNRESET") {
      socket.destroy();
      return;
    }
    this.#refused.add(socket);
    socket.once("close", () => this.#refused.delete(socket));
    const status = statusOf[error.code ?? ""] ?? "400 Bad Request";
    // Closing at once, with bytes unread, would reset the connection and take the answer away from the client.
    socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    socket.once("end", () => socket.destroy());
  }

  #check(): void {
    const now = this.#clock.monotonicMs();
    for (const [response, since] of this.#since) {
      const { limits, logger } = since.answerer;
      const limitMs = limits.writeTimeoutMs;
      if (!since.begun && response.headersSent) {
        since.begun = true;
        // When it began nobody has noted: for what is not answered at once, it is now.
        if (now - since.atMs > limits.checkIntervalMs) since.atMs = now;
      }
      // The request may first have its time to come in, and whoever answers it as long again.
      const spareMs = since.begun ? 0 : limits.requestTimeoutMs || Infinity;
      if (now - since.atMs < limitMs + spareMs) continue;
      const what = since.begun ? `left after ${limitMs}` : `begun after ${limitMs + spareMs}`;
      logger.warn(`closed a connection: its response had not ${what} ms`, { path: response.req.url });
      response.destroy();
    }
    for (const socket of this.#refused) socket.destroy();
  }
}

function fail(error: unknown, request: IncomingMessage, response: ServerResponse, logger: Logger): void {
  logger.error(`cannot answer ${request.method} ${request.url}: ${messageOf(error)}`);
  if (response.headersSent) {
    response.destroy();
    return;
  }
  for (const name of response.getHeaderNames()) response.removeHeader(name);
  response.writeHead(500, { "Content-Type": "text/plain; charset=utf-8" }).end("internal error\n");
}

function isIdle(socket: Socket, { open, bytesRead }: Connection): boolean {
  return open === 0 && socket.bytesRead === bytesRead;
}

function nextTurn(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  setImmediate(resolve);
  return promise;
}

function ignore(): void {}
