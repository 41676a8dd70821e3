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
