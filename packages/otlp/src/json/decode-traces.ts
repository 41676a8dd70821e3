import { spanKinds, spanStatuses, traces, type Span, type Traces } from "@tracecore/core/pdata";
import { attributesInputFrom, enumFrom, originsFrom } from "./decode-value.ts";
import type { JsonCursor } from "./json-cursor.ts";
import { Pace } from "./pace.ts";

/** ExportTraceServiceRequest, in batches of some `partItems` spans: `undefined` where work may pause, and at last the batch of the rest. */
export function* tracesFrom(request: JsonCursor, partItems: number): Generator<Traces | undefined, Traces> {
  const pace = new Pace(partItems);
  let spans: Span[] = [];
  for (const origin of originsFrom(request, ["resourceSpans", "scopeSpans"], pace)) {
    if (origin === undefined) {
      yield undefined;
      continue;
    }
    const { resource, scope, within } = origin;
    for (const span of within.get("spans").itemsByTurns(pace)) {
      if (span === undefined) {
        yield undefined;
        continue;
      }
      spans.push({ resource, scope, ...spanFrom(span) });
      if (!pace.endsPart(spans.length)) continue;
      yield traces(spans);
      spans = [];
    }
  }
  return traces(spans);
}

function spanFrom(span: JsonCursor): Omit<Span, "resource" | "scope"> {
  const status = span.get("status");
  return {
    traceId: span.get("traceId").traceId(),
    spanId: span.get("spanId").spanId(),
    parentSpanId: span.get("parentSpanId").spanId(),
    traceState: span.get("traceState").text(),
    flags: span.get("flags").uint32(),
    name: span.get("name").text(),
    kind: enumFrom(span.get("kind"), "SPAN_KIND_", spanKinds),
    startTimeUnixNano: span.get("startTimeUnixNano").uint64(),
    endTimeUnixNano: span.get("endTimeUnixNano").uint64(),
    attributes: attributesInputFrom(span.get("attributes")),
    droppedAttributesCount: span.get("droppedAttributesCount").uint32(),
    events: span.get("events").map((event) => ({
      timeUnixNano: event.get("timeUnixNano").uint64(),
      name: event.get("name").text(),
      attributes: attributesInputFrom(event.get("attributes")),
      droppedAttributesCount: event.get("droppedAttributesCount").uint32(),
    })),
    droppedEventsCount: span.get("droppedEventsCount").uint32(),
    links: span.get("links").map((link) => ({
      traceId: link.get("traceId").traceId(),
      spanId: link.get("spanId").spanId(),
      traceState: link.get("traceState").text(),
      attributes: attributesInputFrom(link.get("attributes")),
      flags: link.get("flags").uint32(),
      droppedAttributesCount: link.get("droppedAttributesCount").uint32(),
    })),
    droppedLinksCount: span.get("droppedLinksCount").uint32(),
    statusCode: enumFrom(status.get("code"), "STATUS_CODE_", spanStatuses),
    statusMessage: status.get("message").text(),
  };
}
