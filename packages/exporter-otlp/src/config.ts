import { componentId, duration, secret, tlsClient, type Secret, type TlsClient } from "@tracecore/core/config";
import { deliveryOptions, type DeliveryConfig } from "@tracecore/core/delivery";
import * as z from "zod";

/** Where to connect. */
export interface Target {
  readonly host: string;
  readonly port: number;
  /** What the scheme says; undefined without one. */
  readonly secure: boolean | undefined;
}

/** The checked options; times in milliseconds. */
export interface OtlpGrpcConfig extends DeliveryConfig {
  readonly endpoint: Target;
  readonly headers: Readonly<Record<string, Secret>>;
  readonly compression: "gzip" | "zstd" | "none";
  readonly tls: TlsClient;
  readonly auth?: { readonly authenticator: string } | undefined;
  readonly keepalive?: { readonly time: number; readonly timeout: number } | undefined;
  readonly balancer_name: "round_robin" | "pick_first";
}

const TARGET = /^(?:(https?):\/\/)?(\[[0-9a-f:.]+\]|[^\s:/[\]]+):(\d{1,5})\/?$/i;

const target = z
  .string()
  .regex(TARGET, 'expected host:port such as "collector.example:4317"')
  .describe("Where to send. `http://` and `https://` in front choose plain text and TLS.")
  .transform((text): Target => {
    const [, scheme, host = "", port] = TARGET.exec(text)!;
    return {
      host: host.replace(/^\[(.*)\]$/, "$1"),
      port: Number(port),
      secure: scheme === undefined ? undefined : scheme.toLowerCase() === "https",
    };
  });

/** Options of the exporter; names are those of the OpenTelemetry Collector. */
export const config: z.ZodType<OtlpGrpcConfig> = z.strictObject({
  endpoint: target,
  headers: z
    .record(z.string().regex(/^[0-9a-z_.-]+$/i, "expected the name of a header"), secret())
    .default({})
    .describe("Metadata of every call, for example `authorization`. Their values are secret."),
  compression: z
    .enum(["gzip", "zstd", "none"])
    .default("gzip")
    .describe("How messages are compressed. What came in as gzip goes out as it came."),
  tls: tlsClient()
    .prefault({})
    .describe("TLS, which is on unless `insecure` is set or the endpoint begins with `http://`."),
  auth: z
    .strictObject({ authenticator: componentId().describe("ID of the extension.") })
    .optional()
    .describe("The extension that signs requests. Its headers win over those of `headers`."),
  keepalive: z
    .strictObject({
      time: duration().prefault("30s").describe("Asks a silent backend after this time whether it is there."),
      timeout: duration().prefault("10s").describe("Connects anew when it does not say so within this time."),
      permit_without_stream: z.boolean().optional().describe("Accepted; it asks also when no call is under way."),
    })
    .optional()
    .describe("Keepalive. Off by default."),
  balancer_name: z
    .enum(["round_robin", "pick_first"])
    .default("round_robin")
    .describe("Spreads calls over all addresses of the host's name, or uses the first that answers."),
  ...deliveryOptions,
});
