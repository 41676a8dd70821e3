import {
  POINT_NAN_MAX,
  POINT_NAN_MIN,
  POINT_NAN_SUM,
  type ExponentialBuckets,
  type ExponentialHistogramPoints,
} from "@tracecore/core/pdata";
import { countOf } from "../wire/large-counts.ts";
import type { WireReader } from "../wire/wire-reader.ts";
import { AggregateColumns } from "./aggregate-columns.ts";
import { NONE, type KnownFamily } from "./attribute-cache.ts";
import { PointWriter, type PointDecoder } from "./point-columns.ts";

/** Exponential histograms. */
export class ExponentialDecoder implements PointDecoder {
  readonly #rows: PointWriter;
  readonly #aggregate: AggregateColumns;
  readonly #scales: Int32Array;
  readonly #zeroCounts: Float64Array;
  readonly #zeroThresholds: Float64Array;
  readonly #positive: ExponentialBuckets[] = [];
  readonly #negative: ExponentialBuckets[] = [];

  constructor(length: number) {
    this.#rows = new PointWriter(length);
    this.#aggregate = new AggregateColumns(length);
    this.#scales = new Int32Array(length);
    this.#zeroCounts = new Float64Array(length);
    this.#zeroThresholds = new Float64Array(length);
  }

  begin(): void {
    this.#rows.before = NONE;
  }

  point(reader: WireReader, family: KnownFamily, end: number): void {
    const rows = this.#rows;
    const { counts, sums, mins, maxs } = this.#aggregate;
    const start = reader.pos;
    const { row } = rows;
    let positive = NO_BUCKETS;
    let negative = NO_BUCKETS;
    rows.begin();
    while (reader.pos < end) {
      const tag = reader.bytes[reader.pos++]!;
      switch (tag) {
        case 0x0a:
          rows.attribute(reader, family, end);
          break;
        case 0x11:
          rows.time(reader, rows.startTimes);
          break;
        case 0x19:
          rows.time(reader, rows.times);
          break;
        case 0x21:
          counts[row] = reader.fixed64Number();
          break;
        case 0x29:
          rows.optional(reader, sums, POINT_NAN_SUM);
          break;
        case 0x30:
          this.#scales[row] = zigzag(reader.uint32());
          break;
        case 0x39:
          this.#zeroCounts[row] = reader.fixed64Number();
          break;
        case 0x42:
          positive = readBuckets(reader, reader.end(), positive);
          break;
        case 0x4a:
          negative = readBuckets(reader, reader.end(), negative);
          break;
        case 0x50:
          rows.flag(reader);
          break;
        case 0x5a:
          rows.exemplar(reader);
          break;
        case 0x61:
          rows.optional(reader, mins, POINT_NAN_MIN);
          break;
        case 0x69:
          rows.optional(reader, maxs, POINT_NAN_MAX);
          break;
        case 0x71:
          this.#zeroThresholds[row] = reader.double();
          break;
        default:
          reader.pos--;
          reader.skip(reader.uint32());
      }
    }
    this.#positive.push(positive);
    this.#negative.push(negative);
    rows.finish(reader, family, start, end);
  }

  build(): ExponentialHistogramPoints {
    return {
      ...this.#rows.columns(),
      ...this.#aggregate.build(),
      scales: this.#scales,
      zeroCounts: this.#zeroCounts,
      zeroThresholds: this.#zeroThresholds,
      positive: this.#positive,
      negative: this.#negative,
    };
  }
}

const NO_BUCKETS: ExponentialBuckets = { offset: 0, counts: [] };

function zigzag(value: number): number {
  return (value >>> 1) ^ -(value & 1);
}

/** Buckets up to `end`; `before` is what pieces of them in front said. */
function readBuckets(reader: WireReader, end: number, before: ExponentialBuckets): ExponentialBuckets {
  let { offset } = before;
  const counts = before === NO_BUCKETS ? [] : (before.counts as number[]);
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag === 0x08) offset = zigzag(reader.uint32());
    else if (tag === 0x10) counts.push(countOf(reader.varint64(false)));
    else if (tag === 0x12) {
      const last = reader.end();
      while (reader.pos < last) {
        const byte = reader.bytes[reader.pos]!;
        if (byte < 0x80) {
          counts.push(byte);
          reader.pos++;
        } else counts.push(countOf(reader.varint64(false)));
      }
      reader.pos = last;
    } else reader.skip(tag);
  }
  return { offset, counts };
}
