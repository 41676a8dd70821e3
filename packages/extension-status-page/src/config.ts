import {
  collectorServerOptions,
  listenEndpoint,
  httpLimits,
  tlsServer,
  type Endpoint,
  type TlsServer,
} from "@tracecore/core/config";
import type { HttpLimits } from "@tracecore/core/http";
import * as z from "zod";

/** The checked options. */
export interface StatusPageConfig {
  readonly endpoint: Endpoint;
  readonly tls?: TlsServer | undefined;
  readonly allowed_hosts: readonly string[];
  readonly log_lines: number;
  readonly limits: Partial<HttpLimits>;
}

/** The options, with the Collector's names where it has them. */
export const config: z.ZodType<StatusPageConfig> = z.strictObject({
  endpoint: listenEndpoint()
    .prefault("localhost:55679")
    .describe("Address to listen on. Whoever reaches it sees the config and the log: leave it on loopback."),
  tls: tlsServer().optional().describe("Certificate to show. Without it, plain HTTP."),
  allowed_hosts: z
    .array(
      z.string().regex(/^[^\s/:@*]+$/, 'expected a name without scheme, port or "*", such as "status.example.com"'),
    )
    .default([])
    .describe(
      "Names under which browsers may ask for the page, beside localhost, IP addresses and the host of `endpoint`: for a proxy in front of it.",
    ),
  log_lines: z
    .int()
    .min(1)
    .max(100_000)
    .default(500)
    .describe("Lines of the log that are kept for the page; the oldest go first."),
  expvar: z.looseObject({}).optional().describe("Taken from configs of the Collector, without effect."),
  ...collectorServerOptions(),
  limits: httpLimits().prefault({}).describe("What clients may take."),
});
