import { fieldTypes, packedStride, rowLayout, SampleTable } from "../engine/sample-table.ts";

const WORDS = packedStride / 4;
const VALUE_WORD = rowLayout.value / 4;
const LONGEST_BLOB = 4096;

/**
 * The rows of a table without what no value fills: 40 bytes each in place of 4,128. Texts and blobs follow the rows.
 * `scratch` is used again where it is large enough.
 */
export function packTable(table: SampleTable, scratch?: Uint8Array): { bytes: Uint8Array; scratch: Uint8Array } {
  const rowBytes = table.rows * packedStride;
  let target = scratch !== undefined && scratch.length >= rowBytes ? scratch : new Uint8Array(rowBytes);
  const from = new Uint32Array(table.bytes.buffer, table.bytes.byteOffset, table.bytes.byteLength >>> 2);
  const to = new Uint32Array(target.buffer, target.byteOffset, rowBytes / 4);
  const step = table.stride / 4;
  const long: number[] = [];
  for (let row = 0; row < table.rows; row++) {
    const source = row * step;
    for (let word = 0; word < WORDS; word++) to[row * WORDS + word] = from[source + word]!;
    const type = table.fieldType(row);
    if (table.status(row) !== 0) continue;
    if (type === fieldTypes.string || type === fieldTypes.blob) long.push(row);
  }
  if (long.length === 0) return { bytes: target.subarray(0, rowBytes), scratch: target };
  let end = rowBytes;
  const texts = long.map((row) => {
    const bytes = table.fieldType(row) === fieldTypes.string ? Buffer.from(table.text(row)) : blobOf(table, row);
    to[row * WORDS + VALUE_WORD] = end;
    to[row * WORDS + VALUE_WORD + 1] = bytes.length;
    end += bytes.length;
    return bytes;
  });
  if (target.length < end) {
    const grown = new Uint8Array(end);
    grown.set(target.subarray(0, rowBytes));
    target = grown;
  }
  let at = rowBytes;
  for (const text of texts) {
    target.set(text, at);
    at += text.length;
  }
  return { bytes: target.subarray(0, end), scratch: target };
}

/** The table in packed bytes. Rows are as many as fit, unless said. */
export function unpackTable(bytes: Uint8Array, rows: number): SampleTable {
  return new SampleTable(bytes, rows, packedStride);
}

/** Blobs end nowhere; zeros at their end need not travel. */
function blobOf(table: SampleTable, row: number): Uint8Array {
  const blob = table.blob(row);
  let length = LONGEST_BLOB;
  while (length > 1 && blob[length - 1] === 0) length--;
  return blob.subarray(0, length);
}
