import type { EncodedRows } from "@tracecore/core/pdata";
import type { WireWriter } from "../wire/wire-writer.ts";
import { eachRowBackwards, type RowGroup } from "./group-rows.ts";

/** Bytes that rows take with their resources and scopes, about; only to begin with enough room. */
export function roomFor({ starts, ends }: EncodedRows): number {
  let size = 0;
  for (let row = 0; row < starts.length; row++) size += ends[row]! - starts[row]!;
  return size + (size >>> 3) + 1024;
}

/** Copies the rows of a group from where they stand; those that stand together at once. */
export function copyRows(writer: WireWriter, group: RowGroup<unknown>, { bytes, starts, ends }: EncodedRows): void {
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
