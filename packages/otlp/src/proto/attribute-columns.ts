import type { AttributeValue } from "@tracecore/core/pdata";
import type { WireReader } from "../wire/wire-reader.ts";
import type { WireWriter } from "../wire/wire-writer.ts";
import { writeRecurringKeyValue } from "./pair-cache.ts";
import type { Places } from "./row-columns.ts";
import { RepeatedPairs } from "./repeated-pairs.ts";

/** The attributes of all rows of a batch of logs or spans, in one pair of lists. */
export class AttributeColumns {
  readonly attributeStarts: Uint32Array;
  readonly attributeKeys: string[] = [];
  readonly attributeValues: AttributeValue[] = [];
  readonly #pairs = new RepeatedPairs();

  constructor(length: number) {
    this.attributeStarts = new Uint32Array(length + 1);
  }

  /** One KeyValue of the row at hand, whose tag was just read. */
  read(reader: WireReader): void {
    const pairs = this.#pairs;
    pairs.read(reader);
    this.attributeKeys.push(pairs.key);
    this.attributeValues.push(pairs.value);
  }

  /** Ends a row. */
  finish(row: number): void {
    this.attributeStarts[row + 1] = this.attributeKeys.length;
    this.#pairs.rewind();
  }
}

/** Makes the attributes of all rows when they are asked for. Those of a row begin at `places`, with their tag, and stand before `ends`. */
export function deferredAttributes(
  reader: WireReader,
  keyValueTag: number,
  places: Places,
  ends: Uint32Array,
): () => AttributeColumns {
  let made: AttributeColumns | undefined;
  return () => {
    if (made !== undefined) return made;
    made = new AttributeColumns(places.length);
    for (let row = 0; row < places.length; row++) {
      const end = places[row] === 0 ? 0 : ends[row]!;
      reader.pos = places[row]!;
      while (reader.pos < end) {
        const tag = reader.uint32();
        if (tag === keyValueTag) made.read(reader);
        else reader.skip(tag);
      }
      made.finish(row);
    }
    return made;
  };
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
