import { LARGEST_COUNT, TWO_TO_64 } from "./large-counts.ts";
import { MOST_EXACT, readText } from "./read-text.ts";

/** A `Buffer` over the same memory. */
export function asBuffer(bytes: Uint8Array): SliceBuffer {
  return (
    Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  ) as SliceBuffer;
}

/** Methods that `Buffer` has and its types leave out; `toString` costs twice as much for the short texts of telemetry. */
export interface SliceBuffer extends Buffer {
  utf8Slice(start: number, end: number): string;
  latin1Slice(start: number, end: number): string;
  hexSlice(start: number, end: number): string;
}

/**
 * Reads protobuf that {@link countItems} has found sound: nothing here checks bounds. `pos` is the next byte. Integers that
 * do not fit a double exactly are read as two halves or as bigint.
 */
export class WireReader {
  readonly bytes: SliceBuffer;
  readonly view: DataView;
  pos = 0;
  /** See {@link readText}. */
  exactLeft: number = MOST_EXACT;

  constructor(bytes: Uint8Array) {
    this.bytes = asBuffer(bytes);
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** A tag or a length: at most 32 bits are kept. */
  uint32(): number {
    const { bytes } = this;
    let byte = bytes[this.pos++]!;
    if (byte < 0x80) return byte;
    let value = byte & 0x7f;
    for (let shift = 7; ; shift += 7) {
      byte = bytes[this.pos++]!;
      if (shift < 32) value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
  }

  /** Any number but 0 is true, however many bytes it has. */
  bool(): boolean {
    const { bytes } = this;
    let bits = 0;
    for (;;) {
      const byte = bytes[this.pos++]!;
      bits |= byte & 0x7f;
      if (byte < 0x80) return bits !== 0;
    }
  }

  /** An int64 varint; a number where that is exact. */
  int64(): number | bigint {
    const { bytes, pos } = this;
    let value = 0;
    // Four bytes hold 28 bits, which need no BigInt; most numbers are as small.
    for (let i = 0; i < 4; i++) {
      const byte = bytes[pos + i]!;
      value |= (byte & 0x7f) << (7 * i);
      if (byte >= 0x80) continue;
      this.pos = pos + i + 1;
      return value;
    }
    const large = this.varint64(true);
    const number = Number(large);
    return Number.isSafeInteger(number) ? number : large;
  }

  /** A 64-bit varint: int64 as `signed`, else uint64. */
  varint64(signed: boolean): bigint {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.bytes[this.pos++]!;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return signed ? BigInt.asIntN(64, value) : BigInt.asUintN(64, value);
    }
  }

  double(): number {
    const value = this.view.getFloat64(this.pos, true);
    this.pos += 8;
    return value;
  }

  fixed64(): bigint {
    const value = this.view.getBigUint64(this.pos, true);
    this.pos += 8;
    return value;
  }

  /** A fixed64 as a number; exact up to 2^53. */
  fixed64Number(): number {
    const { view, pos } = this;
    this.pos += 8;
    const value = view.getUint32(pos + 4, true) * 4_294_967_296 + view.getUint32(pos, true);
    return value < TWO_TO_64 ? value : LARGEST_COUNT;
  }

  fixed32(): number {
    const value = this.view.getUint32(this.pos, true);
    this.pos += 4;
    return value;
  }

  /** A length-delimited text. Bytes that are no UTF-8 become U+FFFD. */
  text(): string {
    const length = this.uint32();
    const start = this.pos;
    this.pos = start + length;
    return length === 0 ? "" : readText(this.bytes, start, start + length, this);
  }

  /** Length-delimited bytes as lower-case hex. */
  hex(): string {
    const length = this.uint32();
    const start = this.pos;
    this.pos = start + length;
    return length === 0 ? "" : this.bytes.hexSlice(start, start + length);
  }

  /** A copy of length-delimited bytes. */
  blob(): Uint8Array {
    const length = this.uint32();
    const start = this.pos;
    this.pos = start + length;
    return Uint8Array.prototype.slice.call(this.bytes, start, start + length);
  }

  /** The end of a length-delimited field whose length comes next. */
  end(): number {
    const length = this.uint32();
    return this.pos + length;
  }

  /** Passes a field by whose tag was just read. */
  skip(tag: number): void {
    switch (tag & 7) {
      case 0:
        while (this.bytes[this.pos++]! >= 0x80);
        break;
      case 1:
        this.pos += 8;
        break;
      case 2:
        this.pos = this.end();
        break;
      default:
        this.pos += 4;
    }
  }
}
