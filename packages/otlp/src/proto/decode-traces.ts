import {
  lazyColumns,
  setEncodedRows,
  type AttributesInput,
  type AttributeValue,
  type Resource,
  type Scope,
  type SpanEvent,
  type SpanExtras,
  type SpanLink,
  type Traces,
} from "@tracecore/core/pdata";
import { names } from "../wire/text-cache.ts";
import { WireReader } from "../wire/wire-reader.ts";
import { readKeyValue } from "./any-value.ts";
import { deferredAttributes } from "./attribute-columns.ts";
import { deferred, readEnum, readTime, RowOrigins, timeColumn } from "./row-columns.ts";
import { walkRequest, type RequestVisitor } from "./walk-request.ts";

const ATTRIBUTE = 0x4a;

/**
 * ExportTraceServiceRequest in columns; those of texts and attributes are made when they are read. `bytes` must be what
 * {@link countItems} has found sound.
 */
export function decodeTraces(bytes: Uint8Array, itemCount: number): Traces {
  const reader = new WireReader(bytes);
  const visitor = new TracesVisitor(reader, itemCount);
  walkRequest(reader, visitor);
  const { columns, places } = visitor;
  const { resources, scopes, starts, ends } = visitor.origins;
  const attributes = deferredAttributes(reader, ATTRIBUTE, places.attributes, ends);
  const id = (at: WireReader): string => at.hex();
  const text = (at: WireReader): string => at.text();
  const batch = lazyColumns<Traces>(
    { signal: "traces", itemCount, resources, scopes, ...columns },
    {
      traceIds: deferred(reader, places.traceIds, "", id),
      spanIds: deferred(reader, places.spanIds, "", id),
      parentSpanIds: deferred(reader, places.parentSpanIds, "", id),
      traceStates: deferred(reader, places.traceStates, "", text),
      names: deferred(reader, places.names, "", (at) => names.read(at)),
      attributeStarts: () => attributes().attributeStarts,
      attributeKeys: () => attributes().attributeKeys,
      attributeValues: () => attributes().attributeValues,
      statusMessages: deferred(reader, places.statusMessages, "", text),
    },
  );
  const rows = { bytes, starts, ends };
  setEncodedRows(batch, () => rows);
  return batch;
}

// oxlint-disable-next-line typescript/explicit-function-return-type -- the columns are the type
function spanColumns(length: number) {
  return {
    flags: new Uint32Array(length),
    kinds: new Uint8Array(length),
    startTimes: timeColumn(length),
    endTimes: timeColumn(length),
    statusCodes: new Uint8Array(length),
    droppedAttributesCounts: new Uint32Array(length),
    extras: new Map<number, SpanExtras>(),
  };
}

// oxlint-disable-next-line typescript/explicit-function-return-type -- the places are the type
function spanPlaces(length: number) {
  return {
    traceIds: new Uint32Array(length),
    spanIds: new Uint32Array(length),
    parentSpanIds: new Uint32Array(length),
    traceStates: new Uint32Array(length),
    names: new Uint32Array(length),
    attributes: new Uint32Array(length),
    statusMessages: new Uint32Array(length),
  };
}

class TracesVisitor implements RequestVisitor {
  readonly columns: ReturnType<typeof spanColumns>;
  readonly places: ReturnType<typeof spanPlaces>;
  readonly origins: RowOrigins;
  readonly #reader: WireReader;

  constructor(reader: WireReader, length: number) {
    this.#reader = reader;
    this.columns = spanColumns(length);
    this.places = spanPlaces(length);
    this.origins = new RowOrigins(length);
  }

  enter(resource: Resource, scope: Scope): void {
    this.origins.enter(resource, scope);
  }

