import type { IncomingMessage, ServerResponse } from "node:http";
import { messageOf, type ReceiverContext, type ServerAuthenticator, type Signal } from "@tracecore/core";
import { listenHttp, type HttpHandler, type HttpListener } from "@tracecore/core/http";
import { encodeExportResponse, encodeExportResponseJson, encodeStatus } from "@tracecore/otlp";
import type { HttpConfig } from "./config.ts";
import { corsHeaders } from "./cors.ts";
import { asItCame, decompress, encodingOf } from "./decompress.ts";
import type { Intake } from "./intake.ts";
import { readBody } from "./read-body.ts";
import { codes, Refusal } from "./refusal.ts";

/** A connection outlives a request that was refused when no more than this of it is still to be read. */
const FORGOTTEN_BYTES = 1024 * 1024;
/** What is taken to be left of a request that does not say how long it is. */
const UNKNOWN_BYTES = 64 * 1024;

/** Listens for OTLP/HTTP. */
export function startHttp(config: HttpConfig, intake: Intake, ctx: ReceiverContext): Promise<HttpListener> {
  const { id, telemetry } = ctx.settings;
  return listenHttp({
    owner: `receiver "${id}"`,
    endpoint: { ...config.endpoint, reusePort: config.reuse_port },
    configKey: `receivers.${id}.protocols.http.endpoint`,
    tls: config.tls,
    limits: {
      headerTimeoutMs: config.read_header_timeout,
      requestTimeoutMs: config.read_timeout,
      writeTimeoutMs: config.write_timeout,
      keepAliveTimeoutMs: config.keepalive?.idle_timeout ?? config.idle_timeout,
      maxConnections: config.max_connections,
      maxHeaderBytes: 16 * 1024,
    },
    handler: handler(config, intake),
    logger: telemetry.logger,
    clock: ctx.clock,
  });
}

function handler(config: HttpConfig, intake: Intake): HttpHandler {
  const paths = new Map<string, Signal>([
    [config.metrics_url_path, "metrics"],
    [config.logs_url_path, "logs"],
    [config.traces_url_path, "traces"],
  ]);
  const authenticator = intake.authenticator(config.auth?.authenticator);
  const keepsAlive = config.keepalive?.enabled ?? config.keep_alives_enabled;
  const ownHeaders = Object.entries(config.response_headers);
  // What takes longer than its time is cut off: the sender would see no refusal.
  const halves = [config.read_timeout, config.write_timeout].filter((ms) => ms > 0).map((ms) => ms / 2);
  const mostMs = Math.min(intake.longestDelayMs, ...halves);
  return async (request, response) => {
    const path = pathOf(request);
    for (const [name, value] of ownHeaders) response.setHeader(name, value);
    if (!keepsAlive) response.shouldKeepAlive = false;
    for (const [name, value] of corsHeaders(config.cors, request)) response.setHeader(name, value);
    if (request.method === "OPTIONS" && request.headers["access-control-request-method"] !== undefined) {
      response.writeHead(config.cors === undefined ? 405 : 204).end();
      return;
    }
    const json = isJson(request);
    try {
      // Senders whose endpoint ends with a slash put a second one in front of the path.
      const signal = paths.get(path) ?? paths.get(path.replaceAll(/\/{2,}/g, "/"));
      if (signal === undefined || !intake.takes(signal)) {
        throw refusal(
          404,
          codes.unimplemented,
          signal === undefined ? `there is nothing at ${path.slice(0, 100)}` : `no pipeline takes ${signal}`,
        );
      }
      await exportFrom(request, response, signal, { config, intake, authenticator });
      const taken = { rejectedItems: 0, message: "" };
      const body = json ? encodeExportResponseJson(signal, taken) : Buffer.from(encodeExportResponse(taken));
      // With its length: Node.js sends chunks otherwise, which cost more on both sides.
      const type = json ? "application/json" : "application/x-protobuf";
      response.writeHead(200, { "content-type": type, "content-length": Buffer.byteLength(body) }).end(body);
    } catch (error) {
      if (response.destroyed || (request.destroyed && !request.complete)) return; // The sender is gone.
      const refused = intake.refused(error);
      const rest = request.complete ? 0 : bodyLength(request);
      const inTime = await intake.pace(refused, Number.isFinite(rest) ? rest : UNKNOWN_BYTES, { mostMs });
      if (response.destroyed || (request.destroyed && !request.complete)) return;
      answer(request, response, refused, { json, rest: inTime ? rest : undefined });
    }
  };
}

interface Handling {
  readonly config: HttpConfig;
  readonly intake: Intake;
  readonly authenticator: ServerAuthenticator | undefined;
}

