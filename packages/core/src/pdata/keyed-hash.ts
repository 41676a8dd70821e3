import { createHash } from "node:crypto";

/** Longer texts are hashed outside of JavaScript first, which takes 1 ns for each character also when it is done for the first time. */
const LONG = 64 * 1024;

/** Units of 16 bits that each have a key of their own; texts that are longer are hashed in pieces. */
const UNITS = 512;

/**
 * Other ones in each process. A sum of units, each times a secret key, makes it impossible to choose texts that meet in one place
 * of a table, as a sender of attributes could with a hash that is known.
 */
const keys: Int32Array = Int32Array.from({ length: UNITS + 1 }, () => Math.random() * 4_294_967_296);
const lengthKey = keys[UNITS]! | 1;

/** A hash of 32 bits. */
export function hashText(text: string): number {
  const { length } = text;
  // Keyed as well: 32 bits of a known hash are soon found to meet.
  if (length > LONG) return hashText(digestOf(text));
  let hash = Math.imul(length, lengthKey);
  for (let start = 0; ; start += UNITS) {
    const end = Math.min(length, start + UNITS);
    for (let i = start; i < end; i++) hash = (hash + Math.imul(text.charCodeAt(i), keys[i - start]!)) | 0;
    hash = spread(hash);
    if (end === length) return hash;
  }
}

/** Room for a part of a text. */
const room = Buffer.alloc(LONG * 2);

/** Of UTF-16, where halves of surrogate pairs differ, and in parts: all of a text at once would be twice its size in garbage. */
function digestOf(text: string): string {
  const digest = createHash("sha256");
  for (let from = 0; from < text.length; from += LONG) {
    const size = room.write(text.slice(from, from + LONG), "utf16le");
    digest.update(room.subarray(0, size));
  }
  return digest.digest("base64");
}

/** A hash of 32 bits of bytes that are a value. */
export function hashByteArray(bytes: Uint8Array): number {
  if (bytes.length > LONG) return hashText(createHash("sha256").update(bytes).digest("base64"));
  return hashBytes(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0, bytes.length);
}

/** A hash of 32 bits of the bytes from `start` to `end`. */
export function hashBytes(view: DataView, start: number, end: number): number {
  let hash = Math.imul(end - start, lengthKey);
  for (let from = start; ; from += UNITS * 2) {
    const to = Math.min(end, from + UNITS * 2);
    const whole = to - 1;
    let at = from;
    for (let i = 0; at < whole; at += 2, i++) hash = (hash + Math.imul(view.getUint16(at, true), keys[i]!)) | 0;
    if (at < to) hash = (hash + Math.imul(view.getUint8(at), keys[UNITS - 1]!)) | 0;
    hash = spread(hash);
    if (to === end) return hash;
  }
}

const numbers = new DataView(new ArrayBuffer(8));

/** A hash of 32 bits; NaN has one, and 0 and -0 have two. */
export function hashDouble(value: number): number {
  numbers.setFloat64(0, Number.isNaN(value) ? Number.NaN : value, true);
  return hashBytes(numbers, 0, 8);
}

/** One hash of two, which depends on their order. */
export function joinHashes(first: number, second: number): number {
  return spread((Math.imul(first, lengthKey) + second) | 0);
}

/** Lets each bit decide on all that stand below it as well: tables look at the lowest. */
function spread(hash: number): number {
  let spreading = hash;
  spreading ^= spreading >>> 16;
  spreading = Math.imul(spreading, 0x7feb_352d);
  spreading ^= spreading >>> 15;
  return spreading;
}
