import { byteSize, duration, listenEndpoint, type Endpoint, type TlsServer } from "@tracecore/core/config";
import { defaultMaxUnknownKinds, metricsLevels, type MetricsLevel } from "@tracecore/core/selftelemetry";
import * as z from "zod";
import { normalizePath, validateMountPath } from "./mount-path.ts";

/** Where the operator surface answers. */
export interface SurfacePaths {
  readonly metrics: string;
  readonly healthz: string;
  readonly readyz: string;
}

/** What clients may take of the operator surface; times are milliseconds, sizes bytes. */
export interface SurfaceLimits {
  readonly header_timeout: number;
  readonly request_timeout: number;
  readonly write_timeout: number;
  readonly keep_alive_timeout: number;
  readonly max_header_size: number;
  readonly max_connections: number;
  readonly max_concurrent_scrapes: number;
  readonly collection_timeout: number;
  readonly shutdown_timeout: number;
}

/** The block `telemetry` when it is on. */
export interface EnabledTelemetryConfig {
  readonly enabled: true;
  readonly listen: Endpoint;
  readonly paths: SurfacePaths;
  readonly tls?: TlsServer | undefined;
  readonly metrics: {
    readonly level: MetricsLevel;
    readonly max_unknown_kinds: number;
    readonly max_series: number;
  };
  readonly limits: SurfaceLimits;
}

/** The block `telemetry`. When it is off, nothing else in it is read. */
export type TelemetryConfig = { readonly enabled: false } | EnabledTelemetryConfig;

const ENABLED = "Whether the process shows its own metrics and probes. Off by default: no port is opened.";
const yesOrNo = ({ input }: { input?: unknown }): string => `expected true or false, got ${JSON.stringify(input)}`;

/** Whether a block is off; a block that is not fails as a whole there, so that messages speak of its other form. */
function isOff(block: { readonly enabled?: unknown } | null, without: "on" | "off"): boolean {
  const enabled = block?.enabled;
  return enabled === false || (enabled === undefined && without === "off");
}
const always = { when: () => true, message: "is on" };

const mountPath = (path: string, of: string) =>
  z
    .string()
    .superRefine((text, ctx) => {
      const message = validateMountPath(text);
      if (message !== undefined) ctx.addIssue({ code: "custom", message, input: text });
    })
    .transform(normalizePath)
    .prefault(path)
    .describe(`Path of ${of}.`);

const paths = z
  .strictObject({
    metrics: mountPath("/metrics", "the metrics"),
    healthz: mountPath("/healthz", "the liveness probe"),
    readyz: mountPath("/readyz", "the readiness probe"),
  })
  .superRefine((set, ctx) => {
    const seen = new Map<string, string>();
    for (const [name, path] of Object.entries(set)) {
      const other = seen.get(path);
      if (other !== undefined) {
        ctx.addIssue({
          code: "custom",
          path: [name],
          message: `is "${path}" like paths.${other}. Each needs a path of its own`,
        });
      }
      seen.set(path, name);
    }
  });

const tlsFile = (description: string) => z.string().min(1).describe(description);
const tlsOptions = z.strictObject({
  enabled: z
    .literal(true, { error: yesOrNo })
    .default(true)
    .describe("False turns TLS off and leaves the rest of the block unread."),
  cert_file: tlsFile("PEM file with the certificate, followed by its chain. Read again on reload."),
  key_file: tlsFile("PEM file with the private key of `cert_file`."),
  client_ca_file: tlsFile(
    "PEM file with the authorities of client certificates. With it, clients must show one (mTLS).",
  ).optional(),
  min_version: z.enum(["1.2", "1.3"]).default("1.2").describe("Oldest TLS version that is accepted."),
  reload_interval: duration()
    .optional()
    .describe("Time after which the files are read again. Without it, at reload only."),
});
const tls = z.union([
  z
    .looseObject({ enabled: z.literal(false).describe("False turns TLS off and leaves the rest of the block unread.") })
    .refine((block) => isOff(block, "on"), always)
    .transform(() => undefined),
  tlsOptions.transform(({ cert_file, key_file, client_ca_file, min_version, reload_interval }): TlsServer => {
    return { cert_file, key_file, client_ca_file, min_version, reload_interval };
  }),
]);

const count = (standard: number, description: string) => z.int().min(1).default(standard).describe(description);
const time = (standard: string, description: string) => duration().prefault(standard).describe(description);

const metrics = z.strictObject({
  level: z
    .enum(metricsLevels as [MetricsLevel, ...MetricsLevel[]])
    .default("normal")
    .describe(
      "How much is shown: `none`, `basic`, `normal` or `detailed`; docs/selftelemetry.md says what each holds.",
    ),
  max_unknown_kinds: count(
    defaultMaxUnknownKinds,
    "Error kinds beyond the canonical ones that a component may use before the rest is counted as `other`.",
  ),
  max_series: count(20_000, "Lines of the exposition; series beyond it are refused, which is logged."),
});

const limits = z.strictObject({
  header_timeout: time("5s", "Time for the headers of a request."),
  request_timeout: time("10s", "Time for a whole request."),
  write_timeout: time("30s", "Time until a response has left."),
  keep_alive_timeout: time("60s", "Time that an idle connection is kept."),
  max_header_size: byteSize().prefault("8KiB").describe("Size of request line and headers; more is answered with 431."),
  max_connections: count(100, "Connections at a time; one more is closed."),
  max_concurrent_scrapes: count(4, "Scrapes at a time; one more is answered with 429."),
  collection_timeout: time("5s", "Time for an asynchronous metric callback; without its values the scrape goes on."),
  shutdown_timeout: time("800ms", "Time for open responses when the surface closes."),
});

/** The options of the block when it is on; the option table of the README comes from it. */
export const telemetryOptions: z.ZodType<EnabledTelemetryConfig> = z.strictObject({
  enabled: z.literal(true, { error: yesOrNo }).describe(ENABLED),
  listen: listenEndpoint()
    .prefault("localhost:8888")
    .describe("Address and port of the operator surface. Beyond loopback, set `tls` or stand a proxy before it."),
  paths: paths.prefault({}).describe("Where it answers."),
  tls: tls.optional().describe("Certificate of the surface. Without it, plain HTTP."),
  metrics: metrics.prefault({}).describe("What is shown."),
  limits: limits.prefault({}).describe("What clients may take."),
});

/** The schema of the block `telemetry`. A block that is off is neither checked nor defaulted: a template may stand there. */
export const telemetryConfig: z.ZodType<TelemetryConfig> = z.union([
  z
    .looseObject({ enabled: z.literal(false).default(false).describe(ENABLED) })
    .refine((block) => isOff(block, "off"), always)
    .transform(() => ({ enabled: false }) as const),
  telemetryOptions,
]);
