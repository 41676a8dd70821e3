import type { MetricDefinition } from "@tracecore/core";
import { csvRows } from "../fields/csv.ts";
import { mappingTable } from "./mapping-table.ts";
import { metricsTable } from "./metrics-table.ts";
import { names49Table } from "./names-4-9-table.ts";

/** A raw value times `multiply`, divided by `divide`: a division by a power of ten is exact where a multiplication is not. */
export interface Factor {
  readonly multiply: number;
  readonly divide: number;
}

/** What becomes of a raw value beside its factor. */
export type Transform =
  /** Nothing else. */
  | { readonly kind: "scale" }
  /** Zero means that there is no sensor. */
  | { readonly kind: "nonzero" }
  /** One point per clock event reason, 0 or 1. */
  | { readonly kind: "bits" }
  /** One point per fabric condition, 0 or 1. */
  | { readonly kind: "fabric_mask" }
  /** One point per state, 1 for the one that applies. */
  | { readonly kind: "enum"; readonly states: readonly string[] }
  /** The value is the code of an event; events are counted elsewhere. */
  | { readonly kind: "events" };

export type Instrument = "gauge" | "counter" | "updowncounter";

/** How a field is told in OpenTelemetry's words. */
export interface Mapping {
  readonly id: number;
  readonly metric: string;
  readonly instrument: Instrument;
  readonly unit: string;
  readonly description: string;
  readonly factor: Factor;
  readonly attributes: Readonly<Record<string, string>>;
  /** `auto`: by default, and left out without a word where the hardware does not have it. */
  readonly onByDefault: "on" | "auto" | "off";
  readonly transform: Transform;
  /** What dcgm-exporter 4.8 types it as. */
  readonly exporterType: "gauge" | "counter";
}

/** A metric of dcgm-exporter 4.9. */
export interface Name49 {
  readonly name: string;
  readonly type: "gauge" | "counter";
  readonly factor: Factor;
}

export const unscaled: Factor = { multiply: 1, divide: 1 };

interface Metric {
  readonly instrument: Instrument;
  readonly unit: string;
  readonly description: string;
}

let metrics: ReadonlyMap<string, Metric> | undefined;
let mappings: ReadonlyMap<number, Mapping> | undefined;
let names49: ReadonlyMap<number, Name49> | undefined;

function allMetrics(): ReadonlyMap<string, Metric> {
  metrics ??= new Map(
    csvRows<"metric" | "instrument" | "unit" | "description">(metricsTable).map(
      ({ metric, instrument, unit, description }) => [
        metric,
        { instrument: instrument as Instrument, unit, description },
      ],
    ),
  );
  return metrics;
}

/** The mapping of every field that has one, by id. */
export function allMappings(): ReadonlyMap<number, Mapping> {
  if (mappings !== undefined) return mappings;
  const byName = allMetrics();
  type Column = "id" | "metric" | "factor" | "default" | "transform" | "exporter_type" | "attributes";
  mappings = new Map(
    csvRows<Column>(mappingTable).map((row): [number, Mapping] => [
      Number(row.id),
      {
        id: Number(row.id),
        metric: row.metric,
        ...byName.get(row.metric)!,
        factor: factorOf(row.factor),
        attributes: attributesOf(row.attributes),
        onByDefault: row.default as Mapping["onByDefault"],
        transform: transformOf(row.transform),
        exporterType: row.exporter_type as Mapping["exporterType"],
      },
    ]),
  );
  return mappings;
}

/** The names of dcgm-exporter 4.9, by field id; where there is none it uses the name of DCGM 4.6. */
export function allNames49(): ReadonlyMap<number, Name49> {
  names49 ??= new Map(
    csvRows<"id" | "name" | "type" | "factor">(names49Table).map(({ id, name, type, factor }) => [
      Number(id),
      { name, type: type as Name49["type"], factor: factorOf(factor) },
    ]),
  );
  return names49;
}

