import {
  attributesOfPairs,
  hashBytes,
  internedText,
  series,
  seriesInterner,
  type Attributes,
  type AttributeValue,
  type MetricFamily,
  type Series,
} from "@tracecore/core/pdata";
import { ByteArena } from "../wire/byte-arena.ts";
import type { WireReader } from "../wire/wire-reader.ts";
import { RepeatedPairs } from "./repeated-pairs.ts";

/** No series. */
export const NONE = -1;

/** What is kept of a series in {@link KnownFamily.table}, in numbers: the series that came after it last time (senders mostly repeat their order), and where the bytes of its attributes stand. */
const NEXT = 0;
const CHUNK = 1;
const START = 2;
const LENGTH = 3;
const HASH = 4;
const WIDTH = 5;

/**
 * A metric with the series that came under it, each known by a number. What tells whether a point is of the series that is
 * expected lies side by side in one table: with an object for each series, half of the time went into waiting for memory.
 */
export class KnownFamily {
  readonly family: MetricFamily;
  /** The tag of the attributes in its points. */
  readonly attributesTag: number;
  readonly series: Series[] = [];
  readonly chunks: DataView[] = [];
  table: Int32Array = new Int32Array(WIDTH);
  first: number = NONE;
  /** Numbers of series by the hash of their bytes, {@link NONE} where there is none; a third of it is free at least. */
  #slots: Int32Array = emptySlots(8);

  constructor(family: MetricFamily, attributesTag: number) {
    this.family = family;
    this.attributesTag = attributesTag;
  }

  /** The number of the series with these attributes; {@link NONE} if there is none. */
  find(view: DataView, start: number, length: number, hash: number): number {
    const slots = this.#slots;
    const { table } = this;
    for (let slot = hash; ; slot++) {
      const number = slots[slot & (slots.length - 1)]!;
      if (number === NONE) return NONE;
      const at = number * WIDTH;
      if (table[at + HASH] !== hash || table[at + LENGTH] !== length) continue;
      if (isSame(view, start, this.chunks[table[at + CHUNK]!]!, table[at + START]!, length)) return number;
    }
  }

  /** The number that the series gets. */
  add(one: Series, chunk: DataView, start: number, length: number, hash: number): number {
    const number = this.series.push(one) - 1;
    const at = number * WIDTH;
    if (at === this.table.length) {
      const grown = new Int32Array(at * 2);
      grown.set(this.table);
      this.table = grown;
    }
    if (this.chunks.at(-1) !== chunk) this.chunks.push(chunk);
    this.table[at + NEXT] = NONE;
    this.table[at + CHUNK] = this.chunks.length - 1;
    this.table[at + START] = start;
    this.table[at + LENGTH] = length;
    this.table[at + HASH] = hash;
    if (this.series.length * 3 > this.#slots.length * 2) {
      this.#slots = emptySlots(this.#slots.length * 4);
      for (let old = 0; old < number; old++) this.#place(old);
    }
    this.#place(number);
    return number;
  }

  #place(number: number): void {
    const slots = this.#slots;
    let slot = this.table[number * WIDTH + HASH]! & (slots.length - 1);
    while (slots[slot] !== NONE) slot = (slot + 1) & (slots.length - 1);
    slots[slot] = number;
  }
}

/** Longer attributes are mostly those of one point, and are forgotten with it. */
export const LONGEST = 4096;

let remembered = 0;
let generation = 0;
let textGeneration = 0;

/** Changes when everything that was remembered must be forgotten, because there is too much of it. */
export function currentGeneration(): number {
  if (remembered > seriesInterner.limit || textGeneration !== internedText.generation) {
    textGeneration = internedText.generation;
    remembered = 0;
    generation++;
  }
  return generation;
}

/** Counts something that is remembered until the next generation. */
export function countRemembered(): void {
  remembered++;
}

/**
 * The series that comes after `before`, if the attributes that begin at `start` are its own and end before `end`; else
 * {@link NONE}. More attributes may follow.
 */
export function expectedSeries(
  { view }: WireReader,
  family: KnownFamily,
  before: number,
  start: number,
  end: number,
): number {
  const { table } = family;
  const guess = before === NONE ? family.first : table[before * WIDTH + NEXT]!;
  if (guess === NONE) return NONE;
  const at = guess * WIDTH;
  const length = table[at + LENGTH]!;
  if (start + length > end) return NONE;
  return isSame(view, start, family.chunks[table[at + CHUNK]!]!, table[at + START]!, length) ? guess : NONE;
}

