import {
  byteSize,
  duration,
  extensionId,
  listenEndpoint,
  pairsAsMap,
  refusedOption,
  tlsServer,
  unusedOption,
  type Endpoint,
  type TlsServer,
} from "@tracecore/core/config";
import type { RefusalPaceConfig } from "./refusal-pace.ts";
import * as z from "zod";

/** Which extension checks requests. */
export interface AuthConfig {
  readonly authenticator: string;
}

/** The checked options of OTLP/gRPC; times in milliseconds, sizes in bytes unless the name says otherwise. */
export interface GrpcConfig {
  readonly endpoint: Endpoint;
  readonly reuse_port: boolean;
  readonly tls?: TlsServer | undefined;
  readonly auth?: AuthConfig | undefined;
  readonly max_recv_msg_size_mib: number;
  readonly max_concurrent_streams: number;
  readonly max_connections: number;
  readonly handshake_timeout: number;
  readonly read_timeout: number;
  readonly keepalive: {
    readonly server_parameters: {
      readonly max_connection_idle?: number | undefined;
      readonly max_connection_age?: number | undefined;
      readonly max_connection_age_grace?: number | undefined;
      readonly time: number;
      readonly timeout: number;
    };
  };
}

/** The checked options of OTLP/HTTP. */
export interface HttpConfig {
  readonly endpoint: Endpoint;
  readonly reuse_port: boolean;
  readonly tls?: TlsServer | undefined;
  readonly auth?: AuthConfig | undefined;
  readonly cors?:
    | {
        readonly allowed_origins: readonly string[];
        readonly allowed_headers: readonly string[];
        readonly exposed_headers: readonly string[];
        readonly max_age?: number | undefined;
      }
    | undefined;
  readonly response_headers: Readonly<Record<string, string>>;
  readonly compression_algorithms?: readonly string[] | undefined;
  readonly keep_alives_enabled: boolean;
  readonly max_request_body_size: number;
  readonly traces_url_path: string;
  readonly metrics_url_path: string;
  readonly logs_url_path: string;
  readonly read_header_timeout: number;
  readonly read_timeout: number;
  readonly write_timeout: number;
  readonly idle_timeout: number;
  /** Wins over `keep_alives_enabled` and `idle_timeout`. */
  readonly keepalive?: { readonly enabled: boolean; readonly idle_timeout?: number | undefined } | undefined;
  readonly max_connections: number;
}

export interface OtlpConfig {
  readonly protocols: { readonly grpc?: GrpcConfig | undefined; readonly http?: HttpConfig | undefined };
  readonly max_in_flight_size: number;
  readonly max_request_items: number;
  readonly max_item_fields: number;
  readonly max_item_size: number;
  readonly max_resource_size: number;
  readonly refusals: RefusalPaceConfig;
}

const auth = z
  .strictObject({
    authenticator: extensionId().describe("ID of the extension."),
    request_params: refusedOption("authenticators see the headers alone. Leave it out"),
  })
  .optional()
  .describe("Lets in whom this extension lets in.");
