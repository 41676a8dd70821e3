import { instrument, type InstrumentDefinition } from "@tracecore/core/selftelemetry";

type SurfaceInstrument =
  | "failureRate"
  | "queueDepth"
  | "restarts"
  | "buildInfo"
  | "scrapePanics"
  | "scrapesRefused"
  | "serveExited"
  | "tlsReloads"
  | "deprecatedMetric";

/** What the process shows beside its components' counters, as data. */
export const surfaceInstruments: Readonly<Record<SurfaceInstrument, InstrumentDefinition>> = {
  failureRate: instrument({
    name: "tracecore.exporter.failure_rate",
    kind: "gauge",
    valueType: "double",
    attributes: { component_id: "The exporter; the series without it is the share over all exporters." },
    description:
      "Failed share of exporter calls over a rolling window of 60 s. For other windows use tracecore_exporter_calls_total.",
    level: "basic",
  }),
  queueDepth: instrument({
    name: "tracecore.queue.depth_ratio",
    kind: "gauge",
    valueType: "double",
    attributes: {},
    description: "Fill of the fullest sending queue, 0 to 1.",
    level: "normal",
  }),
  restarts: instrument({
    name: "tracecore.component.restart_count_per_hour",
    kind: "gauge",
    valueType: "double",
    attributes: {},
    description:
      "Starts anew of failed components over the last hour; a try of `startup: retry` that fails counts as well.",
    level: "normal",
  }),
  buildInfo: instrument({
    name: "tracecore.build.info",
    kind: "gauge",
    attributes: { command: "The program.", version: "Its version.", revision: "The source it was built from." },
    description: "Always 1; join with it to see which build a series comes from.",
    level: "basic",
  }),
  scrapePanics: instrument({
    name: "tracecore.selftelemetry.scrape_panics_total",
    kind: "counter",
    attributes: { endpoint: "`metrics`, `healthz` or `readyz`." },
    description: "Requests in which a metric callback or a readiness predicate threw.",
    level: "basic",
  }),
  scrapesRefused: instrument({
    name: "tracecore.selftelemetry.scrapes_refused_total",
    kind: "counter",
    attributes: {},
    description: "Scrapes answered with 429 since too many ran at the same time.",
    level: "basic",
  }),
  serveExited: instrument({
    name: "tracecore.selftelemetry.serve_exited_total",
    kind: "counter",
    attributes: { reason: "The error code, or `closed`." },
    description: "Times that the port of the operator surface was lost.",
    level: "basic",
  }),
  tlsReloads: instrument({
    name: "tracecore.selftelemetry.tls_reloads_total",
    kind: "counter",
    attributes: { result: "`success` or `failure`; a failure keeps the certificate from before." },
    description: "Times that the TLS files of the operator surface were read again.",
    level: "basic",
  }),
  deprecatedMetric: instrument({
    name: "tracecore_deprecated_metric",
    kind: "counter",
    attributes: { old_name: "The name that will go.", new_name: "The name to use." },
    description: "1 for each metric that is shown under an old name too, for one minor release at least.",
    level: "basic",
  }),
};
