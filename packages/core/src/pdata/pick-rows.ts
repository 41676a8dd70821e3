import type { AttributeValue } from "./attribute-value.ts";
import type { TimeColumn } from "./time-column.ts";

/** The elements at `rows`, in that order. */
export function pick<T>(from: readonly T[], rows: Uint32Array): T[] {
  const out: T[] = [];
  for (let i = 0; i < rows.length; i++) out.push(from[rows[i]!]!);
  return out;
}

/** Likewise for a typed column; `to` is as long as `rows`. */
export function pickTyped<T extends Record<number, number>>(from: T, rows: Uint32Array, to: T): T {
  for (let i = 0; i < rows.length; i++) (to as Record<number, number>)[i] = from[rows[i]!]!;
  return to;
}

export function pickTimes({ high, low }: TimeColumn, rows: Uint32Array): TimeColumn {
  return {
    high: pickTyped(high, rows, new Uint32Array(rows.length)),
    low: pickTyped(low, rows, new Uint32Array(rows.length)),
  };
}

/** What a map from rows says of `rows`, under their new numbers; undefined when that is nothing. */
export function pickMap<T>(
  from: ReadonlyMap<number, T> | undefined,
  rows: Uint32Array,
): ReadonlyMap<number, T> | undefined {
  if (from === undefined || from.size === 0) return undefined;
  const out = new Map<number, T>();
  for (let i = 0; i < rows.length; i++) {
    const value = from.get(rows[i]!);
    if (value !== undefined) out.set(i, value);
  }
  return out.size === 0 ? undefined : out;
}

/** The rows from 0 to `length` that `keep` wants; undefined when it wants all. */
export function keptRows(length: number, keep: (row: number) => boolean): Uint32Array | undefined {
  const rows = new Uint32Array(length);
  let count = 0;
  for (let i = 0; i < length; i++) if (keep(i)) rows[count++] = i;
  return count === length ? undefined : rows.subarray(0, count);
}

interface AttributeColumns {
  readonly attributeStarts: Uint32Array;
  readonly attributeKeys: readonly string[];
  readonly attributeValues: readonly AttributeValue[];
}

/** The attributes of `rows`, under their new numbers. */
export function pickAttributes(from: AttributeColumns, rows: Uint32Array): AttributeColumns {
  const attributeStarts = new Uint32Array(rows.length + 1);
  const attributeKeys: string[] = [];
  const attributeValues: AttributeValue[] = [];
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    for (let at = from.attributeStarts[row]!; at < from.attributeStarts[row + 1]!; at++) {
      attributeKeys.push(from.attributeKeys[at]!);
      attributeValues.push(from.attributeValues[at]!);
    }
    attributeStarts[i + 1] = attributeKeys.length;
  }
  return { attributeStarts, attributeKeys, attributeValues };
}
