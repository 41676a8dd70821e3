import {
  attributesOfPairs,
  series,
  seriesInterner,
  type Attributes,
  type AttributeValue,
  type MetricFamily,
  type Series,
} from "@tracecore/core/pdata";
import { ByteArena, type Chunk } from "../wire/byte-arena.ts";
import type { WireReader } from "../wire/wire-reader.ts";
import { RepeatedPairs } from "./repeated-pairs.ts";

/** A series with the bytes that name its attributes. */
export interface KnownSeries {
  readonly series: Series;
  /** Where the bytes are kept. */
  readonly chunk: Chunk;
  readonly at: number;
  readonly length: number;
  /** The series that came after it last time: senders mostly repeat their order. */
  next: KnownSeries | undefined;
}

/** A metric with the series that came under it. */
export interface KnownFamily {
  readonly family: MetricFamily;
  /** The tag of the attributes in its points. */
  readonly attributesTag: number;
  readonly known: Map<string, KnownSeries>;
  first: KnownSeries | undefined;
}

/** Longer attributes are mostly those of one point, and are forgotten with it. */
const LONGEST = 4096;

let remembered = 0;
let generation = 0;

/** Changes when everything that was remembered must be forgotten, because there is too much of it. */
export function currentGeneration(): number {
  if (remembered > seriesInterner.limit) {
    remembered = 0;
    generation++;
  }
  return generation;
}

/** Counts something that is remembered until the next generation. */
export function countRemembered(): void {
  remembered++;
}

/** The series of `family` whose attributes stand from `start` to `end`; `before` is the series of the point before. */
export function findSeries(
  reader: WireReader,
  family: KnownFamily,
  before: KnownSeries | undefined,
  start: number,
  end: number,
): KnownSeries {
  const guess = before === undefined ? family.first : before.next;
  if (guess !== undefined && guess.length === end - start && isSame(reader.view, start, guess)) return guess;
  if (end - start > LONGEST) return { ...NOWHERE, series: looseSeries(reader, family, start, end) };
  const key = reader.bytes.latin1Slice(start, end);
  let found = family.known.get(key);
  if (found === undefined) {
    found = newSeries(reader, family, start, end);
    family.known.set(key, found);
    remembered++;
  }
  if (before === undefined) family.first = found;
  else before.next = found;
  return found;
}

/** Compares four bytes at a time: a native comparison costs more for what attributes take. */
function isSame(view: DataView, start: number, { chunk, at, length }: KnownSeries): boolean {
  const own = chunk.view;
  const whole = length & ~3;
  let i = 0;
  for (; i < whole; i += 4) if (view.getInt32(start + i, true) !== own.getInt32(at + i, true)) return false;
  for (; i < length; i++) if (view.getUint8(start + i) !== own.getUint8(at + i)) return false;
  return true;
}

const arena = new ByteArena();
/** For a series without bytes: no attributes are as short. */
const NOWHERE = { ...arena.keep(new Uint8Array(), 0, 0), length: -1, next: undefined };
let pairs = new RepeatedPairs(true);
let pairsOf: WireReader | undefined;

/** Forgets the request that was read last, so that its bytes are not held. */
export function endRequest(): void {
  pairsOf = undefined;
}

function newSeries(
  reader: WireReader,
  { family, attributesTag }: KnownFamily,
  start: number,
  end: number,
): KnownSeries {
  const length = end - start;
  const { chunk, at } = arena.keep(reader.bytes, start, end);
  const { set, isWhole } = readSet(reader, start, end, attributesTag);
  const one = series(family, set);
  // What came in can go out as it is, unless it says more than the set does: that nobody has looked at.
  if (isWhole) one.otlpAttributes ??= chunk.bytes.subarray(at, at + length);
  return { series: one, chunk, at, length, next: undefined };
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
