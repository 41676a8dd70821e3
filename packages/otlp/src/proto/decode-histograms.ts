import { POINT_NAN_MAX, POINT_NAN_MIN, POINT_NAN_SUM, type HistogramPoints } from "@tracecore/core/pdata";
import type { WireReader } from "../wire/wire-reader.ts";
import { AggregateColumns } from "./aggregate-columns.ts";
import { NONE, type KnownFamily } from "./attribute-cache.ts";
import { PointWriter, type PointDecoder } from "./point-columns.ts";

/** Histograms with explicit bounds. */
export class HistogramDecoder implements PointDecoder {
  readonly #rows: PointWriter;
  readonly #aggregate: AggregateColumns;
  #exactCounts: Map<number, bigint> | undefined;
  readonly #bounds: (readonly number[])[] = [];
  readonly #bucketStarts: Uint32Array;
  #bucketCounts: Float64Array;
  #buckets = 0;
  #bound: number[] = [];
  /** No other row holds the list. */
  #ownsBound = false;
  #boundCount = 0;

  constructor(length: number) {
    this.#rows = new PointWriter(length);
    this.#aggregate = new AggregateColumns(length);
    this.#bucketStarts = new Uint32Array(length + 1);
    this.#bucketCounts = new Float64Array(length * 16);
  }

  begin(): void {
    this.#rows.before = NONE;
  }

  point(reader: WireReader, family: KnownFamily, end: number): void {
    const rows = this.#rows;
    const { counts, sums, mins, maxs } = this.#aggregate;
    const { bytes } = reader;
    const start = reader.pos;
    const { row } = rows;
    rows.begin();
    this.#boundCount = 0;
    this.#ownsBound = false;
    while (reader.pos < end) {
      const tag = bytes[reader.pos++]!;
      switch (tag) {
        case 0x4a:
          rows.attribute(reader, family, end);
          break;
        case 0x11:
          rows.time(reader, rows.startTimes);
          break;
        case 0x19:
          rows.time(reader, rows.times);
          break;
        case 0x21: {
          const count = reader.fixed64Number();
          if (count > Number.MAX_SAFE_INTEGER) {
            (this.#exactCounts ??= new Map()).set(row, reader.view.getBigUint64(reader.pos - 8, true));
          } else this.#exactCounts?.delete(row); // Of a field that comes twice the last one counts.
          counts[row] = count;
          break;
        }
        case 0x29:
          rows.optional(reader, sums, POINT_NAN_SUM);
          break;
        case 0x31:
          this.#bucket(reader.fixed64Number());
          break;
        case 0x32: {
          const last = reader.end();
          while (reader.pos < last) this.#bucket(reader.fixed64Number());
          break;
        }
        case 0x39:
          this.#setBound(reader.double());
          break;
        case 0x3a: {
          const last = reader.end();
          while (reader.pos < last) this.#setBound(reader.double());
          break;
        }
        case 0x42:
          rows.exemplar(reader);
          break;
        case 0x50:
          rows.flag(reader);
          break;
        case 0x59:
          rows.optional(reader, mins, POINT_NAN_MIN);
          break;
        case 0x61:
          rows.optional(reader, maxs, POINT_NAN_MAX);
          break;
        default:
          reader.pos--;
          reader.skip(reader.uint32());
      }
    }
    // Mostly the bounds of the point before: then the same object, and nothing to allocate.
    if (this.#bound.length !== this.#boundCount) this.#bound = this.#bound.slice(0, this.#boundCount);
    this.#bounds.push(this.#bound);
    this.#bucketStarts[row + 1] = this.#buckets;
    rows.finish(reader, family, start, end);
  }

  #bucket(count: number): void {
    if (this.#buckets === this.#bucketCounts.length) {
      const grown = new Float64Array(Math.max(64, this.#buckets * 2));
      grown.set(this.#bucketCounts);
      this.#bucketCounts = grown;
    }
    this.#bucketCounts[this.#buckets++] = count;
  }

  #setBound(value: number): void {
    const at = this.#boundCount++;
    if (!this.#ownsBound) {
      if (this.#bound.length > at && Object.is(this.#bound[at], value)) return;
      this.#bound = this.#bound.slice(0, at);
      this.#ownsBound = true;
    }
    this.#bound.push(value);
  }

  build(): HistogramPoints {
    return {
      ...this.#rows.columns(),
      ...this.#aggregate.build(),
      exactCounts: this.#exactCounts,
      bounds: this.#bounds,
      bucketStarts: this.#bucketStarts,
      bucketCounts: this.#bucketCounts.subarray(0, this.#buckets),
    };
  }
}
