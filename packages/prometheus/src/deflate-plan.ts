import type { Template } from "./body.ts";
import {
  distanceCode,
  DISTANCE_CODES,
  END_OF_BLOCK,
  LARGEST_DISTANCE,
  lengthExtra,
  lengthExtraBits,
  lengthSymbol,
  LITERAL_CODES,
  LONGEST_MATCH,
} from "./deflate-tables.ts";
import { prefixCode, type PrefixCode } from "./huffman.ts";
import { NUMBER_WIDTH } from "./number-text.ts";

/** How the fixed text of an exposition compresses, worked out once. */
export interface DeflatePlan {
  /**
   * Steps of all pieces. At or above 0: `count << 16 | bits`, bits to write. Below 0: a match, `~(count << 17 | bits)` with
   * the bits of its length, then its distance within the fixed text, then how many values that distance spans.
   */
  readonly steps: Int32Array;
  /** Where the steps of piece i end. */
  readonly ends: Uint32Array;
  readonly literals: PrefixCode;
  readonly distances: PrefixCode;
  /** Bits that the steps and the block's header take at most. */
  readonly mostBits: number;
}

/** Longest code; with 5 extra bits a length fits in what one step writes. */
const LONGEST_CODE = 12;
/** Shorter matches save nothing over literals here. */
const MIN_MATCH = 4;
const HASH_BITS = 15;
/** Characters of a value, for an estimate of distances. */
const USUAL_VALUE = 8;
/** Every character that a value can have. */
const VALUE_CHARACTERS = "0123456789.-+eINaf n";

/**
 * Plans the compression of every exposition of a template. `sample` is one, and `valueEnds[i]` the length of its first
 * i + 1 values together: it tells which digits are frequent.
 */
export function planDeflate(template: Template, sample: Uint8Array, valueEnds: Uint32Array): DeflatePlan {
  const tokens = tokenize(template);
  const literalUse = Array.from({ length: LITERAL_CODES }, () => 0);
  const distanceUse = Array.from({ length: DISTANCE_CODES }, () => 1); // Any may occur: distances change with the values.
  for (const character of VALUE_CHARACTERS) literalUse[character.charCodeAt(0)] = 1;
  literalUse[END_OF_BLOCK] = 1;
  countText(template, tokens, literalUse, distanceUse);
  countValues(template, sample, valueEnds, literalUse);
  const literals = prefixCode(literalUse, LONGEST_CODE);
  const distances = prefixCode(distanceUse, LONGEST_CODE);
  return { ...encode(template, tokens, literals), literals, distances };
}

/** The matches of a template, in order; what lies between them is literals. */
interface Tokens {
  /** Start in the text, length, start of the source, and pieces from the source to here: four numbers for each match. */
  readonly matches: Int32Array;
  readonly length: number;
}

/** Finds repetitions. None reaches over a value, on either side, since values change. */
function tokenize({ text, ends }: Template): Tokens {
  const latest = new Int32Array(1 << HASH_BITS).fill(-1);
  const pieceOf = new Int32Array(1 << HASH_BITS);
  let matches = new Int32Array(1024);
  let length = 0;
  let at = 0;
  for (let piece = 0; piece < ends.length; piece++) {
    const end = ends[piece]!;
    while (at < end) {
      if (end - at < MIN_MATCH) {
        at = end;
        break;
      }
      const slot = hash(text, at);
      const source = latest[slot]!;
      const from = pieceOf[slot]!;
      latest[slot] = at;
      pieceOf[slot] = piece;
      const far = source === -1 || at - source + (piece - from) * NUMBER_WIDTH > LARGEST_DISTANCE;
      const size = far ? 0 : matchLength(text, source, at, Math.min(LONGEST_MATCH, ends[from]! - source, end - at));
      if (size < MIN_MATCH) {
        at++;
        continue;
      }
      if (length + 4 > matches.length) {
        const larger = new Int32Array(matches.length * 2);
        larger.set(matches);
        matches = larger;
      }
      matches[length++] = at;
      matches[length++] = size;
      matches[length++] = source;
      matches[length++] = piece - from;
      at += size;
    }
  }
  return { matches, length };
}

function hash(text: Uint8Array, at: number): number {
  const word = text[at]! | (text[at + 1]! << 8) | (text[at + 2]! << 16) | (text[at + 3]! << 24);
  return Math.imul(word, 0x9e37_79b1) >>> (32 - HASH_BITS);
}

function matchLength(text: Uint8Array, source: number, at: number, most: number): number {
  let size = 0;
  while (size < most && text[source + size] === text[at + size]) size++;
  return size;
}

/** Counts what the fixed text uses each symbol for. */
function countText({ text }: Template, { matches, length }: Tokens, literalUse: number[], distanceUse: number[]): void {
  let at = 0;
  for (let i = 0; i < length; i += 4) {
    for (; at < matches[i]!; at++) literalUse[text[at]!]!++;
    literalUse[lengthSymbol[matches[i + 1]!]!]!++;
    const usual = matches[i]! - matches[i + 2]! + matches[i + 3]! * USUAL_VALUE;
    distanceUse[distanceCode(Math.min(usual, LARGEST_DISTANCE))]!++;
    at += matches[i + 1]!;
  }
  for (; at < text.length; at++) literalUse[text[at]!]!++;
}

function countValues({ ends }: Template, sample: Uint8Array, valueEnds: Uint32Array, literalUse: number[]): void {
  let before = 0;
  for (const [piece, after] of valueEnds.entries()) {
    const end = ends[piece]! + after;
    for (let at = ends[piece]! + before; at < end; at++) literalUse[sample[at]!]!++;
    before = after;
  }
}

function encode(
  { text, ends }: Template,
  { matches, length }: Tokens,
  literals: PrefixCode,
): Pick<DeflatePlan, "steps" | "ends" | "mostBits"> {
  const steps: number[] = [];
  const stepEnds = new Uint32Array(ends.length);
  let mostBits = 8 * 512; // The header of gzip and of the block.
  let at = 0;
  let i = 0;
  for (const [piece, end] of ends.entries()) {
    while (at < end) {
      const isMatch = i < length && matches[i] === at;
      if (isMatch) {
        const size = matches[i + 1]!;
        const symbol = lengthSymbol[size]!;
        const codeBits = literals.lengths[symbol]!;
        const bits = literals.bits[symbol]! | (lengthExtra[size]! << codeBits);
        steps.push(~(((codeBits + lengthExtraBits[size]!) << 17) | bits), at - matches[i + 2]!, matches[i + 3]!);
        mostBits += codeBits + 5 + LONGEST_CODE + 13;
        at += size;
        i += 4;
        continue;
      }
      let bits = 0;
      let many = 0;
      const until = i < length ? Math.min(end, matches[i]!) : end;
      while (at < until && many + literals.lengths[text[at]!]! <= 16) {
        bits |= literals.bits[text[at]!]! << many;
        many += literals.lengths[text[at]!]!;
        at++;
      }
      steps.push((many << 16) | bits);
      mostBits += many;
    }
    stepEnds[piece] = steps.length;
  }
  return { steps: new Int32Array(steps), ends: stepEnds, mostBits };
}
