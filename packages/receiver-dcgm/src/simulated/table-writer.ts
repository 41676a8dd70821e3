import { fieldTypes, packedStride, rowLayout, SampleTable } from "../engine/sample-table.ts";

/** A value of a simulated field; a word stands for the sentinel that DCGM stores in its place. */
export type SimulatedValue = number | bigint | string | Blank;
export type Blank = { readonly blank: "blank" | "not_found" | "not_supported" | "no_permission" };

export const notSupported: Blank = { blank: "not_supported" };
export const blank: Blank = { blank: "blank" };

const sentinels = { blank: 0n, not_found: 1n, not_supported: 2n, no_permission: 3n } as const;
const BLANK_INT64 = 0x7fff_ffff_ffff_fff0n;
const BLANK_DOUBLE = 2 ** 47;
const NO_DATA = -14;

/** Writes rows as libdcgm's answers are packed, so that all that follows reads simulated values just as real ones. */
export class TableWriter {
  readonly #view: DataView;
  readonly #bytes: Uint8Array;
  #heapAt: number;
  #row = 0;

  /** `rows` is how many there will be at most. */
  constructor(rows: number, texts: number) {
    this.#heapAt = rows * packedStride;
    this.#bytes = new Uint8Array(this.#heapAt + texts * 64);
    this.#view = new DataView(this.#bytes.buffer);
  }

  add(
    key: { readonly group: number; readonly id: number },
    fieldId: number,
    type: "int64" | "double" | "string" | "binary",
    timestampUs: number,
    value: SimulatedValue,
  ): void {
    const at = this.#row++ * packedStride;
    const view = this.#view;
    view.setUint32(at + rowLayout.entityGroup, key.group, true);
    view.setUint32(at + rowLayout.entityId, key.id, true);
    view.setUint16(at + rowLayout.fieldId, fieldId, true);
    view.setUint16(at + rowLayout.fieldType, type === "binary" ? fieldTypes.blob : fieldTypes[type], true);
    view.setInt32(at + rowLayout.status, timestampUs === 0 ? NO_DATA : 0, true);
    view.setBigInt64(at + rowLayout.timestamp, BigInt(timestampUs), true);
    if (typeof value === "object") this.#blank(at, type, sentinels[value.blank]);
    else if (typeof value === "string") this.#text(at, value);
    else if (type === "double") view.setFloat64(at + rowLayout.value, Number(value), true);
    else view.setBigInt64(at + rowLayout.value, typeof value === "bigint" ? value : BigInt(Math.round(value)), true);
  }

  table(): SampleTable {
    return new SampleTable(this.#bytes, this.#row, packedStride);
  }

  #blank(at: number, type: string, step: bigint): void {
    if (type === "double") this.#view.setFloat64(at + rowLayout.value, BLANK_DOUBLE + Number(step), true);
    else if (type === "int64") this.#view.setBigInt64(at + rowLayout.value, BLANK_INT64 + step, true);
    else this.#text(at, step === 2n ? "<<<NOT_SUPPORTED>>>" : "<<<NULL>>>");
  }

  #text(at: number, text: string): void {
    const { written } = new TextEncoder().encodeInto(text, this.#bytes.subarray(this.#heapAt));
    this.#view.setUint32(at + rowLayout.value, this.#heapAt, true);
    this.#view.setUint32(at + rowLayout.value + 4, written, true);
    this.#heapAt += written;
  }
}
