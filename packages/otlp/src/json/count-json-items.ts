import type { Batch } from "@tracecore/core";
import type { JsonCursor } from "./json-cursor.ts";

/** The lists from a request down to its items. */
const lists = {
  metrics: ["resourceMetrics", "scopeMetrics", "metrics"],
  logs: ["resourceLogs", "scopeLogs", "logRecords"],
  traces: ["resourceSpans", "scopeSpans", "spans"],
} as const;
const metricData = ["gauge", "sum", "histogram", "exponentialHistogram", "summary"] as const;

/** How many items a request has, before anything is made of them. Throws `otlp-malformed`. */
export function countJsonItems(signal: Batch["signal"], request: JsonCursor): number {
  const [resources, scopes, items] = lists[signal];
  let count = 0;
  for (const resource of request.get(resources).items()) {
    for (const scope of resource.get(scopes).items()) {
      const own = scope.get(items);
      if (signal !== "metrics") count += own.length;
      else
        for (const metric of own.items())
          for (const data of metricData) count += metric.get(data).get("dataPoints").length;
    }
  }
  return count;
}
