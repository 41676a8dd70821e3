import { isUtf8 } from "node:buffer";
import type { SliceBuffer } from "./wire-reader.ts";

/** Longer texts are looked at before they are read, in bytes: a look takes a twentieth of the time of reading sound ones. */
const BLOCK = 4096;

/**
 * How many bytes of long texts one reader reads exactly where they are no UTF-8: V8 takes 12 ns for each random byte, which is 50 ms for
 * an item of 4 MiB. In a text that was cut within a character, one block is no UTF-8.
 */
export const MOST_EXACT: number = 256 * 1024;

/** What a reader has left of {@link MOST_EXACT}. */
export interface ExactBytes {
  exactLeft: number;
}

/**
 * The text in `bytes` from `start` to `end`. What is no UTF-8 becomes U+FFFD, as the Encoding Standard has it ("maximal subpart");
 * where nothing is left of what is read exactly, every byte that is not ASCII does in a block of 4 KiB with such bytes.
 */
export function readText(bytes: SliceBuffer, start: number, end: number, of: ExactBytes): string {
  if (end - start <= BLOCK || isUtf8(bytes.subarray(start, end))) return bytes.utf8Slice(start, end);
  const pieces: string[] = [];
  let inexact = 0;
  const flush = (): void => {
    if (inexact > 0) pieces.push(codeBytes.toString("utf16le", 0, inexact * 2));
    inexact = 0;
  };
  for (let from = start; from < end;) {
    const to = from + BLOCK < end ? boundary(bytes, from + BLOCK) : end;
    const isSound = isUtf8(bytes.subarray(from, to));
    if (isSound || of.exactLeft > 0) {
      flush();
      pieces.push(bytes.utf8Slice(from, to));
    } else {
      if (inexact + to - from > codes.length) flush();
      asciiOnly(bytes, from, to, inexact);
      inexact += to - from;
    }
    if (!isSound) of.exactLeft -= to - from;
    from = to;
  }
  flush();
  return pieces.join("");
}

/** The place at or before `at` where no character begun earlier goes on. */
function boundary(bytes: Uint8Array, at: number): number {
  for (let from = at; from >= at - 3; from--) if ((bytes[from]! & 0xc0) !== 0x80) return from;
  // No character has four such bytes: none of them goes on with one that began before.
  return at;
}

/** Room for the characters of some blocks: a text of V8's for each takes twice as long. */
const codes = new Uint16Array(16 * BLOCK);
const codeBytes = Buffer.from(codes.buffer);

function asciiOnly(bytes: Uint8Array, start: number, end: number, at: number): void {
  const offset = at - start;
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!;
    // Without a branch: random bytes would take four times as long.
    const high = -(byte >>> 7);
    codes[offset + i] = (byte & ~high) | (0xff_fd & high);
  }
}
