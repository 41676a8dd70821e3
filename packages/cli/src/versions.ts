// Written by `pnpm generate` from the package.json files; do not edit.

/** The version of the command. */
export const cliVersion = "0.1.0";
/** The version of the Prometheus exposition, `@tracecore/prometheus`. */
export const prometheusVersion = "0.1.0";
/** The version of @opentelemetry/sdk-metrics that self-telemetry is built with. */
export const sdkMetricsVersion = "3.1.1";
