import { duration, listenEndpoint, httpLimits, tlsServer, type Endpoint, type TlsServer } from "@tracecore/core/config";
import type { HttpLimits } from "@tracecore/core/http";
import * as z from "zod";

/** Which error statuses make unhealthy. */
export interface ComponentHealth {
  readonly include_permanent_errors: boolean;
  readonly include_recoverable_errors: boolean;
  /** Milliseconds. */
  readonly recovery_duration: number;
}

/** The checked options. */
export interface HealthCheckConfig {
  readonly endpoint: Endpoint;
  readonly path: string;
  readonly tls?: TlsServer | undefined;
  readonly response_body?: { readonly healthy: string; readonly unhealthy: string } | undefined;
  readonly component_health: ComponentHealth;
  readonly limits: Partial<HttpLimits>;
}

/** The options, with the Collector's names. */
export const config: z.ZodType<HealthCheckConfig> = z.strictObject({
  endpoint: listenEndpoint()
    .prefault("localhost:13133")
    .describe("Address to listen on. `:13133` is all interfaces, which Kubernetes needs."),
  path: z
    .string()
    .regex(/^\/[^\s?#\p{Cc}]*$/u, "expected an absolute path without query, such as /health")
    .default("/")
    .describe("Path of the probe."),
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
  use_v2: z.boolean().optional().describe("Likewise: there is one version here."),
  limits: httpLimits().prefault({}).describe("What clients may take."),
});
