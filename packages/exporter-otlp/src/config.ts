import { duration, emptyIsUnset, headerMap, tlsClient, unusedOption } from "@tracecore/core/config";
import { requestOptions, type RequestConfig } from "@tracecore/core/delivery";
import * as z from "zod";

/** Where to connect. */
export interface Target {
  /** Empty for a unix socket. */
  readonly host: string;
  readonly port: number;
  /** Of a unix socket. */
  readonly path?: string | undefined;
  /** What the scheme says; undefined without one. */
  readonly secure: boolean | undefined;
}

/** The checked options; times in milliseconds. */
export interface OtlpGrpcConfig extends RequestConfig {
  readonly endpoint: Target;
  readonly compression: "gzip" | "zstd" | "none";
  readonly keepalive?: { readonly enabled: boolean; readonly time: number; readonly timeout: number } | undefined;
  readonly authority?: string | undefined;
  readonly user_agent?: string | undefined;
  readonly balancer_name: "round_robin" | "pick_first";
}

// `dns:` and `passthrough:` are what gRPC calls names that are looked up, which all are here.
const TARGET =
  /^(?:(https?):\/\/|(?:dns|passthrough):(?:\/\/[^/]*\/)?)?(\[[0-9a-f:.]+\]|[^\s:/?#@[\]]+)(?::(\d{1,5}))?\/?$/i;
const UNIX = /^unix:(?:\/\/(?=\/))?([^\0]+)$/;
const EXPECTED = 'expected host:port such as "collector.example:4317"';
/** The port where the endpoint is a URL or name without one. */
const PORTS: Readonly<Record<string, number>> = { http: 80, https: 443 };

const target = z
  .string()
  .superRefine((text, context) => {
    const parsed = parseTarget(text);
    if (typeof parsed === "string") context.addIssue({ code: "custom", message: parsed });
  })
  .describe("Where to send. `http://` and `https://` in front choose plain text and TLS; `unix:///path` is a socket.")
  .transform((text, context): Target => {
    const parsed = parseTarget(text);
    if (typeof parsed !== "string") return parsed;
    context.addIssue({ code: "custom", message: parsed });
    return z.NEVER;
  });

/** Reads an endpoint; a string says what is wrong with it. */
function parseTarget(text: string): Target | string {
  if (/^unix:\/*$/.test(text)) return 'expected the path of a socket such as "unix:///run/collector.sock"';
  if (/^unix:\/\/[^/]/.test(text)) return `expected an absolute path such as "unix:///run/collector.sock"`;
  const [, path] = UNIX.exec(text) ?? [];
  if (path !== undefined) return { host: "", port: 0, path, secure: undefined };
  const [whole, scheme = "", host = "", given] = TARGET.exec(text) ?? [];
  if (whole === undefined) {
    return /^https?:\/\/[^/]+\/./i.test(text) ? `${EXPECTED}. A gRPC endpoint has no path: leave it out` : EXPECTED;
  }
  const port = given === undefined ? PORTS[scheme.toLowerCase()] : Number(given);
  if (port === undefined) return `${EXPECTED}. Add a port`;
  if (port < 1 || port > 65_535) return `the port ${port} is not between 1 and 65535`;
  return {
    host: host.replace(/^\[(.*)\]$/, "$1"),
    port,
    secure: scheme === "" ? undefined : scheme.toLowerCase() === "https",
  };
}

const emptyIsNone = (given: unknown): unknown => (given === "" ? "none" : given);

/** Options of the exporter; names are those of the OpenTelemetry Collector. */
export const config: z.ZodType<OtlpGrpcConfig> = z
  .strictObject({
    endpoint: target,
    headers: headerMap(/^[0-9a-z_.-]+$/i).describe(
      "Metadata of every call, for example `authorization`. Their values are secret.",
    ),
    compression: z
      .preprocess(emptyIsNone, z.enum(["gzip", "zstd", "none"]).default("gzip"))
      .describe("How messages are compressed. What came in as gzip goes out as it came."),
    tls: tlsClient()
      .prefault({})
      .describe("TLS, which is on unless the endpoint begins with `http://`, or `insecure` is set and no `ca_file`."),
    keepalive: z
      .strictObject({
        enabled: z.boolean().default(true).describe("False is as if the block were left out."),
        time: duration({ zero: true })
          .prefault("30s")
          .describe("Asks a silent backend after this time whether it is there; 0 for never."),
        timeout: duration().prefault("10s").describe("Connects anew when it does not say so within this time."),
        permit_without_stream: z.boolean().optional().describe("Accepted; it asks also when no call is under way."),
      })
      .optional()
      .describe("Keepalive. Off by default."),
    balancer_name: emptyIsUnset(z.enum(["round_robin", "pick_first"]))
      .transform((given) => given ?? "round_robin")
      .prefault("round_robin")
      .describe("Spreads calls over all addresses of the host's name, or uses the first that answers."),
    authority: emptyIsUnset(z.string().regex(/^[\x21-\x7e]+$/, "expected a host name")).describe(
      "Name to ask for (`:authority`), where it differs from the endpoint.",
    ),
    user_agent: emptyIsUnset(
      z.string().regex(/^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/, "expected text that can stand in a header"),
    ).describe("What calls say of who makes them, in place of `tracecore`."),
    wait_for_ready: unusedOption(z.boolean(), "a call waits for its connection for as long as `timeout` in any case."),
    ...requestOptions,
  })
  .superRefine(({ endpoint, tls }, context) => {
    const file = (["ca_file", "cert_file"] as const).find((name) => tls[name] !== undefined);
    if (endpoint.secure !== false || file === undefined) return;
    const message =
      '"http://" in the endpoint is plain text, for which there are no certificates. Write "https://" there';
    context.addIssue({ code: "custom", path: ["tls", file], message });
  });
