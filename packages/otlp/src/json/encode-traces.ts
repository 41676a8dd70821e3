import type { Json } from "@tracecore/core";
import {
  spanKinds,
  spans,
  spanStatuses,
  type Span,
  type SpanEvent,
  type SpanLink,
  type Traces,
} from "@tracecore/core/pdata";
import {
  attributeList,
  byResourceAndScope,
  nonEmpty,
  nonZero,
  resourceToJson,
  scopeToJson,
  time,
} from "./encode-value.ts";

/** ExportTraceServiceRequest. */
export function tracesToJson(batch: Traces): Json {
  const rows = Array.from(spans(batch), (span) => ({
    resource: span.resource,
    scope: span.scope,
    row: spanToJson(span),
  }));
  return {
    resourceSpans: byResourceAndScope(rows).map(({ resource, scopes }) => ({
      resource: resourceToJson(resource),
      scopeSpans: scopes.map(({ scope, rows: of }) => ({
        scope: scopeToJson(scope),
        spans: of,
        schemaUrl: nonEmpty(scope.schemaUrl),
      })),
      schemaUrl: nonEmpty(resource.schemaUrl),
    })),
  };
}

function spanToJson(span: Required<Span>): Json {
  const code = spanStatuses.indexOf(span.statusCode);
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    traceState: nonEmpty(span.traceState),
    parentSpanId: nonEmpty(span.parentSpanId),
    flags: nonZero(span.flags),
    name: span.name,
    kind: nonZero(spanKinds.indexOf(span.kind)),
    startTimeUnixNano: time(span.startTimeUnixNano),
    endTimeUnixNano: time(span.endTimeUnixNano),
    attributes: attributeList(span.attributes),
    droppedAttributesCount: nonZero(span.droppedAttributesCount),
    events: span.events.length === 0 ? undefined : span.events.map(eventToJson),
    droppedEventsCount: nonZero(span.droppedEventsCount),
    links: span.links.length === 0 ? undefined : span.links.map(linkToJson),
    droppedLinksCount: nonZero(span.droppedLinksCount),
    status:
      code === 0 && span.statusMessage === ""
        ? undefined
        : { message: nonEmpty(span.statusMessage), code: nonZero(code) },
  };
}

function eventToJson({ timeUnixNano, name, attributes, droppedAttributesCount = 0 }: SpanEvent): Json {
  return {
    timeUnixNano: time(timeUnixNano),
    name,
    attributes: attributeList(attributes),
    droppedAttributesCount: nonZero(droppedAttributesCount),
  };
}

function linkToJson({
  traceId,
  spanId,
  traceState,
  attributes,
  flags = 0,
  droppedAttributesCount = 0,
}: SpanLink): Json {
  return {
    traceId,
    spanId,
    traceState: nonEmpty(traceState),
    attributes: attributeList(attributes),
    flags: nonZero(flags),
    droppedAttributesCount: nonZero(droppedAttributesCount),
  };
}
