import { POINT_NO_VALUE, type Exemplar, type PointColumns, type Series, type TimeColumn } from "@tracecore/core/pdata";
import type { WireReader } from "../wire/wire-reader.ts";
import { readKeyValue } from "./any-value.ts";
import {
  expectedSeries,
  findSeries,
  lengthOf,
  LONGEST,
  looseSeries,
  NONE,
  type KnownFamily,
} from "./attribute-cache.ts";

/** Reads the points of one kind; `point` gets each with its stretch. */
export interface PointDecoder {
  /** A metric begins. */
  begin(): void;
  point(reader: WireReader, family: KnownFamily, end: number): void;
}

/** What every kind of point has, with room for a known number of rows. */
export class PointWriter {
  row = 0;
  readonly series: Series[];
  readonly times: TimeColumn;
  readonly startTimes: TimeColumn;
  readonly flags: Uint8Array;
  otherFlags: Map<number, number> | undefined;
  exemplars: Map<number, Exemplar[]> | undefined;
  /** The number of the series of the row before in the same metric. */
  before: number = NONE;
  /** The stretch of the attributes of the row at hand; -1 while none came. */
  attributesStart = -1;
  attributesEnd = -1;
  /** The attributes do not stand in one piece. */
  scattered = false;
  /** The series whose attributes stand from `attributesStart` to `expectedEnd`, if it is the one that was expected. */
  #expected: number = NONE;
  #expectedEnd = -1;

  constructor(length: number) {
    // oxlint-disable-next-line unicorn/no-new-array -- Array.from asks an iterator for each element
    this.series = new Array<Series>(length);
    this.times = { high: new Uint32Array(length), low: new Uint32Array(length) };
    this.startTimes = { high: new Uint32Array(length), low: new Uint32Array(length) };
    this.flags = new Uint8Array(length);
  }

  begin(): void {
    this.attributesStart = -1;
    this.attributesEnd = -1;
    this.#expectedEnd = -1;
    this.scattered = false;
  }

  /** A KeyValue of the point, whose tag of one byte was just read; and those behind it, where they are what is expected. */
  attribute(reader: WireReader, family: KnownFamily, pointEnd: number): void {
    const start = reader.pos - 1;
    if (this.attributesStart === -1) {
      this.attributesStart = start;
      const expected = expectedSeries(reader, family, this.before, start, pointEnd);
      const length = expected === NONE ? 0 : lengthOf(family, expected);
      if (length > 0) {
        this.#expected = expected;
        this.#expectedEnd = this.attributesEnd = reader.pos = start + length;
        return;
      }
    } else if (this.attributesEnd !== start) this.scattered = true;
    this.attributesEnd = reader.pos = reader.end();
  }

  time(reader: WireReader, column: TimeColumn): void {
    const { view, pos } = reader;
    column.low[this.row] = view.getUint32(pos, true);
    column.high[this.row] = view.getUint32(pos + 4, true);
    reader.pos = pos + 8;
  }

  flag(reader: WireReader): void {
    const flags = reader.uint32();
    // Of flags that come twice the last ones count.
    if ((flags & 1) !== 0) this.flags[this.row]! |= POINT_NO_VALUE;
    else this.flags[this.row]! &= ~POINT_NO_VALUE;
    if (flags > 1) (this.otherFlags ??= new Map()).set(this.row, (flags & ~1) >>> 0);
    else this.otherFlags?.delete(this.row);
  }

  /** A double that may be absent, which is NaN in the column: `bit` says that it is there. */
  optional(reader: WireReader, column: Float64Array, bit: number): void {
    const value = reader.double();
    column[this.row] = value;
    if (Number.isNaN(value)) this.flags[this.row]! |= bit;
  }

  exemplar(reader: WireReader): void {
    const one = readExemplar(reader, reader.end());
    const list = (this.exemplars ??= new Map()).get(this.row);
    if (list === undefined) this.exemplars.set(this.row, [one]);
    else list.push(one);
  }

  /** Ends the row: names its series. `start` and `end` are those of the point. */
  finish(reader: WireReader, family: KnownFamily, start: number, end: number): void {
    const { attributesStart, attributesEnd, before, scattered } = this;
    const isLong = attributesEnd - attributesStart > LONGEST;
    if (scattered || isLong) {
      // What is scattered stands for itself with all of its point: what else is in it is passed by.
      this.series[this.row++] = scattered
        ? looseSeries(reader, family, start, end)
        : looseSeries(reader, family, attributesStart, attributesEnd);
      return;
    }
    let found: number;
    if (attributesStart === -1) found = findSeries(reader, family, before, end, end);
    else if (attributesEnd === this.#expectedEnd) found = this.#expected;
    else found = findSeries(reader, family, before, attributesStart, attributesEnd);
    this.before = found;
    this.series[this.row++] = family.series[found]!;
  }

  columns(): PointColumns {
    const { row, series, times, startTimes, flags, otherFlags, exemplars } = this;
    return { length: row, series, times, startTimes, flags, otherFlags, exemplars };
  }
}

function readExemplar(reader: WireReader, end: number): Exemplar {
  let timeUnixNano = 0n;
  let value: number | bigint = 0;
  let traceId = "";
  let spanId = "";
  const entries: [string, never][] = [];
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 0x11:
        timeUnixNano = reader.fixed64();
        break;
      case 0x19:
        value = reader.double();
        break;
      case 0x22:
        spanId = reader.hex();
        break;
      case 0x2a:
        traceId = reader.hex();
        break;
      case 0x31:
        value = BigInt.asIntN(64, reader.fixed64());
        break;
      case 0x3a:
        readKeyValue(reader, reader.end(), entries);
        break;
      default:
        reader.skip(tag);
    }
  }
  return { timeUnixNano, value, filteredAttributes: Object.fromEntries(entries), traceId, spanId };
}
