import type { Batch } from "@tracecore/core";

/** What the value of a member is: texts, numbers and booleans are scalars. */
export type JsonKind = "scalar" | "list" | "object";

/** An object on the way from a request to its items: the members that are read of it, and those that lead on. */
export interface PathObject {
  readonly kept: Readonly<Record<string, JsonKind>>;
  readonly next: readonly string[];
}

/** What lies in one another down to the items and with them: lists, and objects with their members. */
export type JsonPath = readonly (PathObject | "list")[];

const request = (list: string): PathObject => ({ kept: {}, next: [list] });
const resource = (list: string): PathObject => ({ kept: { resource: "object", schemaUrl: "scalar" }, next: [list] });
const scope = (list: string): PathObject => ({ kept: { scope: "object", schemaUrl: "scalar" }, next: [list] });

const logRecord: PathObject["kept"] = {
  timeUnixNano: "scalar",
  observedTimeUnixNano: "scalar",
  severityNumber: "scalar",
  severityText: "scalar",
  body: "object",
  attributes: "list",
  droppedAttributesCount: "scalar",
  flags: "scalar",
  traceId: "scalar",
  spanId: "scalar",
  eventName: "scalar",
};

const span: PathObject["kept"] = {
  traceId: "scalar",
  spanId: "scalar",
  parentSpanId: "scalar",
  traceState: "scalar",
  flags: "scalar",
  name: "scalar",
  kind: "scalar",
  startTimeUnixNano: "scalar",
  endTimeUnixNano: "scalar",
  attributes: "list",
  droppedAttributesCount: "scalar",
  events: "list",
  droppedEventsCount: "scalar",
  links: "list",
  droppedLinksCount: "scalar",
  status: "object",
};

const metric: PathObject = {
  kept: { name: "scalar", description: "scalar", unit: "scalar", metadata: "list" },
  next: ["gauge", "sum", "histogram", "exponentialHistogram", "summary"],
};

const data: PathObject = {
  kept: { isMonotonic: "scalar", aggregationTemporality: "scalar" },
  next: ["dataPoints"],
};

/** Points of all kinds. */
const point: PathObject["kept"] = {
  attributes: "list",
  flags: "scalar",
  timeUnixNano: "scalar",
  startTimeUnixNano: "scalar",
  exemplars: "list",
  asInt: "scalar",
  asDouble: "scalar",
  count: "scalar",
  sum: "scalar",
  min: "scalar",
  max: "scalar",
  explicitBounds: "list",
  bucketCounts: "list",
  scale: "scalar",
  zeroCount: "scalar",
  zeroThreshold: "scalar",
  positive: "object",
  negative: "object",
  quantileValues: "list",
};

/**
 * The way to the items of each signal, which are the elements of the last list. Where one of these objects is long, a decoder gets
 * only the members that are named here.
 */
export const jsonPaths: Readonly<Record<Batch["signal"], JsonPath>> = {
  metrics: [
    request("resourceMetrics"),
    "list",
    resource("scopeMetrics"),
    "list",
    scope("metrics"),
    "list",
    metric,
    data,
    "list",
    { kept: point, next: [] },
  ],
  logs: [
    request("resourceLogs"),
    "list",
    resource("scopeLogs"),
    "list",
    scope("logRecords"),
    "list",
    { kept: logRecord, next: [] },
  ],
  traces: [
    request("resourceSpans"),
    "list",
    resource("scopeSpans"),
    "list",
    scope("spans"),
    "list",
    { kept: span, next: [] },
  ],
};
