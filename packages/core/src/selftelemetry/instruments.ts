/** How much the process says of itself; each level holds the ones before it. */
export type MetricsLevel = "none" | "basic" | "normal" | "detailed";

/** From little to much. */
export const metricsLevels: readonly MetricsLevel[] = ["none", "basic", "normal", "detailed"];

/** Whether an instrument of level `needs` is shown at `level`. */
export function isShownAt(level: MetricsLevel, needs: MetricsLevel): boolean {
  return metricsLevels.indexOf(needs) <= metricsLevels.indexOf(level);
}

/** The one meter scope of self-telemetry. A scope for each component would put another `otel_scope_name` on each series. */
export const meterScopeName = "tracecore/selftelemetry";

/** A metric that the process has of itself, as data: code, docs/selftelemetry.md and the dashboards' tests read it. */
export interface InstrumentDefinition {
  /** As OpenTelemetry names it. */
  readonly name: string;
  /** As `/metrics` shows it. */
  readonly prometheusName: string;
  readonly kind: "counter" | "gauge" | "histogram";
  readonly valueType: "int" | "double";
  /** UCUM. */
  readonly unit: string;
  /** What each attribute says, by name. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly description: string;
  /** The lowest `telemetry.metrics.level` that shows it. */
  readonly level: Exclude<MetricsLevel, "none">;
  /** Upper bounds of a histogram's buckets. */
  readonly boundaries?: readonly number[];
}

const componentId = "The component, as the config file names it.";
const errorKind = "The class of the failure; see RUNBOOK.";

/** 100 µs to 10 s, in seconds: a cycle of 200 µs and one of 2 s fall far apart. */
const latencyBoundaries: readonly number[] = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];

type ComponentInstrument =
  | "receiverErrors"
  | "receiverEmissions"
  | "receiverLatency"
  | "receiverDegradedSeconds"
  | "receiverLastActivity"
  | "exporterCalls"
  | "processorItemsIn"
  | "processorItemsOut"
  | "processorItemsDropped"
  | "processorErrors"
  | "processorLatency";

/** What receivers, exporters and processors count; core writes these. */
export const componentInstruments: Readonly<Record<ComponentInstrument, InstrumentDefinition>> = {
  receiverErrors: instrument({
    name: "tracecore.receiver.errors_total",
    kind: "counter",
    attributes: { component_id: componentId, kind: errorKind },
    description: "Failed operations of a receiver.",
    level: "basic",
  }),
  receiverEmissions: instrument({
    name: "tracecore.receiver.emissions_total",
    kind: "counter",
    attributes: { component_id: componentId },
    description: "Batches of a receiver that the next stage took.",
    level: "basic",
  }),
  receiverLatency: instrument({
    name: "tracecore.receiver.collection_latency_seconds",
    kind: "histogram",
    valueType: "double",
    unit: "s",
    attributes: { component_id: componentId },
    description: "Time that collecting and passing on took, successes and failures alike.",
    level: "normal",
    boundaries: latencyBoundaries,
  }),
  receiverDegradedSeconds: instrument({
    name: "tracecore.receiver.degraded_seconds_total",
    kind: "counter",
    valueType: "double",
    unit: "s",
    attributes: { component_id: componentId },
    description: "Time that a receiver was degraded, the current interval included.",
    level: "basic",
  }),
  receiverLastActivity: instrument({
    name: "tracecore.receiver.last_activity_unix_seconds",
    kind: "gauge",
    unit: "s",
    attributes: { component_id: componentId },
    description: "Wall-clock second of the last success of a receiver; when it was made, until there is one.",
    level: "basic",
  }),
  exporterCalls: instrument({
    name: "tracecore.exporter.calls_total",
    kind: "counter",
    attributes: {
      component_id: componentId,
      result: "`success` or `failure`.",
      kind: "The class of the failure; empty for a success.",
    },
    description: "Consume calls of an exporter; an empty batch is a success.",
    level: "basic",
  }),
  processorItemsIn: instrument({
    name: "tracecore.processor.items_in_total",
    kind: "counter",
    unit: "{item}",
    attributes: { component_id: componentId },
    description: "Items that a processor was given.",
    level: "normal",
  }),
  processorItemsOut: instrument({
    name: "tracecore.processor.items_out_total",
    kind: "counter",
    unit: "{item}",
    attributes: { component_id: componentId },
    description: "Items that a processor passed on.",
    level: "normal",
  }),
  processorItemsDropped: instrument({
    name: "tracecore.processor.items_dropped_total",
    kind: "counter",
    unit: "{item}",
    attributes: { component_id: componentId, kind: "Why they ended there, for example `filtered`." },
    description: "Items that ended in a processor.",
    level: "basic",
  }),
  processorErrors: instrument({
    name: "tracecore.processor.errors_total",
    kind: "counter",
    attributes: { component_id: componentId, kind: errorKind },
    description: "Failed operations of a processor.",
    level: "basic",
  }),
  processorLatency: instrument({
    name: "tracecore.processor.processing_latency_seconds",
    kind: "histogram",
    valueType: "double",
    unit: "s",
    attributes: { component_id: componentId },
    description: "Time that a processor took for a batch, what follows it excluded where it can tell.",
    level: "detailed",
    boundaries: latencyBoundaries,
  }),
};

/** Counted wherever a component falls back to no self-telemetry. */
export const initErrors: InstrumentDefinition = instrument({
  name: "tracecore.selftelemetry.init_errors_total",
  kind: "counter",
  attributes: {
    role: "`receiver`, `exporter` or `processor`.",
    component_id: componentId,
    reason: "`nil_provider`, `instrument_register` or `unsupported_sdk`.",
  },
  description: "Components that run without self-telemetry since it could not be set up.",
  level: "basic",
});

/** What {@link instrument} takes: what is usual may be left out. */
type InstrumentInput = Omit<InstrumentDefinition, "prometheusName" | "valueType" | "unit"> &
  Partial<Pick<InstrumentDefinition, "valueType" | "unit">>;

/** Completes a definition: a whole number of unit 1 unless it says otherwise, and its Prometheus name. */
export function instrument(input: InstrumentInput): InstrumentDefinition {
  // Names end in their unit and in _total already, so the exposition must add no suffix of its own.
  return { valueType: "int", unit: "1", prometheusName: input.name.replaceAll(".", "_"), ...input };
}
