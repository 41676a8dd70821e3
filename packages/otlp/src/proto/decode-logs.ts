import type { AttributeValue, Logs, Resource, Scope, TimeColumn } from "@tracecore/core/pdata";
import { names } from "../wire/text-cache.ts";
import { WireReader } from "../wire/wire-reader.ts";
import { readAnyValue } from "./any-value.ts";
import { AttributeColumns } from "./attribute-columns.ts";
import { walkRequest, type RequestVisitor } from "./walk-request.ts";

/** ExportLogsServiceRequest in columns. `bytes` must be what {@link countItems} has found sound. */
export function decodeLogs(bytes: Uint8Array, itemCount: number): Logs {
  const reader = new WireReader(bytes);
  const visitor = new LogsVisitor(reader, itemCount);
  walkRequest(reader, visitor);
  const { attributes, ...columns } = visitor.columns;
  const { attributeStarts, attributeKeys, attributeValues } = attributes;
  return { signal: "logs", itemCount, ...columns, attributeStarts, attributeKeys, attributeValues };
}

// oxlint-disable-next-line typescript/explicit-function-return-type -- the columns are the type
function logColumns(length: number) {
  return {
    resources: list<Resource>(length),
    scopes: list<Scope>(length),
    times: timeColumn(length),
    observedTimes: timeColumn(length),
    severityNumbers: new Uint8Array(length),
    severityTexts: list<string>(length, ""),
    bodies: list<AttributeValue | undefined>(length, undefined),
    attributes: new AttributeColumns(length),
    traceIds: list<string>(length, ""),
    spanIds: list<string>(length, ""),
    flags: new Uint32Array(length),
    eventNames: list<string>(length, ""),
    droppedAttributesCounts: new Uint32Array(length),
  };
}

/** A list of `length` places, so that rows are written by index. */
export function list<T>(length: number, first?: T): T[] {
  // oxlint-disable-next-line unicorn/no-new-array -- Array.from asks an iterator for each element
  return new Array<T>(length).fill(first as T);
}

export function timeColumn(length: number): TimeColumn {
  return { high: new Uint32Array(length), low: new Uint32Array(length) };
}

/** A fixed64 of nanoseconds into a column. */
export function readTime(reader: WireReader, column: TimeColumn, row: number): void {
  const { view, pos } = reader;
  column.low[row] = view.getUint32(pos, true);
  column.high[row] = view.getUint32(pos + 4, true);
  reader.pos = pos + 8;
}

class LogsVisitor implements RequestVisitor {
  readonly columns: ReturnType<typeof logColumns>;
  readonly #reader: WireReader;
  #row = 0;
  #resource!: Resource;
  #scope!: Scope;

  constructor(reader: WireReader, length: number) {
    this.#reader = reader;
    this.columns = logColumns(length);
  }

  enter(resource: Resource, scope: Scope): void {
    this.#resource = resource;
    this.#scope = scope;
  }

  item(end: number): void {
    const reader = this.#reader;
    const { columns } = this;
    const row = this.#row++;
    columns.resources[row] = this.#resource;
    columns.scopes[row] = this.#scope;
    while (reader.pos < end) {
      const tag = reader.bytes[reader.pos++]!;
      switch (tag) {
        case 0x09:
          readTime(reader, columns.times, row);
          break;
        case 0x10:
          columns.severityNumbers[row] = reader.uint32();
          break;
        case 0x1a:
          columns.severityTexts[row] = names.read(reader);
          break;
        case 0x2a:
          columns.bodies[row] = readAnyValue(reader, reader.end());
          break;
        case 0x32:
          columns.attributes.read(reader);
          break;
        case 0x38:
          columns.droppedAttributesCounts[row] = reader.uint32();
          break;
        case 0x45:
          columns.flags[row] = reader.fixed32();
          break;
        case 0x4a:
          columns.traceIds[row] = reader.hex();
          break;
        case 0x52:
          columns.spanIds[row] = reader.hex();
          break;
        case 0x59:
          readTime(reader, columns.observedTimes, row);
          break;
        case 0x62:
          columns.eventNames[row] = names.read(reader);
          break;
        default:
          reader.pos--;
          reader.skip(reader.uint32());
      }
    }
    columns.attributes.finish(row);
  }
}
