import type { AttributeValue } from "@tracecore/core/pdata";
import { names } from "../wire/text-cache.ts";
import type { WireReader } from "../wire/wire-reader.ts";
import type { WireWriter } from "../wire/wire-writer.ts";
import { readAnyValue, writeKeyValue } from "./any-value.ts";

/** The attributes of all rows of a batch of logs or spans, in one pair of lists. */
export class AttributeColumns {
  readonly attributeStarts: Uint32Array;
  readonly attributeKeys: string[] = [];
  readonly attributeValues: AttributeValue[] = [];

  constructor(length: number) {
    this.attributeStarts = new Uint32Array(length + 1);
  }

  /** One KeyValue of the row at hand, whose tag was just read. */
  read(reader: WireReader): void {
    const end = reader.end();
    let key = "";
    let value: AttributeValue = null;
    while (reader.pos < end) {
      const tag = reader.uint32();
      if (tag === 0x0a) key = names.read(reader);
      else if (tag === 0x12) value = readAnyValue(reader, reader.end());
      else reader.skip(tag);
    }
    this.attributeKeys.push(key);
    this.attributeValues.push(value);
  }

  /** Ends a row. */
  finish(row: number): void {
    this.attributeStarts[row + 1] = this.attributeKeys.length;
  }
}

interface Columns {
  readonly attributeStarts: Uint32Array;
  readonly attributeKeys: readonly string[];
  readonly attributeValues: readonly AttributeValue[];
}

/** The attributes of a row as a run of KeyValue fields. */
export function writeRowAttributes(writer: WireWriter, tag: number, columns: Columns, row: number): void {
  const from = columns.attributeStarts[row]!;
  for (let i = columns.attributeStarts[row + 1]! - 1; i >= from; i--) {
    writeKeyValue(writer, tag, columns.attributeKeys[i]!, columns.attributeValues[i]!);
  }
}
