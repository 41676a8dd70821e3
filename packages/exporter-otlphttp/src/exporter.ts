import {
  defineExporter,
  requestSigner,
  type ClientAuthenticator,
  type ExporterFactory,
  type Logger,
} from "@tracecore/core";
import {
  compressBody,
  fixedHeaders,
  hideSecrets,
  startDelivery,
  type Compression,
  type Sender,
} from "@tracecore/core/delivery";
import { openTlsClient, proxyOf } from "@tracecore/core/http";
import {
  encodeJsonInParts,
  exportRequest,
  mergeExportRequests,
  ownRequestInTurns,
  splitExportRequest,
  type ExportRequest,
} from "@tracecore/otlp";
import { resultOf } from "./answer.ts";
import { config, type OtlpHttpConfig } from "./config.ts";
import { HttpClient } from "./http-client.ts";

/** Sends OTLP over HTTP, as protobuf or JSON. */
export const otlphttpExporter: ExporterFactory = defineExporter({
  type: "otlphttp",
  stability: { metrics: "beta", logs: "beta", traces: "beta" },
  config,
  async start(options, ctx) {
    const signer = requestSigner(ctx.host, options.auth?.authenticator);
    const { logger } = ctx.settings.telemetry;
    const tls = await openTlsClient(options.tls, { clock: ctx.clock, logger });
    const client = new HttpClient({
      keepAlive: options.keepalive?.enabled ?? !options.disable_keep_alives,
      maxConnections: options.max_conns_per_host,
      maxIdleConnections: options.keepalive?.max_idle_conns_per_host ?? options.max_idle_conns_per_host,
      idleMs: options.keepalive?.idle_conn_timeout ?? options.idle_conn_timeout,
      proxy: proxies(options, logger),
      tls: () => tls.current,
    });
    const delivery = startDelivery(
      ctx,
      options,
      sender(options, client, signer, () => ctx.clock.nowMs()),
    );
    const consumer = { consume: delivery.consume.bind(delivery) };
    return {
      metrics: consumer,
      logs: consumer,
      traces: consumer,
      configReloaded: () => tls.reload(),
      async [Symbol.asyncDispose]() {
        await delivery[Symbol.asyncDispose]();
        client[Symbol.dispose]();
        await tls[Symbol.asyncDispose]();
      },
    };
  },
});

/** The proxy for each of the endpoints: that of the config, or of the environment. Throws when the environment names no URL. */
function proxies(options: OtlpHttpConfig, logger: Logger): (url: URL) => URL | undefined {
  if (options.proxy_url !== undefined) {
    const proxy = new URL(options.proxy_url);
    return () => proxy;
  }
  const { endpoint, metrics_endpoint, logs_endpoint, traces_endpoint } = options;
  const known = new Map<string, URL | undefined>();
  for (const url of [endpoint, metrics_endpoint, logs_endpoint, traces_endpoint]) {
    if (url === undefined) continue;
    const { origin } = new URL(url);
    const proxy = proxyOf(new URL(url));
    if (proxy !== undefined && !known.has(origin)) logger.info(`sends to ${origin} through the proxy ${proxy.host}`);
    known.set(origin, proxy);
  }
  return ({ origin }) => known.get(origin);
}

interface PreparedRequest {
  readonly url: URL;
  readonly body: Uint8Array;
  readonly compression: Compression;
}

/** Bytes below which compressing costs more than it saves. */
const SMALL = 256;

function sender(
  options: OtlpHttpConfig,
  client: HttpClient,
  signer: ClientAuthenticator,
  nowMs: () => number,
): Sender<ExportRequest, PreparedRequest | undefined> {
  const urls = {
    metrics: urlOf(options.metrics_endpoint, options.endpoint, "metrics"),
    logs: urlOf(options.logs_endpoint, options.endpoint, "logs"),
    traces: urlOf(options.traces_endpoint, options.endpoint, "traces"),
  };
  const json = options.encoding === "json";
  const fixed: Record<string, string> = {
    "content-type": json ? "application/json" : "application/x-protobuf",
    ...fixedHeaders(options),
  };
  return {
    request: exportRequest,
    merge: mergeExportRequests,
    split: splitExportRequest,
    async prepare(request) {
      const url = urls[request.signal];
      if (url === undefined) return undefined;
      const plain = json
        ? await encodeJsonInParts(await ownRequestInTurns(request.signal, request.body))
        : request.body;
      const original = json ? undefined : request.compressed;
      const compression = plain.length < SMALL && original === undefined ? "none" : options.compression;
      const body = await compressBody(plain, compression, original, options.compression_params.level || undefined);
      return { url, body, compression };
    },
    async send(request, signal, prepared) {
      if (prepared === undefined) {
        return { outcome: "rejected", kind: "rejected", reason: `no endpoint is set for ${request.signal}` };
      }
      const { url, body, compression } = prepared;
      const own = { ...fixed, ...(await signer.headersFor()) };
      const headers = {
        ...own,
        ...(compression !== "none" && { "content-encoding": compression }),
      };
      return hideSecrets(resultOf(request.signal, await client.post(url, headers, body, signal), nowMs()), own);
    },
  };
}

function urlOf(own: string | undefined, base: string | undefined, signal: string): URL | undefined {
  if (own !== undefined) return new URL(own);
  return base === undefined ? undefined : new URL(`${base.replace(/\/+$/, "")}/v1/${signal}`);
}
