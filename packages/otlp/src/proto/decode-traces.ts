import type {
  AttributesInput,
  AttributeValue,
  Resource,
  Scope,
  SpanEvent,
  SpanExtras,
  SpanLink,
  Traces,
} from "@tracecore/core/pdata";
import { names } from "../wire/text-cache.ts";
import { WireReader } from "../wire/wire-reader.ts";
import { readKeyValue } from "./any-value.ts";
import { AttributeColumns } from "./attribute-columns.ts";
import { list, readTime, RowOrigins, timeColumn } from "./row-columns.ts";
import { walkRequest, type RequestVisitor } from "./walk-request.ts";

/** ExportTraceServiceRequest in columns. `bytes` must be what {@link countItems} has found sound. */
export function decodeTraces(bytes: Uint8Array, itemCount: number): Traces {
  const reader = new WireReader(bytes);
  const visitor = new TracesVisitor(reader, itemCount);
  walkRequest(reader, visitor);
  const { attributes, ...columns } = visitor.columns;
  const { attributeStarts, attributeKeys, attributeValues } = attributes;
  const { resources, scopes } = visitor.origins;
  return {
    signal: "traces",
    itemCount,
    resources,
    scopes,
    ...columns,
    attributeStarts,
    attributeKeys,
    attributeValues,
  };
}

// oxlint-disable-next-line typescript/explicit-function-return-type -- the columns are the type
function spanColumns(length: number) {
  return {
    traceIds: list<string>(length, ""),
    spanIds: list<string>(length, ""),
    parentSpanIds: list<string>(length, ""),
    traceStates: list<string>(length, ""),
    flags: new Uint32Array(length),
    names: list<string>(length, ""),
    kinds: new Uint8Array(length),
    startTimes: timeColumn(length),
    endTimes: timeColumn(length),
    attributes: new AttributeColumns(length),
    statusCodes: new Uint8Array(length),
    statusMessages: list<string>(length, ""),
    droppedAttributesCounts: new Uint32Array(length),
    extras: new Map<number, SpanExtras>(),
  };
}

class TracesVisitor implements RequestVisitor {
  readonly columns: ReturnType<typeof spanColumns>;
  readonly origins: RowOrigins;
  readonly #reader: WireReader;

  constructor(reader: WireReader, length: number) {
    this.#reader = reader;
    this.columns = spanColumns(length);
    this.origins = new RowOrigins(length);
  }

  enter(resource: Resource, scope: Scope): void {
    this.origins.enter(resource, scope);
  }

  item(end: number): void {
    const reader = this.#reader;
    const { columns } = this;
    const row = this.origins.begin();
    let events: SpanEvent[] | undefined;
    let links: SpanLink[] | undefined;
    let droppedEventsCount = 0;
    let droppedLinksCount = 0;
    while (reader.pos < end) {
      // Field 16 has a tag of two bytes.
      const tag = reader.uint32();
      switch (tag) {
        case 0x0a:
          columns.traceIds[row] = reader.hex();
          break;
        case 0x12:
          columns.spanIds[row] = reader.hex();
          break;
        case 0x1a:
          columns.traceStates[row] = reader.text();
          break;
        case 0x22:
          columns.parentSpanIds[row] = reader.hex();
          break;
        case 0x2a:
          columns.names[row] = names.read(reader);
          break;
        case 0x30:
          columns.kinds[row] = reader.uint32();
          break;
        case 0x39:
          readTime(reader, columns.startTimes, row);
          break;
        case 0x41:
          readTime(reader, columns.endTimes, row);
          break;
        case 0x4a:
          columns.attributes.read(reader);
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
    columns.attributes.finish(row);
    if (events !== undefined || links !== undefined || droppedEventsCount + droppedLinksCount > 0) {
      columns.extras.set(row, { events: events ?? [], links: links ?? [], droppedEventsCount, droppedLinksCount });
    }
  }

  #status(row: number, end: number): void {
    const reader = this.#reader;
    while (reader.pos < end) {
      const tag = reader.uint32();
      if (tag === 0x12) this.columns.statusMessages[row] = reader.text();
      else if (tag === 0x18) this.columns.statusCodes[row] = reader.uint32();
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
