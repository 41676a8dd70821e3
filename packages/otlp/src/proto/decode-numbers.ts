import {
  POINT_INTEGER,
  POINT_NO_VALUE,
  POINT_UNMARKED,
  POINT_VALUE_KEPT,
  type NumberPoints,
} from "@tracecore/core/pdata";
import type { WireReader } from "../wire/wire-reader.ts";
import { NONE, type KnownFamily } from "./attribute-cache.ts";
import { PointWriter, type PointDecoder } from "./point-columns.ts";

const TWO_TO_32 = 4_294_967_296;

/** Gauges and sums. */
export class NumberDecoder implements PointDecoder {
  readonly #rows: PointWriter;
  readonly #values: Float64Array;
  #exactIntegers: Map<number, bigint> | undefined;

  constructor(length: number) {
    this.#rows = new PointWriter(length);
    this.#values = new Float64Array(length);
  }

  begin(): void {
    this.#rows.before = NONE;
  }

  point(reader: WireReader, family: KnownFamily, end: number): void {
    const rows = this.#rows;
    const { bytes, view } = reader;
    const start = reader.pos;
    const { row } = rows;
    let hasValue = false;
    rows.begin();
    while (reader.pos < end) {
      const tag = bytes[reader.pos++]!;
      switch (tag) {
        case 0x3a:
          rows.attribute(reader, family, end);
          break;
        case 0x11:
          rows.time(reader, rows.startTimes);
          break;
        case 0x19:
          rows.time(reader, rows.times);
          break;
        case 0x21:
          // Of values that come twice the last one counts.
          if (hasValue) this.#exactIntegers?.delete(row);
          this.#values[row] = view.getFloat64(reader.pos, true);
          reader.pos += 8;
          hasValue = true;
          rows.flags[row]! &= ~POINT_INTEGER;
          break;
        case 0x31:
          if (hasValue) this.#exactIntegers?.delete(row);
          this.#integer(reader, row);
          hasValue = true;
          break;
        case 0x40:
          rows.flag(reader);
          break;
        case 0x2a:
          rows.exemplar(reader);
          break;
        default:
          reader.pos--;
          reader.skip(reader.uint32());
      }
    }
    const isMarked = (rows.flags[row]! & POINT_NO_VALUE) !== 0;
    if (isMarked === hasValue) rows.flags[row]! |= isMarked ? POINT_VALUE_KEPT : POINT_NO_VALUE | POINT_UNMARKED;
    rows.finish(reader, family, start, end);
  }

  #integer(reader: WireReader, row: number): void {
    const { view, pos } = reader;
    const high = view.getInt32(pos + 4, true);
    const value = high * TWO_TO_32 + view.getUint32(pos, true);
    if (!Number.isSafeInteger(value)) (this.#exactIntegers ??= new Map()).set(row, view.getBigInt64(pos, true));
    this.#values[row] = value;
    this.#rows.flags[row]! |= POINT_INTEGER;
    reader.pos = pos + 8;
  }

  build(): NumberPoints {
    return { ...this.#rows.columns(), values: this.#values, exactIntegers: this.#exactIntegers };
  }
}
