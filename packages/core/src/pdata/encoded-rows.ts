import { BatchNote } from "./batch-note.ts";
import type { Logs } from "./logs.ts";
import { pickTyped } from "./pick-rows.ts";
import type { Traces } from "./traces.ts";

/** Where the rows of a batch of records or spans stand in an OTLP request, each with its tag and length. */
export interface EncodedRows {
  readonly bytes: Uint8Array;
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
  /** The attributes that stand there are no longer those of the rows: the columns of the batch have them. */
  readonly hasOtherAttributes?: boolean;
}

const rowsOf = new BatchNote<Logs | Traces, () => EncodedRows>();

/** Where the rows of `batch` stand, as long as nobody has changed more than their attributes: a codec copies them from there. */
export function encodedRows(batch: Logs | Traces): EncodedRows | undefined {
  return rowsOf.get(batch)?.();
}

/** Says where the rows of `batch` stand; `rows` is asked each time. For codecs. */
export function setEncodedRows(batch: Logs | Traces, rows: () => EncodedRows): void {
  rowsOf.set(batch, rows);
}

/** `to` has the rows of `from` after `change`. */
export function carryEncodedRows<B extends Logs | Traces>(
  from: B,
  to: B,
  change: (rows: EncodedRows) => EncodedRows,
): void {
  const encoded = encodedRows(from);
  if (encoded === undefined) return;
  const own = change(encoded);
  rowsOf.set(to, () => own);
}

/** Those of `rows` that `picked` says. */
export function pickEncodedRows(rows: EncodedRows, picked: Uint32Array): EncodedRows {
  const { length } = picked;
  return {
    ...rows,
    starts: pickTyped(rows.starts, picked, new Uint32Array(length)),
    ends: pickTyped(rows.ends, picked, new Uint32Array(length)),
  };
}
