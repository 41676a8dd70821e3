import type {
  Http2SecureServer,
  Http2Server,
  Http2Session,
  IncomingHttpHeaders,
  ServerHttp2Session,
  ServerHttp2Stream,
} from "node:http2";
import type { Socket } from "node:net";
import { TimeLimit, type ReceiverContext, type ServerAuthenticator, type Signal } from "@tracecore/core";
import { listenConnections, openTlsFiles, type ConnectionListener, type TlsFiles } from "@tracecore/core/http";
import { encodeStatus } from "@tracecore/otlp";
import { Deadlines, timeoutOf } from "./call-timeout.ts";
import type { GrpcConfig } from "./config.ts";
import { asItCame, decompress, encodingOf } from "./decompress.ts";
import { announced, messageIn, PREFIX } from "./grpc-message.ts";
import type { Admission, Intake } from "./intake.ts";
import { KeepAlive } from "./keep-alive.ts";
import { readBody } from "./read-body.ts";
import { codes, Refusal, tooLate, tooSlow } from "./refusal.ts";

/** The export calls of the three services (opentelemetry-proto, collector/…/v1). */
const calls: ReadonlyMap<string, Signal> = new Map([
  ["/opentelemetry.proto.collector.metrics.v1.MetricsService/Export", "metrics"],
  ["/opentelemetry.proto.collector.logs.v1.LogsService/Export", "logs"],
  ["/opentelemetry.proto.collector.trace.v1.TraceService/Export", "traces"],
]);

/**
 * Bytes that a client may send ahead of what was read, for a connection and for a request. With the 64 KiB of the standard a
 * large request waits for a window update every 64 KiB and costs three times as much.
 */
const WINDOW = 8 * 1024 * 1024;
/** The error code of HTTP/2 for a call that nobody waits for (RFC 9113 section 7). */
const CANCEL = 0x8;
/**
 * How long a refused call may take to come in before it is answered, ms. Once answered it is over for the client, which begins its
 * next one where `max_concurrent_streams` are open; Node.js counts the one before until all of it was read, and resets the new one.
 */
const REST_MS = 3000;
/** An empty response, with its prefix: everything was taken. */
const TAKEN = Buffer.alloc(PREFIX);

/** Listens for OTLP/gRPC: unary calls on HTTP/2, without a library between. */
export async function startGrpc(config: GrpcConfig, intake: Intake, ctx: ReceiverContext): Promise<GrpcServer> {
  const { settings, clock } = ctx;
  const { logger } = settings.telemetry;
  const tls = config.tls === undefined ? undefined : await openTlsFiles(config.tls, { clock, logger });
  const server = new GrpcServer(config, intake, ctx, tls);
  try {
    await server.listen({
      owner: `receiver "${settings.id}" (gRPC)`,
      configKey: `receivers.${settings.id}.protocols.grpc.endpoint`,
    });
  } catch (error) {
    await server.close();
    throw error;
  }
  return server;
}

export class GrpcServer {
  readonly #config: GrpcConfig;
  readonly #intake: Intake;
  readonly #ctx: ReceiverContext;
  readonly #tls: TlsFiles | undefined;
  readonly #authenticator: ServerAuthenticator | undefined;
  readonly #server: Http2Server | Http2SecureServer;
  /** With how many of their calls are not answered yet. */
  readonly #sessions = new Map<ServerHttp2Session, number>();
  /** Connections that have not yet spoken HTTP/2. */
  readonly #silent: TimeLimit<ServerHttp2Session>;
  readonly #keepAlive: KeepAlive;
  /** Connections that have ended here and not on the other side. */
  readonly #halfOpen: TimeLimit<Socket>;
  /** Messages that are being read. */
  readonly #reading: TimeLimit<PromiseWithResolvers<never>>;
  /** Calls whose callers say how long they wait. */
  readonly #deadlines: Deadlines<PromiseWithResolvers<never>>;
  /** Calls that are refused once they have come in. */
  readonly #ending: TimeLimit<PromiseWithResolvers<void>>;
  /** Calls that were refused, of which more may come. */
  readonly #refused: TimeLimit<ServerHttp2Stream>;
  #listener: ConnectionListener | undefined;
  /** Connections, also those that are only about to speak TLS. */
  #open = 0;
  #full = false;
  readonly #left = (): void => void this.#open--;
  #closing = false;

