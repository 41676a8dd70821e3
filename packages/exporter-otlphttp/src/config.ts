import { componentId, duration, secret, tlsClient, type Secret, type TlsClient } from "@tracecore/core/config";
import { deliveryOptions, type DeliveryConfig } from "@tracecore/core/delivery";
import * as z from "zod";

const url = (what: string): z.ZodType<string | undefined> =>
  z
    .string()
    .regex(/^https?:\/\/[^\s/?#]+/i, 'expected a URL such as "https://collector.example:4318"')
    .optional()
    .describe(what);

/** The checked options; times in milliseconds. */
export interface OtlpHttpConfig extends DeliveryConfig {
  readonly endpoint?: string | undefined;
  readonly metrics_endpoint?: string | undefined;
  readonly logs_endpoint?: string | undefined;
  readonly traces_endpoint?: string | undefined;
  readonly headers: Readonly<Record<string, Secret>>;
  readonly encoding: "proto" | "json";
  readonly compression: "gzip" | "zstd" | "deflate" | "none";
  readonly tls: TlsClient;
  readonly auth?: { readonly authenticator: string } | undefined;
  readonly max_idle_conns_per_host: number;
}

/** Options of the exporter; names are those of the OpenTelemetry Collector. */
export const config: z.ZodType<OtlpHttpConfig> = z
  .strictObject({
    endpoint: url("Where to send: `/v1/metrics`, `/v1/logs` and `/v1/traces` are put behind it."),
    metrics_endpoint: url("The whole URL for metrics, where it differs."),
    logs_endpoint: url("The whole URL for logs, where it differs."),
    traces_endpoint: url("The whole URL for traces, where it differs."),
    headers: z
      .record(z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, "expected the name of a header"), secret())
      .default({})
      .describe("Headers of every request, for example `authorization`. Their values are secret."),
    encoding: z.enum(["proto", "json"]).default("proto").describe("`proto` costs a tenth of `json`."),
    compression: z
      .enum(["gzip", "zstd", "deflate", "none"])
      .default("gzip")
      .describe("How bodies are compressed. What came in as gzip goes out as it came."),
    tls: tlsClient().prefault({}).describe("TLS of `https` URLs."),
    auth: z
      .strictObject({ authenticator: componentId().describe("ID of the extension.") })
      .optional()
      .describe("The extension that signs requests. Its headers win over those of `headers`."),
    max_idle_conns_per_host: z
      .int()
      .min(0)
      .max(10_000)
      .default(100)
      .describe("Connections kept open for the next request."),
    ...deliveryOptions,
    timeout: duration().prefault("30s").describe("Time for one attempt."),
  })
  .superRefine((options, context) => {
    if (options.endpoint !== undefined) return;
    if (options.metrics_endpoint ?? options.logs_endpoint ?? options.traces_endpoint) return;
    context.addIssue({ code: "custom", path: [], message: 'no endpoint is set. Set "endpoint"' });
  });
