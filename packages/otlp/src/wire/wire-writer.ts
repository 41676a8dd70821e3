/** Room that a writer begins with, in bytes. */
const FIRST_SIZE = 64 * 1024;

/** Room left over, in bytes, that is not worth a copy; nor is as much as was written. */
const MOST_SPARE = 1024;

/**
 * Writes protobuf from its end to its beginning, so that the length of a message is known when its head is written: no second
 * pass, nothing moved. Fields are therefore written in reverse.
 */
export class WireWriter {
  bytes: Buffer;
  view: DataView;
  /** Where the last byte written stands. */
  pos: number;

  constructor(size: number = FIRST_SIZE) {
    this.bytes = Buffer.allocUnsafeSlow(Math.max(size, 64));
    this.view = new DataView(this.bytes.buffer);
    this.pos = this.bytes.length;
  }

  /** What was written so far; the position before a message, to give to {@link head}. */
  get length(): number {
    return this.bytes.length - this.pos;
  }

  /** Makes room for `size` more bytes. */
  reserve(size: number): void {
    if (this.pos >= size) return;
    const { length } = this;
    const grown = Buffer.allocUnsafeSlow(Math.max(this.bytes.length * 2, length + size + 64));
    this.bytes.copy(grown, grown.length - length, this.pos);
    this.pos = grown.length - length;
    this.bytes = grown;
    this.view = new DataView(grown.buffer);
  }

  /** A copy of what was written, and the writer begins anew: for who writes many short pieces. */
  take(): Uint8Array {
    const { bytes, pos } = this;
    const copy = Buffer.allocUnsafe(bytes.length - pos);
    bytes.copy(copy, 0, pos);
    this.pos = bytes.length;
    return copy;
  }

  /** What was written. The writer must not be used after it. */
  finish(): Uint8Array {
    const { bytes, pos, length } = this;
    // Queues count bytes and hold the memory that they lie in.
    return pos > Math.max(length, MOST_SPARE) ? Uint8Array.prototype.slice.call(bytes, pos) : bytes.subarray(pos);
  }

  /** Tag and length of the message that began when `length` was `before`. */
  head(tag: number, before: number): void {
    const size = this.length - before;
    if (size < 0x80 && tag < 0x80 && this.pos >= 2) {
      const { bytes } = this;
      bytes[--this.pos] = size;
      bytes[--this.pos] = tag;
      return;
    }
    this.varint(size);
    this.varint(tag);
  }

  /** A number from 0 to 2^32 - 1. */
  varint(value: number): void {
    this.reserve(5);
    const { bytes } = this;
    if (value < 0x80) {
      bytes[--this.pos] = value;
    } else if (value < 0x4000) {
      bytes[--this.pos] = value >>> 7;
      bytes[--this.pos] = (value & 0x7f) | 0x80;
    } else {
      const size = value < 0x20_0000 ? 3 : value < 0x1000_0000 ? 4 : 5;
      const start = this.pos - size;
      let rest = value >>> 0;
      for (let i = 0; i < size - 1; i++) {
        bytes[start + i] = (rest & 0x7f) | 0x80;
        rest >>>= 7;
      }
      bytes[start + size - 1] = rest;
      this.pos = start;
    }
  }

  /** A 64-bit varint; negative numbers take ten bytes, as protobuf has it. */
  varint64(value: bigint): void {
    this.reserve(10);
    let rest = BigInt.asUintN(64, value);
    const list: number[] = [];
    do {
      list.push(Number(rest & 0x7fn));
      rest >>= 7n;
    } while (rest > 0n);
    for (let i = list.length - 1; i >= 0; i--) this.bytes[--this.pos] = list[i]! | (i < list.length - 1 ? 0x80 : 0);
  }

  double(tag: number, value: number): void {
    this.reserve(13);
    this.pos -= 8;
    this.view.setFloat64(this.pos, value, true);
    this.varint(tag);
  }