  constructor(config: GrpcConfig, intake: Intake, ctx: ReceiverContext, tls: TlsFiles | undefined) {
    this.#config = config;
    this.#intake = intake;
    this.#ctx = ctx;
    this.#tls = tls;
    const { handshake_timeout, read_timeout } = config;
    this.#silent = new TimeLimit(ctx.clock, handshake_timeout, (session) => session.destroy());
    this.#reading = new TimeLimit(ctx.clock, read_timeout, (late) => late.reject(tooSlow(read_timeout)));
    this.#deadlines = new Deadlines(ctx.clock, (late) => late.reject(tooLate()));
    this.#ending = new TimeLimit(ctx.clock, REST_MS, (late) => late.resolve());
    // Who goes on sending nonetheless is cut off.
    this.#refused = new TimeLimit(ctx.clock, read_timeout, (stream) => stream.close(CANCEL));
    this.#keepAlive = new KeepAlive(config.keepalive.server_parameters, ctx.clock);
    const halfOpen = new TimeLimit<Socket>(ctx.clock, config.keepalive.server_parameters.timeout, (one) =>
      one.destroy(),
    );
    this.#halfOpen = halfOpen;
    this.#authenticator = intake.authenticator(config.auth?.authenticator);
    const http2 = process.getBuiltinModule("node:http2");
    const options = {
      settings: {
        initialWindowSize: WINDOW,
        maxConcurrentStreams: config.max_concurrent_streams,
        maxHeaderListSize: 16 * 1024,
      },
      // With more than 128, as Node.js has it, a call was reset without a reason.
      maxHeaderListPairs: 1024,
      maxSessionInvalidFrames: 100,
      maxSessionRejectedStreams: 100,
    };
    if (tls === undefined) this.#server = http2.createServer(options);
    else {
      const secure = http2.createSecureServer({
        ...options,
        ...tls.options,
        ...(handshake_timeout > 0 && { handshakeTimeout: handshake_timeout }),
      });
      tls.attach(secure);
      this.#server = secure;
    }
    this.#server.on("session", (session) => this.#opened(session));
    this.#server.on("stream", (stream, headers) => void this.#called(stream, headers));
    // Node.js waits for the other side to close as well, which may never be.
    const watch = function (this: Socket): void {
      halfOpen.begin(this);
      this.once("close", () => halfOpen.end(this));
    };
    this.#server.on(tls === undefined ? "connection" : "secureConnection", (socket: Socket) =>
      socket.on("finish", watch),
    );
    // A client that is gone, or speaks something else: its connection ends, and nothing else does.
    this.#server.on("sessionError", ignore);
    this.#server.on("tlsClientError", ignore);
    this.#server.on("unknownProtocol", (socket: Socket) => socket.destroy());
  }

  get address(): ConnectionListener["address"] {
    return this.#listener!.address;
  }

  async listen(options: { owner: string; configKey: string }): Promise<void> {
    this.#listener = await listenConnections({
      ...options,
      endpoint: { ...this.#config.endpoint, reusePort: this.#config.reuse_port },
      logger: this.#ctx.settings.telemetry.logger,
      accept: (socket) => this.#accept(socket),
    });
  }

  async reloadTls(): Promise<void> {
    await this.#tls?.reload();
  }

  /** Accepts nothing more, tells every client so (GOAWAY), and waits for the calls that are under way until `signal` aborts. */
  async close(signal?: AbortSignal): Promise<void> {
    this.#closing = true;
    for (const late of this.#ending.open) late.resolve();
    await this.#listener?.leave();
    const open = [...this.#sessions.keys()];
    const gone = open.map(closed);
    for (const session of open) session.close();
    const cutOff = (): void => {
      for (const session of open) session.destroy();
    };
    if (signal === undefined || signal.aborted) cutOff();
    else signal.addEventListener("abort", cutOff, { once: true });
    await Promise.all(gone);
    signal?.removeEventListener("abort", cutOff);
    const limits = [this.#silent, this.#keepAlive, this.#halfOpen, this.#reading, this.#deadlines, this.#ending];
    for (const limit of [...limits, this.#refused]) limit[Symbol.dispose]();
    this.#server.close(ignore);
    await this.#tls?.[Symbol.asyncDispose]();
  }

  #accept(socket: Socket): void {
    socket.on("error", ignore);
    const { logger } = this.#ctx.settings.telemetry;
    if (this.#open >= this.#config.max_connections) {
      if (!this.#full) logger.warn(`refuses connections: ${this.#open} are open, which is the limit`);
      this.#full = true;
      socket.destroy();
      return;
    }
    this.#full = false;
    this.#open++;
    socket.on("close", this.#left);
    socket.allowHalfOpen = false;
    this.#server.emit("connection", socket);
  }

  #opened(session: ServerHttp2Session): void {
    this.#sessions.set(session, 0);
    session.on("error", ignore);
    session.setLocalWindowSize(WINDOW);
    // The first thing that a client of HTTP/2 says.
    this.#silent.begin(session);
    session.once("remoteSettings", () => this.#silent.end(session));
    this.#keepAlive.opened(session);
    session.on("close", () => {
      this.#sessions.delete(session);
      this.#silent.end(session);
      this.#keepAlive.closed(session);
    });
    session.on("goaway", () => void this.#goodbye(session));
  }

  /** Ends the connection of a client that goes away: when that breaks HTTP/2 meanwhile, Node.js does not even read that it has left. */
  async #goodbye(session: ServerHttp2Session): Promise<void> {
    const gone = new AbortController();
    session.once("close", () => gone.abort());
    do {
      await this.#ctx.clock.sleep(this.#config.keepalive.server_parameters.timeout, gone.signal);
      if (gone.signal.aborted) return;
    } while (this.#sessions.get(session) !== 0);
    session.destroy();
  }

  async #called(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): Promise<void> {
    const session = stream.session as ServerHttp2Session | undefined;
    const count = (more: number): void => {
      const known = session && this.#sessions.get(session);
      if (known !== undefined) this.#sessions.set(session!, known + more);
    };
    count(1);
    await this.#answer(stream, headers);
    count(-1);
  }

  async #answer(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): Promise<void> {
    // Without a listener an error of a client that is gone would end the process.
    stream.on("error", ignore);
    try {
      const timeoutMs = timeoutOf(headers["grpc-timeout"]);
      await (timeoutMs === undefined ? this.#export(stream, headers) : this.#exportWithin(timeoutMs, stream, headers));
      if (stream.destroyed) return;
      stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
      stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
      stream.end(TAKEN);
    } catch (error) {
      if (stream.destroyed) return;
      const refused = this.#intake.refused(error);
      // What comes meanwhile is read and forgotten, and nothing is closed: it shares its connection with other calls.
      stream.resume();
      // Who was too slow has had the time for that.
      const rest = refused.code === codes.deadline ? undefined : this.#allIn(stream);
      await Promise.all([this.#intake.pace(refused, 0, { tooLongMs: this.#intake.longestDelayMs }), rest]);
      if (stream.destroyed) return;
      fail(stream, refused);
      if (stream.readableEnded) return;
      this.#refused.begin(stream);
      stream.once("close", () => this.#refused.end(stream));
    }
  }

  /** Waits for the rest of a call that is refused, not for long. */
  async #allIn(stream: ServerHttp2Stream): Promise<void> {
    if (this.#closing || stream.readableEnded || stream.destroyed) return;
    const over = Promise.withResolvers<void>();
    stream.once("end", over.resolve);
    stream.once("close", over.resolve);
    this.#ending.begin(over);
    await over.promise;
    this.#ending.end(over);
  }

  /** The message of a call; throws {@link Refusal} also when it takes too long. */
  async #read(
    stream: ServerHttp2Stream,
    limit: number,
    admission: Admission,
    deadline: Promise<never> | undefined,
  ): Promise<Buffer> {
    const late = Promise.withResolvers<never>();
    this.#reading.begin(late);
    try {
      const body = readBody(stream, undefined, { limit: limit + PREFIX, shown: limit, announced }, admission);
      body.catch(ignore); // When it is late, nobody waits for it any more.
      return await Promise.race(deadline === undefined ? [body, late.promise] : [body, late.promise, deadline]);
    } finally {
      this.#reading.end(late);
    }
  }

  /** The answer that comes at the caller's deadline closes the stream, and whoever waits for room leaves the line then. */
  async #exportWithin(timeoutMs: number, stream: ServerHttp2Stream, headers: IncomingHttpHeaders): Promise<void> {
    const deadline = Promise.withResolvers<never>();
    this.#deadlines.begin(deadline, timeoutMs);
    try {
      await Promise.race([this.#export(stream, headers, deadline.promise), deadline.promise]);
    } finally {
      this.#deadlines.end(deadline);
    }
  }

  async #export(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, deadline?: Promise<never>): Promise<void> {
    const type = headers["content-type"] ?? "";
    if (headers[":method"] !== "POST") {
      throw new Refusal("only POST is taken", { code: codes.internal, status: 405, kind: "parse" });
    }
    if (!/^application\/grpc(?:\+proto)?\s*(?:;|$)/i.test(type)) {
      throw new Refusal(`the content type "${type.slice(0, 60)}" is not gRPC`, {
        code: codes.invalid,
        status: 415,
        kind: "parse",
      });
    }
    const path = String(headers[":path"]);
    const signal = calls.get(path);
    if (signal === undefined || !this.#intake.takes(signal)) {
      const what = signal === undefined ? `there is no method ${path.slice(0, 100)}` : `no pipeline takes ${signal}`;
      throw new Refusal(what, { code: codes.unimplemented, status: 404, kind: "parse" });
    }
    await this.#intake.authenticate(this.#authenticator, headers);
    const limit = this.#config.max_recv_msg_size_mib * 1024 * 1024;
    // Held until the pipeline has answered: hence `await` at every way out.
    using admission = this.#intake.admit(signal, 0);
    const raw = await this.#read(stream, limit, admission, deadline);
    const { bytes, compressed } = messageIn(raw);
    // The coding is that of messages which say that they are compressed; others may come under any.
    const encoding = compressed ? encodingOf(headers["grpc-encoding"] as string | undefined) : undefined;
    if (compressed && encoding === undefined) {
      throw new Refusal("the message says that it is compressed, and the call does not say how", {
        code: codes.internal,
        status: 400,
        kind: "parse",
      });
    }
    if (encoding === undefined) {
      return await this.#intake.take({ signal, format: "protobuf", body: bytes }, admission, stream);
    }
    const body = await decompress(bytes, encoding, admission.roomBeside(raw.length, limit));
    const incoming = { signal, format: "protobuf", body, compressed: asItCame(encoding, bytes, body) } as const;
    return await this.#intake.take(incoming, admission, stream);
  }
}

/** What is no gRPC call is told so in HTTP as well; a coding that is not known is a matter of gRPC. */
function httpStatus({ status, headers }: Refusal): number {
  return status === 405 || (status === 415 && headers["accept-encoding"] === undefined) ? status : 200;
}

/** Answers with a status and nothing else (gRPC over HTTP/2, "Trailers-Only"). */
function fail(stream: ServerHttp2Stream, refusal: Refusal): void {
  const { code, message, retryAfterMs, headers } = refusal;
  const details = retryAfterMs === undefined ? undefined : encodeStatus({ code, message, retryAfterMs });
  stream.respond(
    {
      ":status": httpStatus(refusal),
      "content-type": "application/grpc",
      "grpc-status": String(code),
      "grpc-message": percentEncoded(message),
      ...(headers["accept-encoding"] !== undefined && {
        "grpc-accept-encoding": `identity, ${headers["accept-encoding"]}`,
      }),
      ...(details !== undefined && { "grpc-status-details-bin": Buffer.from(details).toString("base64") }),
    },
    { endStream: true },
  );
  // What is still to come of the request is read and forgotten: after a RST_STREAM clients lose the status (grpc-js does).
  stream.resume();
}

/** `grpc-message`: UTF-8 with everything but printable ASCII as `%XX` (gRPC over HTTP/2, "Percent-Encoded"). */
function percentEncoded(text: string): string {
  return text.replaceAll(/[^\x20-\x24\x26-\x7e]+/gu, (part) =>
    Array.from(Buffer.from(part), (byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`).join(""),
  );
}

function closed(session: Http2Session): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (session.destroyed) resolve();
  else session.once("close", resolve);
  return promise;
}

function ignore(): void {}