/** How many bytes the attributes of a series take. */
export function lengthOf({ table }: KnownFamily, number: number): number {
  return table[number * WIDTH + LENGTH]!;
}

/**
 * The number of the series of `family` whose attributes, at most {@link LONGEST} bytes, stand from `start` to `end`; `before` is
 * that of the point before.
 */
export function findSeries(
  reader: WireReader,
  family: KnownFamily,
  before: number,
  start: number,
  end: number,
): number {
  const expected = expectedSeries(reader, family, before, start, end);
  if (expected !== NONE && lengthOf(family, expected) === end - start) return expected;
  const hash = hashBytes(reader.view, start, end);
  let found = family.find(reader.view, start, end - start, hash);
  if (found === NONE) {
    found = newSeries(reader, family, start, end, hash);
    remembered++;
  }
  if (before === NONE) family.first = found;
  else family.table[before * WIDTH + NEXT] = found;
  return found;
}

function emptySlots(length: number): Int32Array {
  return new Int32Array(length).fill(NONE);
}

/** Compares eight bytes at a time: a native comparison costs more for what attributes take. */
function isSame(view: DataView, start: number, own: DataView, at: number, length: number): boolean {
  const whole = length & ~7;
  let i = 0;
  for (; i < whole; i += 8) {
    const one = view.getFloat64(start + i, true);
    // As doubles, NaN is unlike itself, and 0 like -0.
    if ((one !== own.getFloat64(at + i, true) || one === 0) && !areEightSame(view, start + i, own, at + i))
      return false;
  }
  for (; i < length; i++) if (view.getUint8(start + i) !== own.getUint8(at + i)) return false;
  return true;
}

function areEightSame(view: DataView, start: number, own: DataView, at: number): boolean {
  return view.getInt32(start) === own.getInt32(at) && view.getInt32(start + 4) === own.getInt32(at + 4);
}

const arena = new ByteArena();
let pairs = new RepeatedPairs(true);
let pairsOf: WireReader | undefined;

/** Forgets the request that was read last, so that its bytes are not held. */
export function endRequest(): void {
  pairsOf = undefined;
}

function newSeries(reader: WireReader, known: KnownFamily, start: number, end: number, hash: number): number {
  const length = end - start;
  internedText.count(length);
  const { chunk, at } = arena.keep(reader.bytes, start, end);
  const { set, isWhole } = readSet(reader, start, end, known.attributesTag);
  const one = series(known.family, set);
  // What came in can go out as it is, unless it says more than the set does: that nobody has looked at.
  if (isWhole) one.otlpAttributes ??= chunk.bytes.subarray(at, at + length);
  return known.add(one, chunk.view, at, length, hash);
}

/** A series whose bytes are not kept: those of long attributes, and those around scattered ones, which no other point has. */
export function looseSeries(
  reader: WireReader,
  { family, attributesTag }: KnownFamily,
  start: number,
  end: number,
): Series {
  return series(family, readSet(reader, start, end, attributesTag).set);
}

interface ReadSet {
  readonly set: Attributes;
  /** It holds all that stands there: other fields are passed by, and of a key that stands there twice one value. */
  readonly isWhole: boolean;
}

/** The interned set of a run of KeyValue fields. Leaves the reader where it is. */
function readSet(reader: WireReader, start: number, end: number, keyValueTag: number): ReadSet {
  if (pairsOf !== reader) {
    pairsOf = reader;
    pairs = new RepeatedPairs(true);
  }
  const { pos } = reader;
  reader.pos = start;
  const keys: string[] = [];
  const values: AttributeValue[] = [];
  let isWhole = true;
  pairs.rewind();
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag !== keyValueTag) {
      isWhole = false;
      reader.skip(tag);
      continue;
    }
    pairs.read(reader);
    keys.push(pairs.key);
    values.push(pairs.value);
    // A map may hold a key twice as well.
    if (typeof pairs.value === "object" || !pairs.isPlain) isWhole = false;
  }
  reader.pos = pos;
  const set = attributesOfPairs(keys, values);
  return { set, isWhole: isWhole && set.size === keys.length };
}