  /** A fixed64 in halves. */
  fixed64(tag: number, high: number, low: number): void {
    this.reserve(13);
    this.pos -= 8;
    this.view.setUint32(this.pos, low, true);
    this.view.setUint32(this.pos + 4, high, true);
    this.varint(tag);
  }

  /** A fixed64 or sfixed64; 0 to 2^53 and their negatives as a number. */
  fixed64Of(tag: number, value: number | bigint): void {
    this.reserve(13);
    this.pos -= 8;
    if (typeof value === "bigint") this.view.setBigUint64(this.pos, BigInt.asUintN(64, value), true);
    else {
      const high = Math.floor(value / 4_294_967_296);
      this.view.setUint32(this.pos, value - high * 4_294_967_296, true);
      this.view.setInt32(this.pos + 4, high, true);
    }
    this.varint(tag);
  }

  fixed32(tag: number, value: number): void {
    this.reserve(9);
    this.pos -= 4;
    this.view.setUint32(this.pos, value, true);
    this.varint(tag);
  }

  /** A varint field; nothing for 0, which is the default. */
  uint32(tag: number, value: number): void {
    if (value === 0) return;
    this.varint(value);
    this.varint(tag);
  }

  /** A text field, the empty one included. */
  text(tag: number, value: string): void {
    const { length } = value;
    let size = length;
    this.reserve(length + 10);
    const start = this.pos - length;
    const { bytes } = this;
    if (length <= SHORT) {
      for (let i = 0; i < length; i++) {
        const code = value.charCodeAt(i);
        if (code > 0x7f) {
          size = -1;
          break;
        }
        bytes[start + i] = code;
      }
    } else {
      size = Buffer.byteLength(value);
      if (size === length) bytes.write(value, start, length, "latin1");
      else size = -1;
    }
    if (size === -1) {
      size = Buffer.byteLength(value);
      this.reserve(size + 10);
      this.bytes.write(value, this.pos - size, size, "utf8");
    }
    this.pos -= size;
    if (size < 0x80 && tag < 0x80 && this.pos >= 2) {
      this.bytes[--this.pos] = size;
      this.bytes[--this.pos] = tag;
      return;
    }
    this.varint(size);
    this.varint(tag);
  }

  /** A text field; nothing for the empty text, which is the default. */
  textOrNothing(tag: number, value: string): void {
    if (value !== "") this.text(tag, value);
  }

  blob(tag: number, value: Uint8Array): void {
    this.raw(value);
    this.varint(value.length);
    this.varint(tag);
  }

  /** Bytes as they are. */
  raw(value: Uint8Array): void {
    const { length } = value;
    this.reserve(length + 10);
    this.pos -= length;
    this.bytes.set(value, this.pos);
  }

  /** The bytes of `from` from `start` to `end`, as they are. */
  copy(from: Buffer, start: number, end: number): void {
    const length = end - start;
    this.reserve(length + 10);
    this.pos -= length;
    const { bytes, pos } = this;
    if (length > SHORT) from.copy(bytes, pos, start, end);
    else for (let i = 0; i < length; i++) bytes[pos + i] = from[start + i]!;
  }

  /** An id in hex; nothing for the empty one. */
  hex(tag: number, value: string): void {
    if (value === "") return;
    const size = value.length >>> 1;
    this.reserve(size + 10);
    this.pos -= size;
    const { bytes, pos } = this;
    // A native call costs twice as much as 16 bytes take. It ends where there is no digit.
    for (let i = size > SHORT ? bytes.write(value, pos, size, "hex") : 0; i < size; i++) {
      bytes[pos + i] = (digits[value.charCodeAt(2 * i)]! << 4) | digits[value.charCodeAt(2 * i + 1)]!;
    }
    this.varint(size);
    this.varint(tag);
  }
}

/** So many characters and bytes are written one by one: a native call costs more. */
const SHORT = 80;

/** The value of each hex digit, by its character code. */
const digits = new Uint8Array(128);
for (let value = 0; value < 16; value++) {
  const digit = value.toString(16);
  digits[digit.charCodeAt(0)] = value;
  digits[digit.toUpperCase().charCodeAt(0)] = value;
}
