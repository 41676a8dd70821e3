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
const SLICE_BYTES = 1 << 16;
/** Characters of a value, for an estimate of distances. */
const USUAL_VALUE = 8;
/** Every character that a value can have. */
const VALUE_CHARACTERS = "0123456789.-+eINaf n";

/**
 * Plans the compression of every exposition of a template. `sample` is one, and `valueEnds[i]` the length of its first
 * i + 1 values together: it tells which digits are frequent. It yields after every 64 KiB of text, about a millisecond, so
 * that a caller can do something else in between.
 */
export function* planDeflate(
  template: Template,
  sample: Uint8Array,
  valueEnds: Uint32Array,
): Generator<undefined, DeflatePlan> {
  const literalUse = Array.from({ length: LITERAL_CODES }, () => 0);
  const distanceUse = Array.from({ length: DISTANCE_CODES }, () => 1); // Any may occur: distances change with the values.
  for (const character of VALUE_CHARACTERS) literalUse[character.charCodeAt(0)] = 1;
  literalUse[END_OF_BLOCK] = 1;
  countValues(template, sample, valueEnds, literalUse);
  const matches = yield* tokenize(template, literalUse, distanceUse);
  const literals = prefixCode(literalUse, LONGEST_CODE);
  const distances = prefixCode(distanceUse, LONGEST_CODE);
  const steps = yield* encode(template, matches, literals);
  return { ...steps, literals, distances };
}

/**
 * Finds repetitions and counts what symbols are used for. None reaches over a value, on either side, since values change.
 * The result has four numbers for each match: start in the text, length, start of the source, values in between. What lies
 * between matches is literals.
 */
function* tokenize(
  { text, ends }: Template,
  literalUse: number[],
  distanceUse: number[],
): Generator<undefined, Int32Array> {
  const latest = new Int32Array(1 << HASH_BITS).fill(-1);
  const pieceOf = new Int32Array(1 << HASH_BITS);
  const matches = new IntList();
  let at = 0;
  let pause = SLICE_BYTES;
  for (let piece = 0; piece < ends.length; piece++) {
    const end = ends[piece]!;
    while (at + MIN_MATCH <= end) {
      const slot = hash(text, at);
      const source = latest[slot]!;
      const from = pieceOf[slot]!;
      latest[slot] = at;
      pieceOf[slot] = piece;
      const far = source === -1 || at - source + (piece - from) * NUMBER_WIDTH > LARGEST_DISTANCE;
      const size = far ? 0 : matchLength(text, source, at, Math.min(LONGEST_MATCH, ends[from]! - source, end - at));
      if (size < MIN_MATCH) {
        literalUse[text[at]!]!++;
        at++;
        continue;
      }
      literalUse[lengthSymbol[size]!]!++;
      distanceUse[distanceCode(Math.min(at - source + (piece - from) * USUAL_VALUE, LARGEST_DISTANCE))]!++;
      matches.push(at);
      matches.push(size);
      matches.push(source);
      matches.push(piece - from);
      at += size;
    }
    for (; at < end; at++) literalUse[text[at]!]!++;
    if (at >= pause) {
      pause = at + SLICE_BYTES;
      yield;
    }
  }
  return matches.build();
}

/** A growing Int32Array. */
class IntList {
  length = 0;
  #items: Int32Array = new Int32Array(1024);

  push(value: number): void {
    if (this.length === this.#items.length) {
      const larger = new Int32Array(this.length * 2);
      larger.set(this.#items);
      this.#items = larger;
    }
    this.#items[this.length++] = value;
  }

  build(): Int32Array {
    return this.#items.slice(0, this.length);
  }
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

function countValues({ ends }: Template, sample: Uint8Array, valueEnds: Uint32Array, literalUse: number[]): void {
  let before = 0;
  for (const [piece, after] of valueEnds.entries()) {
    const end = ends[piece]! + after;
    for (let at = ends[piece]! + before; at < end; at++) literalUse[sample[at]!]!++;
    before = after;
  }
}

function* encode(
  { text, ends }: Template,
  matches: Int32Array,
  literals: PrefixCode,
): Generator<undefined, Pick<DeflatePlan, "steps" | "ends" | "mostBits">> {
  const steps = new IntList();
  const stepEnds = new Uint32Array(ends.length);
  let mostBits = 8 * 512; // The header of gzip and of the block.
  let at = 0;
  let i = 0;
  let pause = SLICE_BYTES;
  for (let piece = 0; piece < ends.length; piece++) {
    const end = ends[piece]!;
    while (at < end) {
      const next = i < matches.length ? matches[i]! : end;
      if (next === at && i < matches.length) {
        const size = matches[i + 1]!;
        const symbol = lengthSymbol[size]!;
        const codeBits = literals.lengths[symbol]!;
        const bits = literals.bits[symbol]! | (lengthExtra[size]! << codeBits);
        steps.push(~(((codeBits + lengthExtraBits[size]!) << 17) | bits));
        steps.push(at - matches[i + 2]!);
        steps.push(matches[i + 3]!);
        mostBits += codeBits + 5 + LONGEST_CODE + 13;
        at += size;
        i += 4;
        continue;
      }
      let bits = 0;
      let many = 0;
      const until = Math.min(end, next);
      while (at < until && many + literals.lengths[text[at]!]! <= 16) {
        bits |= literals.bits[text[at]!]! << many;
        many += literals.lengths[text[at]!]!;
        at++;
      }
      steps.push((many << 16) | bits);
      mostBits += many;
    }
    stepEnds[piece] = steps.length;
    if (at >= pause) {
      pause = at + SLICE_BYTES;
      yield;
    }
  }
  return { steps: steps.build(), ends: stepEnds, mostBits };
}
