import type { AttributeValue } from "@tracecore/core/pdata";
import { names } from "../wire/text-cache.ts";
import type { WireReader } from "../wire/wire-reader.ts";
import type { WireWriter } from "../wire/wire-writer.ts";
import { readAnyValue } from "./any-value.ts";
import { writeRecurringKeyValue } from "./pair-cache.ts";

/** A KeyValue of a row before, in the same request. */
interface LastPair {
  start: number;
  length: number;
  key: string;
  value: AttributeValue;
}

/** Compares four bytes at a time: a native comparison costs more for what an attribute takes. */
function isRepeated(view: DataView, start: number, { start: from, length }: LastPair): boolean {
  const whole = length & ~3;
  let i = 0;
  for (; i < whole; i += 4) if (view.getInt32(start + i, true) !== view.getInt32(from + i, true)) return false;
  for (; i < length; i++) if (view.getUint8(start + i) !== view.getUint8(from + i)) return false;
  return true;
}

/** The attributes of all rows of a batch of logs or spans, in one pair of lists. */
export class AttributeColumns {
  readonly attributeStarts: Uint32Array;
  readonly attributeKeys: string[] = [];
  readonly attributeValues: AttributeValue[] = [];
  /** How many attributes the row at hand has so far. */
  #inRow = 0;
  /** By place in a row: what stood there last. Rows of one sender mostly repeat most of the row before. */
  readonly #lastPairs: LastPair[] = [];

  constructor(length: number) {
    this.attributeStarts = new Uint32Array(length + 1);
  }

  /** One KeyValue of the row at hand, whose tag was just read. */
  read(reader: WireReader): void {
    const end = reader.end();
    const start = reader.pos;
    const at = this.#inRow++;
    const last = this.#lastPairs[at];
    if (last !== undefined && end - start === last.length && isRepeated(reader.view, start, last)) {
      reader.pos = end;
      this.attributeKeys.push(last.key);
      this.attributeValues.push(last.value);
      return;
    }
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
    if (last === undefined) this.#lastPairs[at] = { start, length: end - start, key, value };
    else {
      last.start = start;
      last.length = end - start;
      last.key = key;
      last.value = value;
    }
  }

  /** Ends a row. */
  finish(row: number): void {
    this.attributeStarts[row + 1] = this.attributeKeys.length;
    this.#inRow = 0;
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
    writeRecurringKeyValue(writer, tag, columns.attributeKeys[i]!, columns.attributeValues[i]!);
  }
}
