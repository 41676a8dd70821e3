import { textOrUndefined } from "../engine/blank-values.ts";

/** A struct in memory, read and written at the offsets of `layouts`. */
export class Struct {
  readonly bytes: Uint8Array;
  readonly view: DataView;

  constructor(size: number, versionWord: number) {
    this.bytes = new Uint8Array(size);
    this.view = new DataView(this.bytes.buffer);
    this.setUint32(0, versionWord);
  }

  uint16(at: number): number {
    return this.view.getUint16(at, true);
  }

  uint32(at: number): number {
    return this.view.getUint32(at, true);
  }

  setUint32(at: number, value: number): void {
    this.view.setUint32(at, value, true);
  }

  setUint64(at: number, value: bigint): void {
    this.view.setBigUint64(at, value, true);
  }

  /** A text that ends with a zero or after `size` bytes; undefined where it is empty or says that there is none. */
  text(at: number, size: number): string | undefined {
    const end = this.bytes.subarray(at, at + size).indexOf(0);
    return textOrUndefined(Buffer.from(this.bytes.subarray(at, end === -1 ? at + size : at + end)).toString("utf8"));
  }
}
