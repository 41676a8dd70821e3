import type {
  Http2SecureServer,
  Http2Server,
  IncomingHttpHeaders,
  ServerHttp2Session,
  ServerHttp2Stream,
} from "node:http2";
import type { Socket } from "node:net";
import { TimeLimit, type ComponentContext } from "@tracecore/core";
import {
  defaultHttpLimits,
  listenConnections,
  openTlsFiles,
  type ConnectionListener,
  type HttpLimits,
  type TlsFiles,
} from "@tracecore/core/http";
import type { GrpcHealthConfig } from "./config.ts";
import { PREFIX, responseOf, serviceOf, servingStatus, type ServingStatus } from "./grpc-message.ts";

const SERVICE = "/grpc.health.v1.Health/";
/** Bytes of a request; names of services are short. */
const MAX_REQUEST = 4_096;
/** How often the answers to Watch are looked at beside changes of a status: times run out without one. */
const LOOK_MS = 1_000;
/** gRPC's status codes. */
const codes = { invalid: 3, deadline: 4, notFound: 5, exhausted: 8, unimplemented: 12, unavailable: 14 } as const;

export interface GrpcHealthOptions {
  readonly config: GrpcHealthConfig;
  readonly limits: Partial<HttpLimits>;
  /** Of the whole for an empty name, else of a pipeline; undefined where there is no such. */
  readonly isHealthy: (service: string) => boolean | undefined;
}

interface Watcher {
  readonly service: string;
  last: ServingStatus | undefined;
}

/** A call that is refused, with what its client is told. */
class CallError extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** Serves `grpc.health.v1.Health`: Check and Watch, on HTTP/2 without a library between. */
export class GrpcHealth implements AsyncDisposable {
  readonly #isHealthy: GrpcHealthOptions["isHealthy"];
  readonly #limits: HttpLimits;
  readonly #ctx: ComponentContext;
  readonly #tls: TlsFiles | undefined;
  readonly #server: Http2Server | Http2SecureServer;
  /** With the number of their open calls. */
  readonly #sessions = new Map<ServerHttp2Session, number>();
  readonly #watchers = new Map<ServerHttp2Stream, Watcher>();
  /** Connections without a call, those that have not spoken yet included. */
  readonly #idle: TimeLimit<ServerHttp2Session>;
  /** Calls whose request has not come yet. */
  readonly #reading: TimeLimit<ServerHttp2Stream>;
  readonly #looks: AsyncDisposable;
  #listener: ConnectionListener | undefined;
  #full = false;

