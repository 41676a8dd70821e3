import type { AttributeValue } from "@tracecore/core/pdata";
import type { WireWriter } from "../wire/wire-writer.ts";
import { writeKeyValue } from "./any-value.ts";

/** The KeyValue that a key had last, encoded. */
interface Pair {
  tag: number;
  value: AttributeValue;
  bytes: Uint8Array | undefined;
  /** Writes in a row whose value was another one than the time before. */
  changes: number;
}

/** Keys that are remembered; the rest is encoded each time. */
const MOST_KEYS = 2048;
/** Longer pairs are rarely the same. */
const LONGEST = 128;
/** A key whose value changes that often has a value for each row. */
const UNIQUE_AFTER = 8;
/** Then its values are looked at again after so many rows. */
const LOOK_AGAIN_AFTER = 10_000;

const pairs = new Map<string, Pair>();

/** One KeyValue field. Rows mostly repeat what the row before had: then its bytes are copied, which costs a third. */
export function writeRecurringKeyValue(writer: WireWriter, tag: number, key: string, value: AttributeValue): void {
  let pair = pairs.get(key);
  if (pair === undefined) {
    if (pairs.size >= MOST_KEYS || key.length > LONGEST) return writeKeyValue(writer, tag, key, value);
    pair = { tag, value: null, bytes: undefined, changes: 0 };
    pairs.set(key, pair);
  }
  if (pair.bytes !== undefined && pair.value === value && pair.tag === tag) {
    pair.changes = 0;
    writer.raw(pair.bytes);
    return;
  }
  const before = writer.length;
  writeKeyValue(writer, tag, key, value);
  const size = writer.length - before;
  // A number is compared by value, and 0 equals -0, which is a double in OTLP.
  const isComparable =
    typeof value === "string" || typeof value === "boolean" || (typeof value === "number" && value !== 0);
  if (++pair.changes <= UNIQUE_AFTER && isComparable && size <= LONGEST) {
    pair.tag = tag;
    pair.value = value;
    pair.bytes = Uint8Array.prototype.slice.call(writer.bytes, writer.pos, writer.pos + size);
  } else if (pair.changes > LOOK_AGAIN_AFTER) pair.changes = 0;
}
