import type { EncodedRows, RowAttributes } from "@tracecore/core/pdata";
import { WireReader } from "../wire/wire-reader.ts";
import type { WireWriter } from "../wire/wire-writer.ts";
import { writeRowAttributes } from "./attribute-columns.ts";
import { eachRowBackwards, type RowGroup } from "./group-rows.ts";

/** Bytes that rows take with their resources and scopes, about; only to begin with enough room. */
export function roomFor({ starts, ends }: EncodedRows): number {
  let size = 0;
  for (let row = 0; row < starts.length; row++) size += ends[row]! - starts[row]!;
  return size + (size >>> 3) + 1024;
}

/** The tag of a record in its scope, and of a span. */
const ROW = 0x12;

/** Copies the rows of a group from where they stand, with the attributes of `columns` where these are other ones. */
export function copyRows(
  writer: WireWriter,
  group: RowGroup<unknown>,
  encoded: EncodedRows,
  attributesTag: number,
  columns: RowAttributes,
): void {
  if (encoded.hasOtherAttributes !== true) copyWholeRows(writer, group, encoded);
  else {
    const reader = new WireReader(encoded.bytes);
    eachRowBackwards(group, (row) => spliceRow(writer, reader, encoded.starts[row]!, attributesTag, columns, row));
  }
}

/** Those that stand together are copied at once. */
function copyWholeRows(writer: WireWriter, group: RowGroup<unknown>, { bytes, starts, ends }: EncodedRows): void {
  let from = 0;
  let to = 0;
  eachRowBackwards(group, (row) => {
    if (ends[row] !== from) {
      if (to > 0) writer.raw(bytes.subarray(from, to));
      to = ends[row]!;
    }
    from = starts[row]!;
  });
  if (to > 0) writer.raw(bytes.subarray(from, to));
}

/** Where the stretches around the attributes of a row begin and end, by turns. */
const stretches: number[] = [];

/** One row with other attributes: they stand where the first one stood, and all else is copied as it came. */
function spliceRow(
  writer: WireWriter,
  reader: WireReader,
  start: number,
  attributesTag: number,
  columns: RowAttributes,
  row: number,
): void {
  const before = writer.length;
  reader.pos = start + 1;
  const end = reader.end();
  let from = reader.pos;
  let count = 0;
  let place = -1;
  while (reader.pos < end) {
    const at = reader.pos;
    const tag = reader.uint32();
    if (tag !== attributesTag) {
      reader.skip(tag);
      continue;
    }
    reader.pos = reader.end();
    if (at > from) {
      stretches[count++] = from;
      stretches[count++] = at;
    }
    if (place === -1) place = count;
    from = reader.pos;
  }
  if (end > from) {
    stretches[count++] = from;
    stretches[count++] = end;
  }
  if (place === -1) place = count;
  for (let i = count; i > place; i -= 2) writer.copy(reader.bytes, stretches[i - 2]!, stretches[i - 1]!);
  writeRowAttributes(writer, attributesTag, columns, row);
  for (let i = place; i > 0; i -= 2) writer.copy(reader.bytes, stretches[i - 2]!, stretches[i - 1]!);
  writer.head(ROW, before);
}