  /** Throws when the port cannot be had, or the certificate cannot be read. */
  static async start(options: GrpcHealthOptions, ctx: ComponentContext): Promise<GrpcHealth> {
    const { clock, settings } = ctx;
    const { logger } = settings.telemetry;
    const { endpoint, tls } = options.config;
    const files = tls === undefined ? undefined : await openTlsFiles(tls, { clock, logger });
    const server = new GrpcHealth(options, ctx, files);
    try {
      server.#listener = await listenConnections({
        owner: `extension "${settings.id}" (gRPC)`,
        endpoint,
        configKey: `extensions.${settings.id}.grpc.endpoint`,
        logger,
        accept: (socket) => server.#accept(socket),
      });
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
    return server;
  }

  private constructor({ isHealthy, limits }: GrpcHealthOptions, ctx: ComponentContext, tls: TlsFiles | undefined) {
    this.#isHealthy = isHealthy;
    this.#limits = { ...defaultHttpLimits, ...limits };
    this.#ctx = ctx;
    this.#tls = tls;
    const http2 = process.getBuiltinModule("node:http2");
    const settings = { maxConcurrentStreams: 100, maxHeaderListSize: this.#limits.maxHeaderBytes };
    if (tls === undefined) this.#server = http2.createServer({ settings });
    else {
      const secure = http2.createSecureServer({ settings, ...tls.options });
      tls.attach(secure);
      this.#server = secure;
    }
    this.#idle = new TimeLimit(ctx.clock, this.#limits.keepAliveTimeoutMs, (session) => session.close());
    this.#reading = new TimeLimit(ctx.clock, this.#limits.requestTimeoutMs, (stream) =>
      fail(stream, new CallError(codes.deadline, "the request did not come in time")),
    );
    this.#server.on("session", (session) => this.#opened(session));
    this.#server.on("stream", (stream, headers) => this.#called(stream, headers));
    // A client that is gone, or speaks something else: its connection ends, and nothing else does.
    this.#server.on("sessionError", ignore);
    this.#server.on("tlsClientError", ignore);
    this.#server.on("unknownProtocol", (socket: Socket) => socket.destroy());
    this.#looks = ctx.clock.every(LOOK_MS, () => this.look());
  }

  get url(): string {
    const scheme = this.#tls === undefined ? "http" : "https";
    return `${scheme}://${this.#listener!.address.text.replace(/^:/, "localhost:")}`;
  }

  /** Tells those who watch what has changed. */
  look(): void {
    // Most of them watch the same: each is looked at once.
    const known = new Map<string, ServingStatus>();
    for (const [stream, watcher] of this.#watchers) {
      const { service } = watcher;
      const status = known.get(service) ?? this.#statusOf(service);
      known.set(service, status);
      if (status === watcher.last) continue;
      watcher.last = status;
      stream.write(responseOf(status));
    }
  }

  async reloadTls(): Promise<void> {
    await this.#tls?.reload();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#listener?.leave();
    this.look();
    for (const stream of this.#watchers.keys()) stream.end();
    const sessions = [...this.#sessions.keys()];
    const gone = sessions.map((session) => closed(session));
    for (const session of sessions) session.close();
    for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve));
    for (const session of sessions) session.destroy();
    await Promise.all(gone);
    this.#idle[Symbol.dispose]();
    this.#reading[Symbol.dispose]();
    await this.#looks[Symbol.asyncDispose]();
    this.#server.close(ignore);
    await this.#tls?.[Symbol.asyncDispose]();
  }

  #accept(socket: Socket): void {
    socket.on("error", ignore);
    const { maxConnections } = this.#limits;
    if (this.#sessions.size >= maxConnections) {
      const { logger } = this.#ctx.settings.telemetry;
      if (!this.#full) logger.warn(`refuses connections: ${maxConnections} are open, which is the limit`);
      this.#full = true;
      socket.destroy();
      return;
    }
    this.#full = false;
    socket.allowHalfOpen = false;
    // Who watches says nothing for days: the system finds out whether it is still there.
    socket.setKeepAlive(true, 60_000);
    this.#server.emit("connection", socket);
  }

  #opened(session: ServerHttp2Session): void {
    this.#sessions.set(session, 0);
    this.#idle.begin(session);
    session.on("error", ignore);
    session.on("close", () => {
      this.#sessions.delete(session);
      this.#idle.end(session);
    });
  }

  #called(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    // Without a listener an error of a client that is gone would end the process.
    stream.on("error", ignore);
    const session = stream.session as ServerHttp2Session;
    this.#count(session, 1);
    this.#reading.begin(stream);
    stream.once("close", () => {
      this.#reading.end(stream);
      this.#watchers.delete(stream);
      this.#count(session, -1);
    });
    const path = String(headers[":path"]);
    const method = path.startsWith(SERVICE) ? path.slice(SERVICE.length) : "";
    if (
      headers[":method"] !== "POST" ||
      !/^application\/grpc(?:\+proto)?\s*(?:;|$)/i.test(headers["content-type"] ?? "")
    ) {
      return fail(stream, new CallError(codes.invalid, "this is no gRPC call"), 415);
    }
    if (method !== "Check" && method !== "Watch") {
      return fail(stream, new CallError(codes.unimplemented, `there is no method ${path.slice(0, 100)}`));
    }
    const parts: Buffer[] = [];
    let size = 0;
    stream.on("data", (part: Buffer) => {
      size += part.length;
      if (size <= MAX_REQUEST) parts.push(part);
    });
    stream.once("end", () => {
      this.#reading.end(stream);
      if (stream.destroyed || stream.headersSent) return;
      try {
        if (size > MAX_REQUEST) throw new CallError(codes.exhausted, `a request may have ${MAX_REQUEST} bytes`);
        this.#answer(stream, method, requestedService(Buffer.concat(parts)));
      } catch (error) {
        fail(stream, error as CallError);
      }
    });
  }

  #count(session: ServerHttp2Session, change: 1 | -1): void {
    const before = this.#sessions.get(session);
    if (before === undefined) return; // It has closed.
    this.#sessions.set(session, before + change);
    if (before + change === 0) this.#idle.begin(session);
    else this.#idle.end(session);
  }

  #answer(stream: ServerHttp2Stream, method: "Check" | "Watch", service: string): void {
    const status = this.#statusOf(service);
    const watches = method === "Watch";
    if (!watches && status === servingStatus.serviceUnknown) {
      throw new CallError(codes.notFound, `there is no pipeline ${JSON.stringify(service.slice(0, 100))}`);
    }
    stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
    stream.on("wantTrailers", () =>
      stream.sendTrailers(
        watches
          ? {
              "grpc-status": String(codes.unavailable),
              "grpc-message": "this service stops, or its config has changed: call again",
            }
          : { "grpc-status": "0" },
      ),
    );
    if (!watches) {
      stream.end(responseOf(status));
      return;
    }
    stream.write(responseOf(status));
    this.#watchers.set(stream, { service, last: status });
  }

  #statusOf(service: string): ServingStatus {
    const healthy = this.#isHealthy(service);
    if (healthy === undefined) return servingStatus.serviceUnknown;
    return healthy ? servingStatus.serving : servingStatus.notServing;
  }
}

/** Throws {@link CallError} for what is no request. */
function requestedService(raw: Buffer): string {
  if (raw.length < PREFIX || raw.readUInt32BE(1) !== raw.length - PREFIX) {
    throw new CallError(codes.invalid, "the call has no message");
  }
  if (raw[0] !== 0) throw new CallError(codes.unimplemented, "compressed requests are not taken");
  const service = serviceOf(raw.subarray(PREFIX));
  if (service === undefined) throw new CallError(codes.invalid, "the message is no HealthCheckRequest");
  return service;
}

/** Answers with a status and nothing else (gRPC over HTTP/2, "Trailers-Only"). */
function fail(stream: ServerHttp2Stream, { code, message }: CallError, httpStatus = 200): void {
  if (stream.destroyed || stream.headersSent) return;
  stream.respond(
    {
      ":status": httpStatus,
      "content-type": "application/grpc",
      "grpc-status": String(code),
      "grpc-message": message.toWellFormed().replaceAll(/[^\x20-\x24\x26-\x7e]+/gu, encodeURIComponent),
    },
    { endStream: true },
  );
  // What is still to come of the request is read and forgotten: after a RST_STREAM clients lose the status.
  stream.resume();
}

function closed(session: ServerHttp2Session): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (session.destroyed) resolve();
  else session.once("close", resolve);
  return promise;
}

function ignore(): void {}
