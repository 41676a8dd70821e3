import type { SummaryPoints } from "@tracecore/core/pdata";
import type { WireReader } from "../wire/wire-reader.ts";
import { NONE, type KnownFamily } from "./attribute-cache.ts";
import { PointWriter, type PointDecoder } from "./point-columns.ts";

/** Summaries. */
export class SummaryDecoder implements PointDecoder {
  readonly #rows: PointWriter;
  readonly #counts: Float64Array;
  readonly #sums: Float64Array;
  readonly #quantiles: { quantile: number; value: number }[][] = [];

  constructor(length: number) {
    this.#rows = new PointWriter(length);
    this.#counts = new Float64Array(length);
    this.#sums = new Float64Array(length);
  }

  begin(): void {
    this.#rows.before = NONE;
  }

  point(reader: WireReader, family: KnownFamily, end: number): void {
    const rows = this.#rows;
    const start = reader.pos;
    const { row } = rows;
    const quantiles: { quantile: number; value: number }[] = [];
    rows.begin();
    while (reader.pos < end) {
      const tag = reader.bytes[reader.pos++]!;
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
          this.#counts[row] = reader.fixed64Number();
          break;
        case 0x29:
          this.#sums[row] = reader.double();
          break;
        case 0x32:
          quantiles.push(readQuantile(reader, reader.end()));
          break;
        case 0x40:
          rows.flag(reader);
          break;
        default:
          reader.pos--;
          reader.skip(reader.uint32());
      }
    }
    this.#quantiles.push(quantiles);
    rows.finish(reader, family, start, end);
  }

  build(): SummaryPoints {
    return { ...this.#rows.columns(), counts: this.#counts, sums: this.#sums, quantiles: this.#quantiles };
  }
}

function readQuantile(reader: WireReader, end: number): { quantile: number; value: number } {
  let quantile = 0;
  let value = 0;
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag === 0x09) quantile = reader.double();
    else if (tag === 0x11) value = reader.double();
    else reader.skip(tag);
  }
  return { quantile, value };
}