async function exportFrom(
  request: IncomingMessage,
  response: ServerResponse,
  signal: Signal,
  handling: Handling,
): Promise<void> {
  const { config, intake, authenticator } = handling;
  if (request.method !== "POST") throw refusal(405, codes.unimplemented, "only POST is taken", { allow: "POST" });
  const format = formatOf(request);
  const encoding = encodingOf(request.headers["content-encoding"], config.compression_algorithms);
  await intake.authenticate(authenticator, request.headers);
  const length = Number(request.headers["content-length"] ?? Number.NaN);
  const declared = Number.isNaN(length) ? undefined : length;
  const limit = config.max_request_body_size;
  // What is larger than the limit is refused for that, not for want of room.
  // Held until the pipeline has answered: hence `await` at every way out.
  using admission = intake.admit(signal, Math.min(declared ?? 0, limit));
  // Who asks first is told to go on only now, when nothing is left to refuse.
  const { headers, httpVersion } = request;
  if (headers.expect !== undefined && httpVersion === "1.1" && (declared ?? 0) <= limit) response.writeContinue();
  const raw = await readBody(request, declared, { limit, shown: limit }, admission);
  if (encoding === undefined) return await intake.take({ signal, format, body: raw }, admission, response);
  const body = await decompress(raw, encoding, admission.roomBeside(raw.length, limit));
  const compressed = format === "json" ? undefined : asItCame(encoding, raw, body);
  await intake.take({ signal, format, body, compressed }, admission, response);
}

/** Without the query, and, as proxies ask, without scheme and host (RFC 9112 section 3.2.2). */
function pathOf({ url = "" }: IncomingMessage): string {
  return url.replace(/^https?:\/\/[^/?#]*/i, "").split("?", 1)[0]!;
}

function isJson({ headers }: IncomingMessage): boolean {
  return /^application\/json\s*(?:;|$)/i.test(headers["content-type"] ?? "");
}

function formatOf(request: IncomingMessage): "protobuf" | "json" {
  if (isJson(request)) return "json";
  const type = request.headers["content-type"] ?? "";
  if (/^application\/x-protobuf\s*(?:;|$)/i.test(type)) return "protobuf";
  throw refusal(
    415,
    codes.unimplemented,
    `the content type "${type.slice(0, 60)}" is not supported; application/x-protobuf and application/json are`,
  );
}

function refusal(status: number, code: number, message: string, headers: Record<string, string> = {}): Refusal {
  return new Refusal(message, { status, code, kind: "parse", headers });
}

/** The length that the sender gives; infinite when it gives none. */
function bodyLength({ headers }: IncomingMessage): number {
  return Number(headers["content-length"] ?? Number.POSITIVE_INFINITY);
}

interface Answering {
  readonly json: boolean;
  /** What is still to come of the request, bytes; undefined when it must not be read. */
  readonly rest: number | undefined;
}

function answer(request: IncomingMessage, response: ServerResponse, refused: Refusal, { json, rest }: Answering): void {
  const { status, code, message, retryAfterMs } = refused;
  const body = json
    ? Buffer.from(JSON.stringify({ code, message }))
    : Buffer.from(encodeStatus({ code, message, retryAfterMs }));
  const headers: Record<string, string> = {
    ...refused.headers,
    "content-type": json ? "application/json" : "application/x-protobuf",
    "content-length": String(body.length),
  };
  if (retryAfterMs !== undefined) headers["retry-after"] = String(Math.max(1, Math.ceil(retryAfterMs / 1000)));
  // The rest of the body stands in front of the next request: to read and forget a short one costs less than a connection.
  // Who asks before sending has been told not to, and nobody knows whether a body follows.
  const asked = !request.complete && request.headers.expect !== undefined;
  if (asked || rest === undefined || rest > FORGOTTEN_BYTES) headers["connection"] = "close";
  try {
    response.writeHead(status, headers);
    if (asked || rest === undefined || request.complete) response.end(body);
    else endAfter(request, response, body);
  } catch (error) {
    response.destroy(new Error(`cannot answer: ${messageOf(error)}`));
  }
}

/**
 * Answers at once, and ends the answer once the request has come in, all of which is forgotten. To close while a client still sends
 * resets the connection, and takes the answer away from it: it would send what is too large again and again. How long that may take
 * is limited like every request and every answer.
 */
function endAfter(request: IncomingMessage, response: ServerResponse, body: Buffer): void {
  response.write(body);
  const end = (): void => void response.end();
  request.once("end", end);
  request.once("close", end);
  request.resume();
}
