/** Metrics of the runtime itself, as data: the code and docs/selftelemetry.md both come from here. */
export interface ServiceInstrument {
  readonly name: string;
  readonly unit: string;
  readonly kind: "counter" | "updowncounter";
  readonly attributes: readonly string[];
  readonly description: string;
  /** The lowest `telemetry.metrics.level` that shows it; default `basic`. */
  readonly level?: "basic" | "normal" | "detailed";
}

export const serviceInstruments: Readonly<Record<"edgeItems" | "edgeBytes" | "componentStatus", ServiceInstrument>> = {
  edgeItems: {
    name: "tracecore.pipeline.items_total",
    unit: "1",
    kind: "counter",
    attributes: ["pipeline", "from", "to", "outcome"],
    description:
      "Items offered from one component to the next, by outcome: accepted, refused (the sender still has them) or failed.",
  },
  edgeBytes: {
    name: "tracecore.pipeline.bytes_total",
    unit: "By",
    kind: "counter",
    attributes: ["pipeline", "from", "to", "outcome"],
    description:
      "The same in bytes of OTLP protobuf before compression: exact for batches that still are the bytes they came in, worked out from the columns of others.",
    level: "detailed",
  },
  componentStatus: {
    name: "tracecore.component.status",
    unit: "1",
    kind: "updowncounter",
    attributes: ["component_id", "component_kind", "status"],
    description: "1 for the status that each component is in.",
  },
};