  item(end: number, start: number): void {
    const reader = this.#reader;
    const { columns, places } = this;
    const row = this.origins.begin(start, end);
    let events: SpanEvent[] | undefined;
    let links: SpanLink[] | undefined;
    let droppedEventsCount = 0;
    let droppedLinksCount = 0;
    while (reader.pos < end) {
      // Field 16 has a tag of two bytes.
      const tag = reader.uint32();
      switch (tag) {
        case 0x0a:
          places.traceIds[row] = reader.pos;
          reader.pos = reader.end();
          break;
        case 0x12:
          places.spanIds[row] = reader.pos;
          reader.pos = reader.end();
          break;
        case 0x1a:
          places.traceStates[row] = reader.pos;
          reader.pos = reader.end();
          break;
        case 0x22:
          places.parentSpanIds[row] = reader.pos;
          reader.pos = reader.end();
          break;
        case 0x2a:
          places.names[row] = reader.pos;
          reader.pos = reader.end();
          break;
        case 0x30:
          columns.kinds[row] = readEnum(reader);
          break;
        case 0x39:
          readTime(reader, columns.startTimes, row);
          break;
        case 0x41:
          readTime(reader, columns.endTimes, row);
          break;
        case ATTRIBUTE:
          if (places.attributes[row] === 0) places.attributes[row] = reader.pos - 1;
          reader.pos = reader.end();
          break;
        case 0x50:
          columns.droppedAttributesCounts[row] = reader.uint32();
          break;
        case 0x5a:
          (events ??= []).push(readEvent(reader, reader.end()));
          break;
        case 0x60:
          droppedEventsCount = reader.uint32();
          break;
        case 0x6a:
          (links ??= []).push(readLink(reader, reader.end()));
          break;
        case 0x70:
          droppedLinksCount = reader.uint32();
          break;
        case 0x7a:
          this.#status(row, reader.end());
          break;
        case 0x85:
          columns.flags[row] = reader.fixed32();
          break;
        default:
          reader.skip(tag);
      }
    }
    if (events !== undefined || links !== undefined || droppedEventsCount + droppedLinksCount > 0) {
      columns.extras.set(row, { events: events ?? [], links: links ?? [], droppedEventsCount, droppedLinksCount });
    }
  }

  #status(row: number, end: number): void {
    const reader = this.#reader;
    while (reader.pos < end) {
      const tag = reader.uint32();
      if (tag === 0x12) {
        this.places.statusMessages[row] = reader.pos;
        reader.pos = reader.end();
      } else if (tag === 0x18) this.columns.statusCodes[row] = readEnum(reader);
      else reader.skip(tag);
    }
  }
}

function readEvent(reader: WireReader, end: number): SpanEvent {
  const entries: [string, AttributeValue][] = [];
  let timeUnixNano = 0n;
  let name = "";
  let droppedAttributesCount = 0;
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag === 0x09) timeUnixNano = reader.fixed64();
    else if (tag === 0x12) name = names.read(reader);
    else if (tag === 0x1a) readKeyValue(reader, reader.end(), entries);
    else if (tag === 0x20) droppedAttributesCount = reader.uint32();
    else reader.skip(tag);
  }
  return { timeUnixNano, name, attributes: own(entries), droppedAttributesCount };
}

function readLink(reader: WireReader, end: number): SpanLink {
  const entries: [string, AttributeValue][] = [];
  let traceId = "";
  let spanId = "";
  let traceState = "";
  let droppedAttributesCount = 0;
  let flags = 0;
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag === 0x0a) traceId = reader.hex();
    else if (tag === 0x12) spanId = reader.hex();
    else if (tag === 0x1a) traceState = reader.text();
    else if (tag === 0x22) readKeyValue(reader, reader.end(), entries);
    else if (tag === 0x28) droppedAttributesCount = reader.uint32();
    else if (tag === 0x35) flags = reader.fixed32();
    else reader.skip(tag);
  }
  return { traceId, spanId, traceState, attributes: own(entries), flags, droppedAttributesCount };
}

function own(entries: readonly (readonly [string, AttributeValue])[]): AttributesInput {
  return Object.fromEntries(entries);
}
