import { defineExporter, requestSigner, type ClientAuthenticator, type ExporterFactory } from "@tracecore/core";
import {
  compressBody,
  fixedHeaders,
  grpcCodes,
  grpcResponseClass,
  hideSecrets,
  startDelivery,
  type ResponseClass,
  type SendFailure,
  type Sender,
  type SendResult,
} from "@tracecore/core/delivery";
import { openTlsClient, proxyOf } from "@tracecore/core/http";
import {
  decodeExportResponse,
  decodeStatus,
  exportRequest,
  mergeExportRequests,
  splitExportRequest,
  type ExportRequest,
} from "@tracecore/otlp";
import { config, type OtlpGrpcConfig } from "./config.ts";
import { GrpcClient, type GrpcAnswer } from "./grpc-client.ts";

/** Sends OTLP over gRPC. */
export const otlpExporter: ExporterFactory = defineExporter({
  type: "otlp",
  stability: { metrics: "beta", logs: "beta", traces: "beta" },
  config,
  async start(options, ctx) {
    // Authorities to trust ask for TLS, as in the Collector, whatever `insecure` says.
    const { insecure, ca_file } = options.tls;
    const { keepalive } = options;
    const { host, port, path, secure = !insecure || ca_file !== undefined } = options.endpoint;
    const signer = requestSigner(ctx.host, options.auth?.authenticator);
    const { logger } = ctx.settings.telemetry;
    const tls = secure ? await openTlsClient(options.tls, { clock: ctx.clock, logger }) : undefined;
    // As gRPC in Go: the one for https, whether there is TLS or not.
    const proxy =
      path === undefined ? proxyOf(new URL(`https://${host.includes(":") ? `[${host}]` : host}:${port}`)) : undefined;
    if (proxy !== undefined) logger.info(`sends through the proxy ${proxy.host}`);
    const client = new GrpcClient({
      proxy,
      host,
      port,
      path,
      authority: options.authority,
      tls: tls && (() => tls.current),
      spread: options.balancer_name === "round_robin",
      keepalive: keepalive?.enabled === true && keepalive.time > 0 ? keepalive : undefined,
      clock: ctx.clock,
    });
    const delivery = startDelivery(ctx, options, sender(options, client, signer));
    const consumer = { consume: delivery.consume.bind(delivery) };
    return {
      metrics: consumer,
      logs: consumer,
      traces: consumer,
      configReloaded: () => tls?.reload(),
      async [Symbol.asyncDispose]() {
        await delivery[Symbol.asyncDispose]();
        client[Symbol.dispose]();
        await tls?.[Symbol.asyncDispose]();
      },
    };
  },
});

const paths = {
  metrics: "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
  logs: "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
  traces: "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
} as const;

function sender(
  options: OtlpGrpcConfig,
  client: GrpcClient,
  signer: ClientAuthenticator,
): Sender<ExportRequest, Uint8Array[]> {
  const { user_agent: agent } = options;
  const fixed = { ...metadata(fixedHeaders(options)), ...(agent !== undefined && { "user-agent": agent }) };
  return {
    request: exportRequest,
    merge: mergeExportRequests,
    split: splitExportRequest,
    prepare: (request) => messageOf(request, options.compression),
    async send(request, signal, message) {
      const { compression } = options;
      const own = { ...fixed, ...(await signer.headersFor()) };
      const headers = {
        ...own,
        ...(compression !== "none" && { "grpc-encoding": compression }),
      };
      const answer = await client.call(paths[request.signal], headers, message, signal);
      return hideSecrets(resultOf(answer, request.body.length), own);
    },
  };
}

/** What gRPC says of its own; likewise in Go, which sends no metadata of these names. */
const OWN = /^(?:content-type|content-length|grpc-.*)$/;

/** Headers as gRPC sends them: the values of those that end in "-bin" are bytes, in base64. */
function metadata(headers: Readonly<Record<string, string>>): Record<string, string> {
  const own = Object.entries(headers).filter(([name]) => !OWN.test(name));
  return Object.fromEntries(
    own.map(([name, value]) => [name, name.endsWith("-bin") ? Buffer.from(value).toString("base64") : value]),
  );
}

/** A message with its prefix: whether it is compressed, and its length (gRPC over HTTP/2, "Length-Prefixed-Message"). */
async function messageOf(
  { body, compressed }: ExportRequest,
  compression: OtlpGrpcConfig["compression"],
): Promise<Uint8Array[]> {
  const bytes = await compressBody(body, compression, compressed);
  const prefix = Buffer.alloc(5);
  prefix[0] = compression === "none" ? 0 : 1;
  prefix.writeUInt32BE(bytes.length, 1);
  return [prefix, bytes];
}

/** No backend's limit is as low: a request that is no longer was refused for something else, such as a quota. */
const SURELY_NOT_TOO_LARGE = 64 * 1024;

/** What an answer to a request of so many bytes means (OTLP specification, "OTLP/gRPC Response"). */
export function resultOf({ code, message, details, body }: GrpcAnswer, requestBytes: number): SendResult {
  const retryAfterMs = retryInfo(details);
  const outcome = grpcResponseClass(code, retryAfterMs !== undefined);
  if (outcome === "delivered") return { outcome, ...partialSuccess(body) };
  const name = grpcCodes[code] ?? String(code);
  const reason = message === "" ? name : `${name}: ${message}`;
  const kind = kindOf(outcome, name);
  if (outcome === "too_large" && requestBytes <= SURELY_NOT_TOO_LARGE) return { outcome: "rejected", kind, reason };
  if (outcome !== "retry") return { outcome, kind, reason };
  return { outcome, kind, reason, ...(retryAfterMs !== undefined && { afterMs: retryAfterMs }) };
}

function kindOf(outcome: Exclude<ResponseClass, "delivered">, name: string): SendFailure {
  if (name === "UNAUTHENTICATED" || name === "PERMISSION_DENIED") return "unauthenticated";
  return outcome === "retry" ? "unavailable" : outcome;
}

function retryInfo(details: Buffer | undefined): number | undefined {
  try {
    return details === undefined ? undefined : decodeStatus(details).retryAfterMs;
  } catch {
    return undefined; // Not a google.rpc.Status: the code alone decides.
  }
}

function partialSuccess(body: Buffer): { rejectedItems?: number; message?: string } {
  try {
    return decodeExportResponse(body);
  } catch {
    return {}; // Taken all the same: the status says so.
  }
}
