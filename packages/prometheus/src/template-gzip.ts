import type { DeflatePlan } from "./deflate-plan.ts";
import {
  distanceBase,
  distanceCode,
  distanceExtraBits,
  DISTANCE_CODES,
  END_OF_BLOCK,
  LITERAL_CODES,
} from "./deflate-tables.ts";

/** What {@link gzipWithPlan} writes into; kept from one exposition to the next. */
export interface GzipMemory {
  words: Uint16Array;
}

const GZIP_HEADER = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 4, 0xff];

/**
 * Compresses an exposition whose fixed text was planned: one DEFLATE block in which only the digits of the values and the
 * distances that reach over them are worked out anew. `valueEnds[i]` is the length of the first i + 1 values together.
 */
export function gzipWithPlan(
  plan: DeflatePlan,
  pieceEnds: Uint32Array,
  body: Uint8Array,
  valueEnds: Uint32Array,
  memory: GzipMemory,
): Uint8Array {
  const { steps, ends, literals, distances, mostBits } = plan;
  const { bits: literalBits, lengths: literalLengths } = literals;
  const { bits: distanceBits, lengths: distanceLengths } = distances;
  const values = valueEnds.length;
  const most = Math.ceil((mostBits + (values === 0 ? 0 : valueEnds[values - 1]!) * 12) / 16) + 16;
  if (memory.words.length < most) memory.words = new Uint16Array(most);
  const out = memory.words;
  let at = 0; // In 16-bit words.
  let bits = 0;
  let many = 0;
  ({ at, bits, many } = writeHeader(out, plan));
  let step = 0;
  for (let piece = 0; piece <= values; piece++) {
    const before = piece === 0 ? 0 : valueEnds[piece - 1]!;
    for (const end = ends[piece]!; step < end; step++) {
      let code = steps[step]!;
      if (code >= 0) {
        bits |= (code & 0xffff) << many;
        many += code >>> 16;
      } else {
        code = ~code;
        bits |= (code & 0x1_ffff) << many;
        many += code >>> 17;
        while (many >= 16) {
          out[at++] = bits;
          bits >>>= 16;
          many -= 16;
        }
        const spanned = steps[step + 2]!;
        const from = piece - spanned;
        const distance = steps[step + 1]! + (spanned === 0 ? 0 : before - (from === 0 ? 0 : valueEnds[from - 1]!));
        step += 2;
        const symbol = distanceCode(distance);
        bits |= distanceBits[symbol]! << many;
        many += distanceLengths[symbol]!;
        if (many >= 16) {
          out[at++] = bits;
          bits >>>= 16;
          many -= 16;
        }
        bits |= (distance - distanceBase[symbol]!) << many;
        many += distanceExtraBits[symbol]!;
      }
      while (many >= 16) {
        out[at++] = bits;
        bits >>>= 16;
        many -= 16;
      }
    }
    if (piece === values) break;
    const end = pieceEnds[piece]! + valueEnds[piece]!;
    for (let i = pieceEnds[piece]! + before; i < end; i++) {
      const byte = body[i]!;
      bits |= literalBits[byte]! << many;
      many += literalLengths[byte]!;
      if (many >= 16) {
        out[at++] = bits;
        bits >>>= 16;
        many -= 16;
      }
    }
  }
  bits |= literalBits[END_OF_BLOCK]! << many;
  many += literalLengths[END_OF_BLOCK]!;
  while (many > 0) {
    out[at++] = bits;
    bits >>>= 16;
    many -= 16;
  }
  // many is 0 to -15: with -8 or less the upper half of the last word holds nothing.
  const length = at * 2 - (many <= -8 ? 1 : 0);
  const compressed = new Uint8Array(length + 8);
  compressed.set(new Uint8Array(out.buffer, out.byteOffset, length));
  const view = new DataView(compressed.buffer);
  view.setUint32(length, process.getBuiltinModule("node:zlib").crc32(body), true);
  view.setUint32(length + 4, body.length, true);
  return compressed;
}

/** The header of gzip and of one last block with codes of its own. Every code length is written with 4 bits. */
function writeHeader(
  out: Uint16Array,
  { literals, distances }: DeflatePlan,
): { at: number; bits: number; many: number } {
  let at = 0;
  let bits = 0;
  let many = 0;
  const put = (value: number, count: number): void => {
    bits |= value << many;
    many += count;
    if (many < 16) return;
    out[at++] = bits;
    bits >>>= 16;
    many -= 16;
  };
  for (const byte of GZIP_HEADER) put(byte, 8);
  put(0b101, 3); // Last block, dynamic codes.
  put(LITERAL_CODES - 257, 5);
  put(DISTANCE_CODES - 1, 5);
  put(19 - 4, 4);
  // In the order 16, 17, 18, 0, 8, …: no repetition codes, and four bits for each length from 0 to 15.
  for (let i = 0; i < 19; i++) put(i < 3 ? 0 : 4, 3);
  for (const length of literals.lengths) put(reversed4(length), 4);
  for (const length of distances.lengths) put(reversed4(length), 4);
  return { at, bits, many };
}

/** Codes go out from their first bit. */
function reversed4(code: number): number {
  return ((code & 1) << 3) | ((code & 2) << 1) | ((code & 4) >> 1) | ((code & 8) >> 3);
}
