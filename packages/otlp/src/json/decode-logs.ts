import { LogsBuilder, type Logs } from "@tracecore/core/pdata";
import { attributesInputFrom, originsFrom, valueFrom } from "./decode-value.ts";
import type { JsonCursor } from "./json-cursor.ts";

/** ExportLogsServiceRequest. */
export function logsFrom(request: JsonCursor): Logs {
  const builder = new LogsBuilder();
  for (const { resource, scope, within } of originsFrom(request, ["resourceLogs", "scopeLogs"])) {
    for (const record of within.get("logRecords").items()) {
      const body = record.get("body");
      builder.add({
        resource,
        scope,
        timeUnixNano: record.get("timeUnixNano").uint64(),
        observedTimeUnixNano: record.get("observedTimeUnixNano").uint64(),
        severityNumber: Number(record.get("severityNumber").integer(0n, 255n)),
        severityText: record.get("severityText").text(),
        body: body.absent ? undefined : valueFrom(body),
        attributes: attributesInputFrom(record.get("attributes")),
        droppedAttributesCount: record.get("droppedAttributesCount").uint32(),
        flags: record.get("flags").uint32(),
        traceId: record.get("traceId").hex(),
        spanId: record.get("spanId").hex(),
        eventName: record.get("eventName").text(),
      });
    }
  }
  return builder.build();
}
