import { duration, emptyIsUnset, headerMap, refusedOption, tlsClient, unusedOption } from "@tracecore/core/config";
import { requestOptions, type RequestConfig } from "@tracecore/core/delivery";
import * as z from "zod";

const url = (what: string): z.ZodType<string | undefined> =>
  emptyIsUnset(z.string().refine(isUrl, { error: 'expected a URL such as "https://collector.example:4318"' })).describe(
    what,
  );

function isUrl(text: string): boolean {
  return /^https?:\/\/[^\s/?#]+[^\s]*$/i.test(text) && URL.canParse(text);
}

/** Other names that the Collector has for codings. */
function commonName(given: unknown): unknown {
  if (given === "") return "none";
  return given === "zlib" ? "deflate" : given;
}

/** The checked options; times in milliseconds. */
export interface OtlpHttpConfig extends RequestConfig {
  readonly endpoint?: string | undefined;
  readonly metrics_endpoint?: string | undefined;
  readonly logs_endpoint?: string | undefined;
  readonly traces_endpoint?: string | undefined;
  readonly encoding: "proto" | "json";
  readonly compression: "gzip" | "zstd" | "deflate" | "none";
  readonly compression_params: { readonly level?: number | undefined };
  readonly max_idle_conns_per_host: number;
  readonly max_conns_per_host: number;
  readonly idle_conn_timeout: number;
  readonly disable_keep_alives: boolean;
  /** Wins over the three before. */
  readonly keepalive?:
    | {
        readonly enabled: boolean;
        readonly idle_conn_timeout?: number | undefined;
        readonly max_idle_conns_per_host?: number | undefined;
      }
    | undefined;
  readonly proxy_url?: string | undefined;
}

/** Options of the exporter; names are those of the OpenTelemetry Collector. */
export const config: z.ZodType<OtlpHttpConfig> = z
  .strictObject({
    endpoint: url("Where to send: `/v1/metrics`, `/v1/logs` and `/v1/traces` are put behind it.").refine(
      (text) => text === undefined || !/[?#]/.test(text),
      { error: 'a path is put behind it, so that it can have no "?". Set the whole URLs, such as traces_endpoint' },
    ),
    metrics_endpoint: url("The whole URL for metrics, where it differs."),
    logs_endpoint: url("The whole URL for logs, where it differs."),
    traces_endpoint: url("The whole URL for traces, where it differs."),
    profiles_endpoint: unusedOption(z.string(), "profiles are not sent."),
    headers: headerMap(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/).describe(
      "Headers of every request, for example `authorization`. Their values are secret.",
    ),
    encoding: z.enum(["proto", "json"]).default("proto").describe("`proto` costs a tenth of `json`."),
    compression: z
      .preprocess(commonName, z.enum(["gzip", "zstd", "deflate", "none"]).default("gzip"))
      .describe("How bodies are compressed; `zlib` is `deflate`. What came in as gzip goes out as it came."),
    compression_params: z
      .strictObject({
        level: z
          .int()
          .min(0)
          .max(22)
          .optional()
          .describe("1 is the fastest: up to 9 for gzip and deflate, 22 for zstd. 0 is as if it were left out."),
      })
      .prefault({})
      .describe("How well bodies are compressed."),
    tls: tlsClient().prefault({}).describe("TLS of `https` URLs."),
    max_idle_conns_per_host: z
      .int()
      .min(0)
      .max(10_000)
      .default(100)
      .describe("Connections kept open for the next request."),
    max_idle_conns: unusedOption(z.int().min(0), "there is one host, see `max_idle_conns_per_host`."),
    max_conns_per_host: z.int().min(0).default(0).describe("Connections at a time; 0 for no limit."),
    idle_conn_timeout: duration({ zero: true })
      .prefault("90s")
      .describe("How long a connection without requests is kept open; 0 for any time."),
    disable_keep_alives: z.boolean().default(false).describe("Makes a connection for each request."),
    keepalive: z
      .strictObject({
        enabled: z.boolean().default(true).describe("False makes a connection for each request."),
        idle_conn_timeout: duration({ zero: true }).optional().describe("In place of `idle_conn_timeout`."),
        max_idle_conns: unusedOption(z.int().min(0), "there is one host, see `max_idle_conns_per_host`."),
        max_idle_conns_per_host: z
          .int()
          .min(0)
          .max(10_000)
          .optional()
          .describe("In place of `max_idle_conns_per_host`."),
      })
      .optional()
      .describe("The Collector's newer form of the options above, over which it wins."),
    proxy_url: emptyIsUnset(
      z.string().refine(isUrl, { error: 'expected a URL such as "http://proxy.example:3128"' }),
    ).describe("The proxy to send through. Without it the one that `HTTP_PROXY` or `HTTPS_PROXY` names, if any."),
    http2_read_idle_timeout: unusedOption(duration({ zero: true }), "HTTP/1.1 is spoken."),
    http2_ping_timeout: unusedOption(duration({ zero: true }), "HTTP/1.1 is spoken."),
    force_attempt_http2: unusedOption(z.boolean(), "HTTP/1.1 is spoken."),
    cookies: refusedOption("cookies of the backend are not kept. Leave it out"),
    ...requestOptions,
    timeout: duration({ zero: true }).prefault("30s").describe("Time for one attempt; 0s is no limit."),
  })
  .superRefine((options, context) => {
    const { level = 0 } = options.compression_params;
    if (options.compression !== "zstd" && level > 9 && level <= 22) {
      const message = `expected a level of at most 9 for ${options.compression}`;
      context.addIssue({ code: "custom", path: ["compression_params", "level"], message });
    }
    if (options.endpoint !== undefined) return;
    if (options.metrics_endpoint ?? options.logs_endpoint ?? options.traces_endpoint) return;
    context.addIssue({ code: "custom", path: [], message: 'no endpoint is set. Set "endpoint"' });
  });
