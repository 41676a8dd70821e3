import { encodedRows, type SpanEvent, type SpanLink, type TimeColumn, type Traces } from "@tracecore/core/pdata";
import { WireWriter } from "../wire/wire-writer.ts";
import { writeAttributesOf } from "./any-value.ts";
import { writeRowAttributes } from "./attribute-columns.ts";
import { copyRows, roomFor } from "./copy-rows.ts";
import { eachRowBackwards } from "./group-rows.ts";
import { groupByOrigin } from "./row-origin.ts";
import { writeRequest } from "./write-request.ts";

/** The tag of an attribute of a span. */
const ATTRIBUTE = 0x4a;
/** Bytes of a span, about; only to begin with enough room. */
const SPAN_SIZE = 500;

/** ExportTraceServiceRequest. */
export function encodeTraces(batch: Traces): Uint8Array {
  const encoded = encodedRows(batch);
  const writer = new WireWriter(encoded === undefined ? batch.itemCount * SPAN_SIZE : roomFor(encoded));
  writeRequest(writer, groupByOrigin(batch), (to, group) => {
    if (encoded === undefined) eachRowBackwards(group, (row) => writeSpan(to, batch, row));
    else copyRows(to, group, encoded, ATTRIBUTE, batch);
  });
  return writer.finish();
}

function writeSpan(writer: WireWriter, batch: Traces, row: number): void {
  const before = writer.length;
  if (batch.flags[row] !== 0) writer.fixed32(0x85, batch.flags[row]!);
  const message = batch.statusMessages[row]!;
  const code = batch.statusCodes[row]!;
  if (message !== "" || code !== 0) {
    const start = writer.length;
    writer.uint32(0x18, code);
    writer.textOrNothing(0x12, message);
    writer.head(0x7a, start);
  }
  const extras = batch.extras.get(row);
  if (extras !== undefined) {
    writer.uint32(0x70, extras.droppedLinksCount);
    for (const link of extras.links.toReversed()) writeLink(writer, link);
    writer.uint32(0x60, extras.droppedEventsCount);
    for (const event of extras.events.toReversed()) writeEvent(writer, event);
  }
  writer.uint32(0x50, batch.droppedAttributesCounts[row]!);
  writeRowAttributes(writer, ATTRIBUTE, batch, row);
  writeTime(writer, 0x41, batch.endTimes, row);
  writeTime(writer, 0x39, batch.startTimes, row);
  writer.uint32(0x30, batch.kinds[row]!);
  writer.textOrNothing(0x2a, batch.names[row]!);
  writer.hex(0x22, batch.parentSpanIds[row]!);
  writer.textOrNothing(0x1a, batch.traceStates[row]!);
  writer.hex(0x12, batch.spanIds[row]!);
  writer.hex(0x0a, batch.traceIds[row]!);
  writer.head(0x12, before);
}

function writeTime(writer: WireWriter, tag: number, { high, low }: TimeColumn, row: number): void {
  if (high[row] !== 0 || low[row] !== 0) writer.fixed64(tag, high[row]!, low[row]!);
}

function writeEvent(
  writer: WireWriter,
  { timeUnixNano, name, attributes, droppedAttributesCount = 0 }: SpanEvent,
): void {
  const before = writer.length;
  writer.uint32(0x20, droppedAttributesCount);
  writeAttributesOf(writer, 0x1a, attributes);
  writer.textOrNothing(0x12, name);
  if (timeUnixNano !== 0n) writer.fixed64Of(0x09, timeUnixNano);
  writer.head(0x5a, before);
}

function writeLink(writer: WireWriter, link: SpanLink): void {
  const before = writer.length;
  const { flags = 0, droppedAttributesCount = 0 } = link;
  if (flags !== 0) writer.fixed32(0x35, flags);
  writer.uint32(0x28, droppedAttributesCount);
  writeAttributesOf(writer, 0x22, link.attributes);
  writer.textOrNothing(0x1a, link.traceState);
  writer.hex(0x12, link.spanId);
  writer.hex(0x0a, link.traceId);
  writer.head(0x6a, before);
}
