import type { Batch } from "@tracecore/core";
import { logsToJson } from "./json-logs.ts";
import { metricsToJson } from "./json-metrics.ts";
import { tracesToJson } from "./json-traces.ts";

/**
 * A batch as one line of OTLP/JSON (opentelemetry-proto, "JSON Protobuf Encoding"): ids as hex, enums as integers, 64-bit
 * integers as strings. The top level is ExportMetricsServiceRequest, ExportLogsServiceRequest or
 * ExportTraceServiceRequest.
 */
export function encodeJson(batch: Batch): string {
  switch (batch.signal) {
    case "metrics":
      return JSON.stringify(metricsToJson(batch));
    case "logs":
      return JSON.stringify(logsToJson(batch));
    case "traces":
      return JSON.stringify(tracesToJson(batch));
  }
}
