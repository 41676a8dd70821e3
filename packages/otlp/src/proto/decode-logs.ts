import type { AttributeValue, Logs, Resource, Scope } from "@tracecore/core/pdata";
import { names } from "../wire/text-cache.ts";
import { WireReader } from "../wire/wire-reader.ts";
import { readAnyValue } from "./any-value.ts";
import { AttributeColumns } from "./attribute-columns.ts";
import { list, readTime, RowOrigins, timeColumn } from "./row-columns.ts";
import { walkRequest, type RequestVisitor } from "./walk-request.ts";

/** ExportLogsServiceRequest in columns. `bytes` must be what {@link countItems} has found sound. */
export function decodeLogs(bytes: Uint8Array, itemCount: number): Logs {
  const reader = new WireReader(bytes);
  const visitor = new LogsVisitor(reader, itemCount);
  walkRequest(reader, visitor);
  const { attributes, ...columns } = visitor.columns;
  const { attributeStarts, attributeKeys, attributeValues } = attributes;
  const { resources, scopes } = visitor.origins;
  return { signal: "logs", itemCount, resources, scopes, ...columns, attributeStarts, attributeKeys, attributeValues };
}

// oxlint-disable-next-line typescript/explicit-function-return-type -- the columns are the type
function logColumns(length: number) {
  return {
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

class LogsVisitor implements RequestVisitor {
  readonly columns: ReturnType<typeof logColumns>;
  readonly origins: RowOrigins;
  readonly #reader: WireReader;

  constructor(reader: WireReader, length: number) {
    this.#reader = reader;
    this.columns = logColumns(length);
    this.origins = new RowOrigins(length);
  }

  enter(resource: Resource, scope: Scope): void {
    this.origins.enter(resource, scope);
  }

  item(end: number): void {
    const reader = this.#reader;
    const { columns } = this;
    const row = this.origins.begin();
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
