import { malformed } from "./malformed.ts";
import { keyValue, PACKED, PACKED_FIXED64, requestShapes, type MessageShape } from "./message-shape.ts";

/** How deep values may lie in one another; protobuf libraries stop at 100. */
export const MAX_DEPTH = 100;

/** Items of a request by kind of data point; one kind for logs and traces. */
export type ItemCounts = readonly [number, number, number, number];

/**
 * Counts the items of a request and checks that every message in it ends where it says, so that nothing that reads it later
 * can fail. Unknown fields are passed by. Throws `otlp-malformed`.
 */
export function countItems(signal: keyof typeof requestShapes, bytes: Uint8Array): ItemCounts {
  return checkMessage(requestShapes[signal], bytes);
}

/**
 * Counts the items of a request that was encoded here. Values may lie deeper in it than in one that is received: a statement of a
 * pipeline can put one into another.
 */
export function countOwnItems(signal: keyof typeof requestShapes, bytes: Uint8Array): ItemCounts {
  return checkMessage(requestShapes[signal], bytes, Number.POSITIVE_INFINITY);
}

/** The same for a message of any shape. */
export function checkMessage(shape: MessageShape, bytes: Uint8Array, maxDepth: number = MAX_DEPTH): ItemCounts {
  const counts: [number, number, number, number] = [0, 0, 0, 0];
  new Walk(bytes, counts, maxDepth).message(shape, 0, bytes.length, 0);
  return counts;
}

/** What is said of values that lie too deep. */
export function tooDeep(): Error {
  return malformed(`values lie more than ${MAX_DEPTH} deep in one another`);
}

/**
 * Whether a KeyValue is just a key and a text, both shorter than 128 bytes: then its lengths need no walk. Half of the time of a
 * check goes into attributes.
 */
function isPlain(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start < 6 || bytes[start] !== 0x0a) return false;
  const value = start + 2 + bytes[start + 1]!;
  // A length of 128 or more has its highest bit set, and points behind any KeyValue this short.
  if (value + 4 > end || bytes[start + 1]! >= 0x80 || bytes[value] !== 0x12) return false;
  const rest = end - value - 2;
  return rest < 0x80 && bytes[value + 1] === rest && bytes[value + 2] === 0x0a && bytes[value + 3] === rest - 2;
}

class Walk {
  readonly #bytes: Uint8Array;
  readonly #counts: [number, number, number, number];
  readonly #maxDepth: number;

  constructor(bytes: Uint8Array, counts: [number, number, number, number], maxDepth: number) {
    this.#bytes = bytes;
    this.#counts = counts;
    this.#maxDepth = maxDepth;
  }

  message({ fields, counts }: MessageShape, from: number, end: number, depth: number): void {
    if (counts !== -1) {
      if (counts === PACKED) return this.#varints(from, end);
      if (counts === PACKED_FIXED64) {
        if ((end - from) % 8 !== 0) throw malformed(`the packed numbers at byte ${from} do not end where they say`);
        return;
      }
      this.#counts[counts]!++;
    }
    const bytes = this.#bytes;
    let pos = from;
    while (pos < end) {
      let tag = bytes[pos++]!;
      if (tag >= 0x80) {
        tag &= 0x7f;
        let shift = 7;
        for (;;) {
          if (pos >= end || shift > 28) throw malformed(`a field at byte ${from} has no end`);
          const byte = bytes[pos++]!;
          tag |= (byte & 0x7f) << shift;
          shift += 7;
          if (byte >= 0x80) continue;
          // Decoders look at the first byte of a tag alone where it says all: a second spelling would pass them by unread.
          if (byte === 0 || (shift > 28 && byte > 0x0f))
            throw malformed(`the tag at byte ${pos - 1} is no field number`);
          break;
        }
      }
      if (tag >>> 3 === 0) throw malformed(`a field at byte ${pos - 1} has the number 0`);
      switch (tag & 7) {
        case 0: {
          let left = 10;
          while (bytes[pos++]! >= 0x80) if (--left === 0) throw malformed(`the number at byte ${pos} is too long`);
          break;
        }
        case 1:
          pos += 8;
          break;
        case 2: {
          let length = bytes[pos++]!;
          if (length >= 0x80) {
            length &= 0x7f;
            let scale = 128;
            for (let left = 5; ; left--) {
              if (pos >= end || left === 0) throw malformed(`a length at byte ${pos} has no end`);
              const byte = bytes[pos++]!;
              length += (byte & 0x7f) * scale;
              scale *= 128;
              if (byte < 0x80) break;
            }
          }
          const after = pos + length;
          if (after > end) throw malformed(`the field at byte ${pos} has ${length} bytes, ${end - pos} are there`);
          const inner = tag < 256 ? fields[tag >>> 3] : undefined;
          if (inner !== undefined && !(inner === keyValue && isPlain(bytes, pos, after))) {
            if (depth === this.#maxDepth) throw tooDeep();
            this.message(inner, pos, after, depth + 1);
          }
          pos = after;
          break;
        }
        case 5:
          pos += 4;
          break;
        default:
          throw malformed(`the field at byte ${pos - 1} has the wire type ${tag & 7}`);
      }
    }
    // Also where a varint ran over the end, and where `bytes` itself ended.
    if (pos !== end) throw malformed(`the message at byte ${from} does not end where it says`);
  }

  /** Packed varints: each of at most ten bytes, the last one with its end. */
  #varints(from: number, end: number): void {
    const bytes = this.#bytes;
    let length = 0;
    for (let pos = from; pos < end; pos++) {
      if (bytes[pos]! < 0x80) length = 0;
      else if (++length === 10) throw malformed(`the number at byte ${pos} is too long`);
    }
    if (length > 0) throw malformed(`the packed numbers at byte ${from} do not end where they say`);
  }
}
