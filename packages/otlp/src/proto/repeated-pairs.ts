import type { AttributeValue } from "@tracecore/core/pdata";
import { names } from "../wire/text-cache.ts";
import type { WireReader } from "../wire/wire-reader.ts";
import { readAnyValue } from "./any-value.ts";

interface Pair {
  start: number;
  length: number;
  key: string;
  value: AttributeValue;
  isPlain: boolean;
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
  /** Whether the bytes say just that, once: asked for with `checks`. */
  isPlain = false;
  readonly #checks: boolean;

  constructor(checks = false) {
    this.#checks = checks;
  }

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
      this.isPlain = last.isPlain;
      return;
    }
    let key = "";
    let value: AttributeValue = null;
    while (reader.pos < end) {
      const tag = reader.uint32();
      if (tag === 0x0a) key = names.read(reader);
      else if (tag === 0x12) value = readAnyValue(reader, reader.end(), value);
      else reader.skip(tag);
    }
    this.key = key;
    this.value = value;
    const isPlain = (this.isPlain = this.#checks && isUtf8(key) && isUtf8(value) && saysOnce(reader, start, end));
    if (last === undefined) this.#last[at] = { start, length: end - start, key, value, isPlain };
    else {
      last.start = start;
      last.length = end - start;
      last.key = key;
      last.value = value;
      last.isPlain = isPlain;
    }
  }
}

/** Of bytes that are no UTF-8 the text holds a sign in their place. */
function isUtf8(value: AttributeValue): boolean {
  return typeof value !== "string" || !value.includes("\u{FFFD}");
}

/** Whether a KeyValue is a key and a value of one field: of fields that come twice, and of unknown ones, nobody sees all. */
function saysOnce(reader: WireReader, start: number, end: number): boolean {
  reader.pos = start;
  let tag = tagWithin(reader, end);
  if (tag === 0x0a) {
    reader.pos = reader.end();
    tag = tagWithin(reader, end);
  }
  if (tag === 0x12 && reader.end() === end) {
    const inner = tagWithin(reader, end);
    if (inner !== 0) reader.skip(inner);
  }
  const isOnce = reader.pos === end;
  reader.pos = end;
  return isOnce;
}

/** 0 at the end. */
function tagWithin(reader: WireReader, end: number): number {
  return reader.pos < end ? reader.uint32() : 0;
}

/** Compares four bytes at a time: a native comparison costs more for what an attribute takes. */
function isRepeated(view: DataView, start: number, { start: from, length }: Pair): boolean {
  const whole = length & ~3;
  let i = 0;
  for (; i < whole; i += 4) if (view.getInt32(start + i, true) !== view.getInt32(from + i, true)) return false;
  for (; i < length; i++) if (view.getUint8(start + i) !== view.getUint8(from + i)) return false;
  return true;
}
