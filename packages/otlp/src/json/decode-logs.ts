import { LogsBuilder, type LogRecord, type Logs } from "@tracecore/core/pdata";
import { attributesInputFrom, originsFrom, valueFrom } from "./decode-value.ts";
import type { JsonCursor } from "./json-cursor.ts";
import { Pace } from "./pace.ts";

/** By number. */
const severities = [
  "unspecified",
  ...["trace", "debug", "info", "warn", "error", "fatal"].flatMap((name) => [name, `${name}2`, `${name}3`, `${name}4`]),
];

/** ExportLogsServiceRequest, in batches of some `partItems` records: `undefined` where work may pause, and at last the batch of the rest. */
export function* logsFrom(request: JsonCursor, partItems: number): Generator<Logs | undefined, Logs> {
  const pace = new Pace(partItems);
  let builder = new LogsBuilder();
  for (const origin of originsFrom(request, ["resourceLogs", "scopeLogs"], pace)) {
    if (origin === undefined) {
      yield undefined;
      continue;
    }
    const { resource, scope, within } = origin;
    for (const record of within.get("logRecords").itemsByTurns(pace)) {
      if (record === undefined) {
        yield undefined;
        continue;
      }
      builder.add({ resource, scope, ...recordFrom(record) });
      if (!pace.endsPart(builder.itemCount)) continue;
      yield builder.build();
      builder = new LogsBuilder();
    }
  }
  return builder.build();
}

function recordFrom(record: JsonCursor): Omit<LogRecord, "resource" | "scope"> {
  const body = record.get("body");
  return {
    timeUnixNano: record.get("timeUnixNano").uint64(),
    observedTimeUnixNano: record.get("observedTimeUnixNano").uint64(),
    severityNumber: record.get("severityNumber").enumNumber("SEVERITY_NUMBER_", severities, [0, 255]),
    severityText: record.get("severityText").text(),
    body: body.absent ? undefined : valueFrom(body),
    attributes: attributesInputFrom(record.get("attributes")),
    droppedAttributesCount: record.get("droppedAttributesCount").uint32(),
    flags: record.get("flags").uint32(),
    traceId: record.get("traceId").traceId(),
    spanId: record.get("spanId").spanId(),
    eventName: record.get("eventName").text(),
  };
}
