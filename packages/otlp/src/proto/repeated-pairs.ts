import type { AttributeValue } from "@tracecore/core/pdata";
import { names } from "../wire/text-cache.ts";
import type { WireReader } from "../wire/wire-reader.ts";
import { readAnyValue } from "./any-value.ts";

interface Pair {
  start: number;
  length: number;
  key: string;
  value: AttributeValue;
}

/**
 * Reads the KeyValue fields of one row or point after the other of one request. By place it knows what stood there last, since
 * those of one sender mostly repeat most of the one before: comparing bytes costs a fifth of making texts of them.
 */
export class RepeatedPairs {
  readonly #last: Pair[] = [];
  #at = 0;
  key = "";
  value: AttributeValue = null;

  /** Begins with the first KeyValue of the next row. */
  rewind(): void {
    this.#at = 0;
  }

  /** Reads the KeyValue whose tag was just read into `key` and `value`. */
  read(reader: WireReader): void {
    const end = reader.end();
    const start = reader.pos;
    const at = this.#at++;
    const last = this.#last[at];
    if (last !== undefined && end - start === last.length && isRepeated(reader.view, start, last)) {
      reader.pos = end;
      this.key = last.key;
      this.value = last.value;
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
    this.key = key;
    this.value = value;
    if (last === undefined) this.#last[at] = { start, length: end - start, key, value };
    else {
      last.start = start;
      last.length = end - start;
      last.key = key;
      last.value = value;
    }
  }
}

/** Compares four bytes at a time: a native comparison costs more for what an attribute takes. */
function isRepeated(view: DataView, start: number, { start: from, length }: Pair): boolean {
  const whole = length & ~3;
  let i = 0;
  for (; i < whole; i += 4) if (view.getInt32(start + i, true) !== view.getInt32(from + i, true)) return false;
  for (; i < length; i++) if (view.getUint8(start + i) !== view.getUint8(from + i)) return false;
  return true;
}
