import type { Batch } from "@tracecore/core";
import { logsToJson } from "./encode-logs.ts";
import { metricsToJson } from "./encode-metrics.ts";
import { tracesToJson } from "./encode-traces.ts";

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
