import { blankCondition, blankTextCondition } from "./blank-values.ts";
import { statusCondition } from "./status-codes.ts";

/**
 * What a row holds. `ok`: a value. `no_data`: watched, no sample yet. `blank`: the driver gave nothing, also for a lost GPU.
 * The rest as DCGM says it, by the status of the row or by the sentinel in place of the value, which are both looked at.
 */
export type SampleCondition =
  | "ok"
  | "no_data"
  | "blank"
  | "not_found"
  | "not_supported"
  | "no_permission"
  | "not_watched"
  | "unknown_field"
  | "stale"
  | "in_use"
  | "paused"
  | "gpu_lost"
  | "reset_required"
  | "error";

/** Type letters of DCGM fields, as in `fieldType`. */
export const fieldTypes = { blob: 0x62, double: 0x64, int64: 0x69, string: 0x73, timestamp: 0x74 } as const;

/** Offsets in a row; those of `dcgmFieldValue_v2`, so that what libdcgm wrote is read where it lies. */
export const rowLayout = {
  entityGroup: 4,
  entityId: 8,
  fieldId: 12,
  fieldType: 14,
  status: 16,
  timestamp: 24,
  value: 32,
} as const;

/** Bytes of a string value at most, its terminating zero included. */
const LONGEST_TEXT = 256;
/** Bytes of a blob at most. */
const LONGEST_BLOB = 4096;
const TWO_32 = 2 ** 32;
const decoder = new TextDecoder();

/**
 * Rows of samples over one buffer, each `stride` bytes long. Nothing is decoded until asked for, and reading numbers allocates
 * nothing. A packed table (`stride` 40) keeps texts and blobs after the rows: its value is their offset and length.
 */
export class SampleTable {
  rows: number;
  readonly stride: number;
  readonly view: DataView;
  readonly bytes: Uint8Array;
  /** Offset of texts and blobs of a packed table; undefined where they lie in the rows. */
  readonly #heap: boolean;

  constructor(bytes: Uint8Array, rows: number, stride: number) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.rows = rows;
    this.stride = stride;
    this.#heap = stride === packedStride;
  }

  entityGroup(row: number): number {
    return this.view.getUint32(row * this.stride + rowLayout.entityGroup, true);
  }

  entityId(row: number): number {
    return this.view.getUint32(row * this.stride + rowLayout.entityId, true);
  }

  fieldId(row: number): number {
    return this.view.getUint16(row * this.stride + rowLayout.fieldId, true);
  }

  fieldType(row: number): number {
    return this.view.getUint16(row * this.stride + rowLayout.fieldType, true);
  }

  /** DCGM's status of the row; 0 does not mean that there is a value: see `condition`. */
  status(row: number): number {
    return this.view.getInt32(row * this.stride + rowLayout.status, true);
  }

  /** When the sample was taken, µs since 1970 by the engine's clock; 0 without a sample. */
  timestampUs(row: number): number {
    const at = row * this.stride + rowLayout.timestamp;
    return this.view.getUint32(at, true) + this.view.getInt32(at + 4, true) * TWO_32;
  }

  condition(row: number): SampleCondition {
    const at = row * this.stride;
    const status = this.view.getInt32(at + rowLayout.status, true);
    if (status !== 0) return statusCondition(status);
    const type = this.view.getUint16(at + rowLayout.fieldType, true);
    if (type === fieldTypes.int64 || type === fieldTypes.double || type === fieldTypes.timestamp) {
      const high = this.view.getUint32(at + rowLayout.value + 4, true);
      return blankCondition(type, high, this.view.getUint32(at + rowLayout.value, true));
    }
    return type === fieldTypes.string ? blankTextCondition(this.text(row)) : "ok";
  }

  /** The value of an int64 or double row; above 2^53 the nearest double. */
  number(row: number): number {
    const at = row * this.stride + rowLayout.value;
    if (this.view.getUint16(row * this.stride + rowLayout.fieldType, true) === fieldTypes.double) {
      return this.view.getFloat64(at, true);
    }
    return this.view.getUint32(at, true) + this.view.getInt32(at + 4, true) * TWO_32;
  }

  /** The exact value of an int64 row. */
  int64(row: number): bigint {
    return this.view.getBigInt64(row * this.stride + rowLayout.value, true);
  }

  text(row: number): string {
    const bytes = this.#payload(row, LONGEST_TEXT);
    const end = bytes.indexOf(0);
    return decoder.decode(end === -1 ? bytes : bytes.subarray(0, end));
  }

  /** A copy of a blob. Its length is not told: what follows the blob's own structure is undefined. */
  blob(row: number): Uint8Array {
    return this.#payload(row, LONGEST_BLOB).slice();
  }

  #payload(row: number, longest: number): Uint8Array {
    const at = row * this.stride + rowLayout.value;
    if (!this.#heap) return this.bytes.subarray(at, at + longest);
    const start = this.view.getUint32(at, true);
    return this.bytes.subarray(start, start + this.view.getUint32(at + 4, true));
  }
}

/** Bytes of a row of a packed table. */
export const packedStride = 40;
