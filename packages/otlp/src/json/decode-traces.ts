import { spanKinds, spanStatuses, traces, type Span, type Traces } from "@tracecore/core/pdata";
import { attributesInputFrom, enumFrom, originsFrom } from "./decode-value.ts";
import type { JsonCursor } from "./json-cursor.ts";

/** ExportTraceServiceRequest. */
export function tracesFrom(request: JsonCursor): Traces {
  const spans: Span[] = [];
  for (const { resource, scope, within } of originsFrom(request, ["resourceSpans", "scopeSpans"])) {
    for (const span of within.get("spans").items()) spans.push({ resource, scope, ...spanFrom(span) });
  }
  return traces(spans);
}

function spanFrom(span: JsonCursor): Omit<Span, "resource" | "scope"> {
  const status = span.get("status");
  return {
    traceId: span.get("traceId").hex(),
    spanId: span.get("spanId").hex(),
    parentSpanId: span.get("parentSpanId").hex(),
    traceState: span.get("traceState").text(),
    flags: span.get("flags").uint32(),
    name: span.get("name").text(),
    kind: enumFrom(span.get("kind"), spanKinds),
    startTimeUnixNano: span.get("startTimeUnixNano").uint64(),
    endTimeUnixNano: span.get("endTimeUnixNano").uint64(),
    attributes: attributesInputFrom(span.get("attributes")),
    droppedAttributesCount: span.get("droppedAttributesCount").uint32(),
    events: Array.from(span.get("events").items(), (event) => ({
      timeUnixNano: event.get("timeUnixNano").uint64(),
      name: event.get("name").text(),
      attributes: attributesInputFrom(event.get("attributes")),
      droppedAttributesCount: event.get("droppedAttributesCount").uint32(),
    })),
    droppedEventsCount: span.get("droppedEventsCount").uint32(),
    links: Array.from(span.get("links").items(), (link) => ({
      traceId: link.get("traceId").hex(),
      spanId: link.get("spanId").hex(),
      traceState: link.get("traceState").text(),
      attributes: attributesInputFrom(link.get("attributes")),
      flags: link.get("flags").uint32(),
      droppedAttributesCount: link.get("droppedAttributesCount").uint32(),
    })),
    droppedLinksCount: span.get("droppedLinksCount").uint32(),
    statusCode: enumFrom(status.get("code"), spanStatuses),
    statusMessage: status.get("message").text(),
  };
}