const tls = tlsServer().optional().describe("TLS, and mTLS with `client_ca_file`. Without it, plain text.");
const urlPath = (signal: string) =>
  z
    .string()
    .regex(/^(?:\/|[^\s:/?#\p{Cc}])[^\s?#\p{Cc}]*$/u, "expected a path without query, such as /v1/traces")
    .transform((path) => (path.startsWith("/") ? path : `/${path}`))
    .prefault(`/v1/${signal}`)
    .describe(`Path for ${signal}.`);
const reusePort = z
  .boolean()
  .default(false)
  .describe(
    "Lets further collectors of the same user listen on the same port: the system spreads connections over them. Linux only.",
  );
const time = (text: string, what: string) =>
  duration({ zero: true }).prefault(text).describe(`${what}; 0 for any time.`);
const headerText = z.string().regex(/^[\t\x20-\x7e]*$/, "expected text that can stand in a header");
const connections = z
  .int()
  .min(1)
  .max(1_000_000)
  .default(20_000)
  .describe("Connections at a time; one more is closed.");

/** What a server of the Collector takes beside; `transport: unix` lets the endpoint be a bare path. */
const serverOptions = {
  transport: z
    .enum(["tcp", "tcp4", "tcp6", "unix"])
    .optional()
    .describe("With `unix` the endpoint may be a path without `unix://`; nothing else depends on it."),
  dialer: unusedOption(z.looseObject({}), "a server connects to nobody."),
  include_metadata: unusedOption(z.boolean(), "what clients send beside the data is not passed on."),
  middlewares: refusedOption("there is no middleware. Leave it out"),
};
const bufferSize = unusedOption(z.int().min(0), "buffers grow as they need to.");

const grpc = z
  .strictObject({
    endpoint: listenEndpoint()
      .prefault("localhost:4317")
      .describe("Address to listen on; `unix:///path` for a unix socket."),
    reuse_port: reusePort,
    tls,
    auth,
    ...serverOptions,
    read_buffer_size: bufferSize,
    write_buffer_size: bufferSize,
    max_recv_msg_size_mib: z
      .int()
      .min(0)
      .max(1024)
      .default(4)
      .transform((mib) => mib || 4)
      .describe("Largest message after decompression, in MiB; 0 is 4."),
    max_concurrent_streams: z
      .int()
      .min(0)
      .max(65_535)
      .default(100)
      .transform((streams) => streams || 100)
      .describe("Requests at once on one connection; 0 is 100."),
    max_connections: connections,
    handshake_timeout: duration({ zero: true })
      .prefault("5s")
      .describe("Time for a new connection to speak HTTP/2, TLS included; 0 for any time."),
    read_timeout: duration({ zero: true })
      .prefault("30s")
      .describe("Time for a whole request to come in; 0 for any time."),
    keepalive: z
      .strictObject({
        server_parameters: z
          .strictObject({
            max_connection_idle: duration({ zero: true })
              .optional()
              .describe("Closes a connection without requests after this time; 0 for never."),
            max_connection_age: duration({ zero: true })
              .optional()
              .describe("Closes every connection after this time, so that clients spread anew; 0 for never."),
            max_connection_age_grace: duration({ zero: true })
              .optional()
              .describe("How long requests may still take then; 0 for any time."),
            time: duration({ zero: true })
              .prefault("2h")
              .describe("Asks a silent client after this time whether it is there; 0 for never."),
            timeout: duration()
              .prefault("20s")
              .describe(
                "Closes the connection when it does not say so, or does not close what has ended, within this time.",
              ),
          })
          .prefault({})
          .describe("What the receiver does with its connections."),
        enforcement_policy: z
          .strictObject({
            min_time: duration({ zero: true })
              .optional()
              .describe("Accepted; clients that ask too often are not sent away."),
            permit_without_stream: z.boolean().optional().describe("Accepted; always permitted."),
          })
          .optional()
          .describe("What clients may ask."),
      })
      .prefault({})
      .describe("Keepalive."),
  })
  .describe("OTLP over gRPC.");

const http = z
  .strictObject({
    endpoint: listenEndpoint()
      .prefault("localhost:4318")
      .describe("Address to listen on; `unix:///path` for a unix socket."),
    reuse_port: reusePort,
    tls,
    auth,
    ...serverOptions,
    cors: z
      .strictObject({
        allowed_origins: z
          .array(z.string().min(1))
          .min(1)
          .describe("Origins of pages that may send, such as `https://*.example.com`; `*` stands for any text."),
        allowed_headers: z
          .array(z.string().min(1))
          .default([])
          .describe("Request headers beside those that are always allowed; `*` allows all."),
        exposed_headers: z.array(z.string().min(1)).default([]).describe("Answer headers that pages may read."),
        max_age: z.int().min(0).optional().describe("Seconds for which browsers may keep the answer."),
      })
      .optional()
      .describe("Lets web pages send. Without it browsers refuse to."),
    response_headers: z
      .preprocess(
        pairsAsMap,
        z
          .record(z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, "expected the name of a header"), headerText)
          .default({}),
      )
      .describe("Headers of every answer."),
    compression_algorithms: z
      .array(z.enum(["", "none", "identity", "gzip", "zstd", "deflate", "zlib", "snappy", "x-snappy-framed", "lz4"]))
      .optional()
      .describe("Content codings to take, where not all: `gzip`, `zstd`, `deflate`. `snappy` and `lz4` cannot be had."),
    keep_alives_enabled: z.boolean().default(true).describe("False closes each connection after its answer."),
    max_request_body_size: byteSize({ zero: true })
      .prefault("20MiB")
      .transform((bytes) => bytes || 20 * 1024 * 1024)
      .describe("Largest body after decompression; 0 is 20MiB."),
    traces_url_path: urlPath("traces"),
    metrics_url_path: urlPath("metrics"),
    logs_url_path: urlPath("logs"),
    read_header_timeout: time("5s", "Time for the headers of a request"),
    read_timeout: time("30s", "Time for a whole request"),
    write_timeout: time("30s", "Time for the answer to leave"),
    idle_timeout: time("60s", "How long an idle connection is kept"),
    keepalive: z
      .strictObject({
        enabled: z.boolean().default(true).describe("False closes each connection after its answer."),
        idle_timeout: duration({ zero: true }).optional().describe("In place of `idle_timeout`."),
      })
      .optional()
      .describe("The Collector's newer form of `keep_alives_enabled` and `idle_timeout`, over which it wins."),
    max_connections: connections,
  })
  .describe("OTLP over HTTP, as protobuf and JSON.");

/** `grpc:` without a value is on with its defaults; a path is the endpoint of a unix socket where `transport` says so. */
function onWhenNamed(value: unknown): unknown {
  if (value === null) return {};
  if (typeof value !== "object") return value;
  const { transport, endpoint: given } = value as { transport?: unknown; endpoint?: unknown };
  return transport === "unix" && typeof given === "string" && given.startsWith("/")
    ? { ...value, endpoint: `unix://${given}` }
    : value;
}

/** Options of the receiver; names are those of the OpenTelemetry Collector. */
export const config: z.ZodType<OtlpConfig> = z.strictObject({
  protocols: z
    .strictObject({
      grpc: z.preprocess(onWhenNamed, grpc.optional()).describe("OTLP over gRPC."),
      http: z.preprocess(onWhenNamed, http.optional()).describe("OTLP over HTTP."),
    })
    .refine(({ grpc: a, http: b }) => a !== undefined || b !== undefined, {
      error: 'no protocol is on. Name "grpc", "http" or both',
    })
    .prefault({ grpc: {}, http: {} })
    .describe("The protocols to speak. Without it both, on loopback."),
  max_in_flight_size: byteSize()
    .prefault("64MiB")
    .describe("Bytes of all requests that are being read and passed on; more is refused with 429 before it is read."),
  max_request_items: z
    .int()
    .min(1)
    .max(100_000_000)
    .default(500_000)
    .describe(
      "Most records, spans and points of one request: they take memory once somebody looks at them, also where they are empty. Empty resources, scopes and metrics count as well, several as one.",
    ),
  max_item_fields: z
    .int()
    .min(1)
    .max(100_000_000)
    .default(32_768)
    .describe(
      "Most fields of one record, span, point, resource or scope, with those in its attributes, events and lists; an attribute has four. Requests are decoded in parts, and none of these can be divided.",
    ),
  max_item_size: byteSize()
    .prefault("4MiB")
    .describe(
      "Most bytes of one record, span or point: it is read at once, and everything else waits for that. No message over gRPC is longer by default.",
    ),
  max_resource_size: byteSize()
    .prefault("256KiB")
    .describe(
      "Most bytes of one resource, scope or metric, without the items under it: each part of a large request repeats them.",
    ),
  refusals: z
    .strictObject({
      cpu_share: z
        .number()
        .gt(0)
        .max(1)
        .default(0.05)
        .describe("Share of a core, about, that refusing may take: where it would take more, answers are delayed."),
      max_delay: duration({ zero: true })
        .prefault("2s")
        .describe(
          "The longest delay, over HTTP also half of `read_timeout` and of `write_timeout`. What would wait longer is refused there at once, unread, and its connection closed; over gRPC after this time.",
        ),
    })
    .prefault({})
    .describe("How fast requests are refused that there is no room for."),
});
