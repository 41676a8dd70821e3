import {
  collectorServerOptions,
  duration,
  httpLimits,
  listenEndpoint,
  refusedOption,
  tlsServer,
  unusedOption,
  type Endpoint,
  type TlsServer,
} from "@tracecore/core/config";
import type { HttpLimits } from "@tracecore/core/http";
import * as z from "zod";

/** Which error statuses make unhealthy. */
export interface ComponentHealth {
  readonly include_permanent_errors: boolean;
  readonly include_recoverable_errors: boolean;
  /** Milliseconds. */
  readonly recovery_duration: number;
}

/** Where gRPC is answered. */
export interface GrpcHealthConfig {
  readonly endpoint: Endpoint;
  readonly tls?: TlsServer | undefined;
}

/** Where HTTP is answered, as the Collector's second health check writes it. */
export interface HttpHealthConfig {
  readonly endpoint: Endpoint;
  readonly tls?: TlsServer | undefined;
  readonly status: { readonly enabled: boolean; readonly path: string };
}

/** The checked options. */
export interface HealthCheckConfig {
  /** Undefined where `http` and `grpc` say all. */
  readonly endpoint?: Endpoint | undefined;
  readonly path: string;
  readonly tls?: TlsServer | undefined;
  readonly response_body?: { readonly healthy: string; readonly unhealthy: string } | undefined;
  readonly component_health: ComponentHealth;
  readonly http?: HttpHealthConfig | undefined;
  readonly grpc?: GrpcHealthConfig | undefined;
  readonly limits: Partial<HttpLimits>;
}

const absolutePath = (): z.ZodString =>
  z.string().regex(/^\/[^\s?#\p{Cc}]*$/u, "expected an absolute path without query, such as /health");
const tls = tlsServer().optional().describe("Certificate to show. Without it, plain text.");
const server = collectorServerOptions();

const http = z.strictObject({
  endpoint: listenEndpoint().prefault("localhost:13133").describe("Address to listen on."),
  tls,
  ...server,
  status: z
    .strictObject({
      enabled: z.boolean().default(true).describe("False opens no port."),
      path: absolutePath().default("/status").describe("Path of the probe."),
    })
    .prefault({})
    .describe("The probe."),
  config: refusedOption("the config in force is shown by the extension zpages. Leave it out"),
});

const grpc = z.strictObject({
  endpoint: listenEndpoint().prefault("localhost:13132").describe("Address to listen on."),
  transport: unusedOption(z.enum(["tcp", "tcp4", "tcp6", "unix"]), "the endpoint says it."),
  tls,
});

const options = z.strictObject({
  endpoint: listenEndpoint()
    .prefault("localhost:13133")
    .describe("Address to listen on. `:13133` is all interfaces, which Kubernetes needs."),
  path: absolutePath()
    .default("/")
    .describe("Path of the probe; where it ends with a slash, of those below as well, such as `/healthz`."),
  tls: tlsServer().optional().describe("Certificate to show. Without it, plain HTTP."),
  response_body: z
    .strictObject({
      healthy: z.string().default("").describe("Text while healthy."),
      unhealthy: z.string().default("").describe("Text while unhealthy."),
    })
    .optional()
    .describe("Texts to answer with in place of JSON, for `path` without a query."),
  component_health: z
    .strictObject({
      include_permanent_errors: z
        .boolean()
        .default(false)
        .describe("A component with an error that it does not get over makes unhealthy."),
      include_recoverable_errors: z
        .boolean()
        .default(false)
        .describe("A component with an error that it may get over makes unhealthy, once it has lasted."),
      recovery_duration: duration({ zero: true })
        .prefault("1m")
        .describe("Time that such an error may last. Restarts of the component in between do not end it."),
    })
    .prefault({})
    .describe("Which errors of components make unhealthy. By default none: they are shown only."),
  check_collector_pipeline: z
    .looseObject({})
    .optional()
    .describe("Taken from configs of the Collector, without effect, as there."),
  use_v2: z
    .boolean()
    .default(false)
    .describe("True leaves `endpoint` and `path` unused where `http` or `grpc` is set, as the Collector does."),
  http: z
    .preprocess(onWhenNamed, http.optional())
    .describe("HTTP as the Collector's second health check has it, in place of `endpoint`, `path` and `tls`."),
  grpc: z
    .preprocess(onWhenNamed, grpc.optional())
    .describe("Serves `grpc.health.v1.Health` (Check and Watch); the service is a pipeline, or empty for the whole."),
  limits: httpLimits().prefault({}).describe("What clients may take."),
  ...server,
});

/** `grpc:` without a value is on with its defaults. */
function onWhenNamed(value: unknown): unknown {
  return value === null ? {} : value;
}

/** The options, with the Collector's names. */
export const config: z.ZodType<HealthCheckConfig> = options.transform((given) => {
  const elsewhere = given.http !== undefined || (given.use_v2 && given.grpc !== undefined);
  // Nobody listens there then, and nobody is to think so.
  return elsewhere ? { ...given, endpoint: undefined } : given;
});
