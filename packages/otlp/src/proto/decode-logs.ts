import {
  lazyColumns,
  setEncodedRows,
  type AttributeValue,
  type Logs,
  type Resource,
  type Scope,
} from "@tracecore/core/pdata";
import { names } from "../wire/text-cache.ts";
import { WireReader } from "../wire/wire-reader.ts";
import { readAnyValue } from "./any-value.ts";
import { deferredAttributes } from "./attribute-columns.ts";
import { deferred, readEnum, readTime, RowOrigins, timeColumn } from "./row-columns.ts";
import { walkRequest, type RequestVisitor } from "./walk-request.ts";

const ATTRIBUTE = 0x32;

/**
 * ExportLogsServiceRequest in columns; those of texts and attributes are made when they are read. `bytes` must be what
 * {@link countItems} has found sound.
 */
export function decodeLogs(bytes: Uint8Array, itemCount: number): Logs {
  const reader = new WireReader(bytes);
  const visitor = new LogsVisitor(reader, itemCount);
  walkRequest(reader, visitor);
  const { columns, places } = visitor;
  const { resources, scopes, starts, ends } = visitor.origins;
  const attributes = deferredAttributes(reader, ATTRIBUTE, places.attributes, ends);
  const readName = names.read.bind(names);
  const batch = lazyColumns<Logs>(
    { signal: "logs", itemCount, resources, scopes, ...columns },
    {
      severityTexts: deferred(reader, places.severityTexts, "", readName),
      bodies: deferred<AttributeValue | undefined>(reader, places.bodies, undefined, (at, row) => {
        const body = readAnyValue(at, at.end());
        return visitor.bodyPieces?.get(row)?.reduce((before, place) => readAt(at, place, before), body) ?? body;
      }),
      attributeStarts: () => attributes().attributeStarts,
      attributeKeys: () => attributes().attributeKeys,
      attributeValues: () => attributes().attributeValues,
      traceIds: deferred(reader, places.traceIds, "", (at) => at.hex()),
      spanIds: deferred(reader, places.spanIds, "", (at) => at.hex()),
      eventNames: deferred(reader, places.eventNames, "", readName),
    },
  );
  const rows = { bytes, starts, ends };
  setEncodedRows(batch, () => rows);
  return batch;
}

/** A further piece of a value, whose length stands at `place`. */
function readAt(reader: WireReader, place: number, before: AttributeValue): AttributeValue {
  reader.pos = place;
  return readAnyValue(reader, reader.end(), before);
}

// oxlint-disable-next-line typescript/explicit-function-return-type -- the columns are the type
function logColumns(length: number) {
  return {
    times: timeColumn(length),
    observedTimes: timeColumn(length),
    severityNumbers: new Uint8Array(length),
    flags: new Uint32Array(length),
    droppedAttributesCounts: new Uint32Array(length),
  };
}

// oxlint-disable-next-line typescript/explicit-function-return-type -- the places are the type
function logPlaces(length: number) {
  return {
    severityTexts: new Uint32Array(length),
    bodies: new Uint32Array(length),
    attributes: new Uint32Array(length),
    traceIds: new Uint32Array(length),
    spanIds: new Uint32Array(length),
    eventNames: new Uint32Array(length),
  };
}

class LogsVisitor implements RequestVisitor {
  readonly columns: ReturnType<typeof logColumns>;
  readonly places: ReturnType<typeof logPlaces>;
  readonly origins: RowOrigins;
  /** Where the pieces of a body behind the first one stand, by row; hardly any sender has more than one. */
  bodyPieces: Map<number, number[]> | undefined;
  readonly #reader: WireReader;

  constructor(reader: WireReader, length: number) {
    this.#reader = reader;
    this.columns = logColumns(length);
    this.places = logPlaces(length);
    this.origins = new RowOrigins(length);
  }

  enter(resource: Resource, scope: Scope): void {
    this.origins.enter(resource, scope);
  }

  item(end: number, start: number): void {
    const reader = this.#reader;
    const { columns, places } = this;
    const row = this.origins.begin(start, end);
    while (reader.pos < end) {
      const tag = reader.bytes[reader.pos++]!;
      switch (tag) {
        case 0x09:
          readTime(reader, columns.times, row);
          break;
        case 0x10:
          columns.severityNumbers[row] = readEnum(reader);
          break;
        case 0x1a:
          places.severityTexts[row] = reader.pos;
          reader.pos = reader.end();
          break;
        case 0x2a:
          if (places.bodies[row] === 0) places.bodies[row] = reader.pos;
          else this.#bodyPiece(row);
          reader.pos = reader.end();
          break;
        case ATTRIBUTE:
          if (places.attributes[row] === 0) places.attributes[row] = reader.pos - 1;
          reader.pos = reader.end();
          break;
        case 0x38:
          columns.droppedAttributesCounts[row] = reader.uint32();
          break;
        case 0x45:
          columns.flags[row] = reader.fixed32();
          break;
        case 0x4a:
          places.traceIds[row] = reader.pos;
          reader.pos = reader.end();
          break;
        case 0x52:
          places.spanIds[row] = reader.pos;
          reader.pos = reader.end();
          break;
        case 0x59:
          readTime(reader, columns.observedTimes, row);
          break;
        case 0x62:
          places.eventNames[row] = reader.pos;
          reader.pos = reader.end();
          break;
        default:
          reader.pos--;
          reader.skip(reader.uint32());
      }
    }
  }
  #bodyPiece(row: number): void {
    const pieces = (this.bodyPieces ??= new Map<number, number[]>()).get(row);
    if (pieces === undefined) this.bodyPieces.set(row, [this.#reader.pos]);
    else pieces.push(this.#reader.pos);
  }
}
