import type { Logs } from "./logs.ts";
import { pickTyped } from "./pick-rows.ts";
import type { Traces } from "./traces.ts";

/** Where the rows of a batch of records or spans stand in an OTLP request, each with its tag and length. */
export interface EncodedRows {
  readonly bytes: Uint8Array;
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
}

// By identity, so that a batch made of another one by spreading cannot bring rows along that are no longer true.
const rowsOf = new WeakMap<Logs | Traces, () => EncodedRows>();

/** Where the rows of `batch` stand, as long as nobody has changed them: a codec copies them from there. */
export function encodedRows(batch: Logs | Traces): EncodedRows | undefined {
  return rowsOf.get(batch)?.();
}

/** Says where the rows of `batch` stand; `rows` is asked each time. For codecs. */
export function setEncodedRows(batch: Logs | Traces, rows: () => EncodedRows): void {
  rowsOf.set(batch, rows);
}

/** `to` has the rows `picked` of `from`, unchanged. */
export function carryEncodedRows<B extends Logs | Traces>(from: B, to: B, picked: Uint32Array): void {
  const encoded = encodedRows(from);
  if (encoded === undefined) return;
  const { bytes, starts, ends } = encoded;
  const { length } = picked;
  const own = {
    bytes,
    starts: pickTyped(starts, picked, new Uint32Array(length)),
    ends: pickTyped(ends, picked, new Uint32Array(length)),
  };
  rowsOf.set(to, () => own);
}