/** What each attribute says; `{}` stands for the attributes that every point of a device has. */
const attributeTexts: Readonly<Record<string, string>> = {
  "error.type": "What kind of error.",
  "hw.gpu.task": "`general`, `encoder` or `decoder`.",
  "hw.limit_type": "Which limit.",
  "hw.sensor_location": "Where it is measured.",
  "hw.type": "Kind of component.",
  "network.io.direction": "`transmit`, `receive`, or `total` where the hardware does not tell them apart.",
  "nvidia.cpu.mode": "What the time went to.",
  "nvidia.gpu.c2c.content": "`all` with overhead, or `data`.",
  "nvidia.gpu.clock": "`sm`, `memory` or `video`.",
  "nvidia.gpu.clock.event.reason": "Why.",
  "nvidia.gpu.cycle.state": "`elapsed` or `active`.",
  "nvidia.gpu.ecc.scope": "`volatile` since the driver was loaded, or `aggregate` over the life of the board.",
  "nvidia.gpu.interconnect": "`pcie` or `nvlink`.",
  "nvidia.gpu.memory.cause": "`corrected` or `uncorrected` errors.",
  "nvidia.gpu.memory.location": "Which memory; `all` is their sum.",
  "nvidia.gpu.memory.spare_rows": "How many are left.",
  "nvidia.gpu.pipe": "Which pipe.",
  "nvidia.gpu.source": "`profiling` where the profiling module measured it.",
  "nvidia.gpu.video_engine": "Which engine.",
  "nvidia.gpu.video_engine.index": "Which one of several.",
  "nvidia.nvlink.bit_error.kind": "`symbol` or `effective`.",
  "nvidia.nvlink.fec.corrected_symbols": "Symbols corrected in the block.",
  "nvidia.nvlink.id": "Which link.",
  "nvidia.nvlink.recovery.outcome": "`success` or `failure`.",
  "nvidia.nvswitch.power.rail": "Which rail.",
  "nvidia.sxid.severity": "`fatal` or `nonfatal`.",
};

const transformAttributes: Partial<Record<string, Readonly<Record<string, string>>>> = {
  "nvidia.gpu.clock.event": { "nvidia.gpu.clock.event.reason": "Why." },
  "nvidia.gpu.fabric.health": { "nvidia.gpu.fabric.condition": "Which condition." },
  "nvidia.gpu.fabric.health.summary": { "nvidia.gpu.fabric.state": "Which state." },
  "nvidia.gpu.fabric.state": { "nvidia.gpu.fabric.state": "Which state." },
  "nvidia.gpu.recovery_action": { "nvidia.gpu.recovery.action": "Which action." },
  "nvidia.gpu.xid.errors": {
    "nvidia.xid.code": "XID code.",
    "nvidia.xid.subcode": "Unit of an NVLink 5 event, where it is known.",
  },
  "nvidia.nvswitch.sxid.errors": { "nvidia.sxid.code": "SXID code." },
  "nvidia.gpu.nvlink.error_events": { "error.type": "Code of the error." },
};

/** The attribute that tells the points of a transform apart. */
export const stateAttribute: Readonly<Record<string, string>> = {
  "nvidia.gpu.clock.event": "nvidia.gpu.clock.event.reason",
  "nvidia.gpu.fabric.health": "nvidia.gpu.fabric.condition",
  "nvidia.gpu.fabric.health.summary": "nvidia.gpu.fabric.state",
  "nvidia.gpu.fabric.state": "nvidia.gpu.fabric.state",
  "nvidia.gpu.recovery_action": "nvidia.gpu.recovery.action",
};

/** The metrics of the mapping as declarations, for the README and the types of the receiver. */
export function mappedDefinitions(common: Readonly<Record<string, string>>): Record<string, MetricDefinition> {
  const attributes = new Map<string, Set<string>>();
  for (const mapping of allMappings().values()) {
    const keys = attributes.get(mapping.metric) ?? new Set<string>();
    for (const key of Object.keys(mapping.attributes)) keys.add(key);
    attributes.set(mapping.metric, keys);
  }
  const definitions: Record<string, MetricDefinition> = {};
  for (const [name, { instrument, unit, description }] of allMetrics()) {
    const own = [...(attributes.get(name) ?? [])].map((key) => [key, attributeTexts[key] ?? ""]);
    definitions[name] = {
      ...(instrument === "gauge"
        ? { kind: "gauge" as const }
        : { kind: "sum" as const, monotonic: instrument === "counter" }),
      unit,
      description,
      attributes: { ...Object.fromEntries(own), ...transformAttributes[name], ...common },
    };
  }
  return definitions;
}

/** The value in the metric's unit. */
export function scaled(raw: number, { multiply, divide }: Factor): number {
  return divide === 1 ? raw * multiply : raw / divide;
}

function factorOf(text: string): Factor {
  return text.startsWith("/") ? { multiply: 1, divide: Number(text.slice(1)) } : { multiply: Number(text), divide: 1 };
}

function attributesOf(text: string): Record<string, string> {
  if (text === "") return {};
  return Object.fromEntries(text.split(";").map((pair) => pair.split("=") as [string, string]));
}

function transformOf(text: string): Transform {
  if (text.startsWith("enum:")) return { kind: "enum", states: text.slice(5).split(",") };
  return { kind: text as "scale" | "nonzero" | "bits" | "fabric_mask" | "events" };
}
