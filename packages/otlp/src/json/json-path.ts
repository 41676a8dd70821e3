import type { Batch } from "@tracecore/core";

/** An object on the way from a request to its items: the members that are read of it, and those that lead on. */
export interface PathObject {
  readonly kept: readonly string[];
  readonly next: readonly string[];
}

/** What lies in one another on the way to the items, which are in the last list: lists, and objects with their members. */
export type JsonPath = readonly (PathObject | "list")[];

const members = (kept: readonly string[], ...next: readonly string[]): PathObject => ({ kept, next });
const resource = ["resource", "schemaUrl"];
const scope = ["scope", "schemaUrl"];

/** The way to the items of each signal. Any other members of these objects are passed by. */
export const jsonPaths: Readonly<Record<Batch["signal"], JsonPath>> = {
  metrics: [
    members([], "resourceMetrics"),
    "list",
    members(resource, "scopeMetrics"),
    "list",
    members(scope, "metrics"),
    "list",
    members(
      ["name", "description", "unit", "metadata"],
      "gauge",
      "sum",
      "histogram",
      "exponentialHistogram",
      "summary",
    ),
    members(["isMonotonic", "aggregationTemporality"], "dataPoints"),
    "list",
  ],
  logs: [
    members([], "resourceLogs"),
    "list",
    members(resource, "scopeLogs"),
    "list",
    members(scope, "logRecords"),
    "list",
  ],
  traces: [
    members([], "resourceSpans"),
    "list",
    members(resource, "scopeSpans"),
    "list",
    members(scope, "spans"),
    "list",
  ],
};
