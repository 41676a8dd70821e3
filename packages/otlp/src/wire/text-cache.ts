import { readText } from "./read-text.ts";
import type { WireReader } from "./wire-reader.ts";

const SLOTS = 4096;
/** Longer texts are rarely the same. */
const LONGEST = 64;

/** Texts that come again and again, such as attribute keys: one object for each, found without decoding it anew. */
export class TextCache {
  readonly #texts: (string | undefined)[] = [];
  readonly #bytes: (Uint8Array | undefined)[] = [];

  /** The length-delimited text that comes next. */
  read(reader: WireReader): string {
    const length = reader.uint32();
    const start = reader.pos;
    const end = start + length;
    reader.pos = end;
    if (length === 0) return "";
    const { bytes } = reader;
    if (length > LONGEST) return readText(bytes, start, end, reader);
    const hash =
      Math.imul(length, 0x9e37_79b1) ^
      Math.imul(bytes[start]! | (bytes[end - 1]! << 8) | (bytes[start + (length >>> 1)]! << 16), 0x85eb_ca6b);
    const slot = (hash ^ (hash >>> 15)) & (SLOTS - 1);
    const known = this.#bytes[slot];
    if (known !== undefined && known.length === length && isSame(bytes, start, known)) return this.#texts[slot]!;
    const text = bytes.utf8Slice(start, end);
    this.#bytes[slot] = Uint8Array.prototype.slice.call(bytes, start, end);
    this.#texts[slot] = text;
    return text;
  }
}

function isSame(bytes: Uint8Array, start: number, known: Uint8Array): boolean {
  for (let i = 0; i < known.length; i++) if (bytes[start + i] !== known[i]) return false;
  return true;
}

/** Names of attributes, severities, events and spans, for the whole process. */
export const names: TextCache = new TextCache();
