import type { Json } from "@tracecore/core";
import { logRecords, type Logs } from "@tracecore/core/pdata";
import {
  anyValue,
  attributeList,
  byResourceAndScope,
  nonEmpty,
  nonZero,
  resourceToJson,
  scopeToJson,
  time,
} from "./encode-value.ts";

/** ExportLogsServiceRequest. */
export function logsToJson(batch: Logs): Json {
  const rows = Array.from(logRecords(batch), (record) => ({
    resource: record.resource,
    scope: record.scope,
    row: {
      timeUnixNano: time(record.timeUnixNano),
      observedTimeUnixNano: time(record.observedTimeUnixNano),
      severityNumber: nonZero(record.severityNumber),
      severityText: nonEmpty(record.severityText),
      body: record.body === undefined ? undefined : anyValue(record.body),
      attributes: attributeList(record.attributes),
      droppedAttributesCount: nonZero(record.droppedAttributesCount),
      flags: nonZero(record.flags),
      traceId: nonEmpty(record.traceId),
      spanId: nonEmpty(record.spanId),
      eventName: nonEmpty(record.eventName),
    },
  }));
  return {
    resourceLogs: byResourceAndScope(rows).map(({ resource, scopes }) => ({
      resource: resourceToJson(resource),
      scopeLogs: scopes.map(({ scope, rows: records }) => ({
        scope: scopeToJson(scope),
        logRecords: records,
        schemaUrl: nonEmpty(scope.schemaUrl),
      })),
      schemaUrl: nonEmpty(resource.schemaUrl),
    })),
  };
}
