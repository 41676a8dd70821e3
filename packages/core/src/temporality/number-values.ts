import { POINT_INTEGER, type NumberPoints } from "../pdata/metrics.ts";
import type { PointKind } from "./point-kind.ts";

/** The value of a sum. */
export interface NumberValue {
  /** A bigint only where a double cannot hold the integer. */
  readonly value: number | bigint;
  readonly integer: boolean;
}

const MAX_INT = 2n ** 63n - 1n;

/** Sums. */
export const numberValues: PointKind<NumberPoints, NumberValue> = {
  read({ values, exactIntegers, flags }, row) {
    const value = exactIntegers?.get(row) ?? values[row]!;
    if (typeof value === "number" && !Number.isFinite(value)) return undefined;
    return { value, integer: (flags[row]! & POINT_INTEGER) !== 0 };
  },
  draft: (points) => ({
    ...points,
    values: points.values.slice(),
    flags: points.flags.slice(),
    exactIntegers: new Map(points.exactIntegers),
  }),
  write({ values, flags, exactIntegers }, row, { value, integer }) {
    const exact = exactIntegers as Map<number, bigint>;
    values[row] = Number(value);
    flags[row] = integer ? flags[row]! | POINT_INTEGER : flags[row]! & ~POINT_INTEGER;
    if (typeof value === "bigint") exact.set(row, value);
    else exact.delete(row);
  },
  plus(one, other) {
    if (!one.integer || !other.integer) return double(Number(one.value) + Number(other.value));
    return sum(one.value, other.value);
  },
  minus(now, before) {
    if (now.value < before.value) return "fell";
    if (!now.integer || !before.integer) return double(Number(now.value) - Number(before.value)) ?? "unlike";
    return sum(now.value, -before.value) ?? "unlike";
  },
};

/** Of integers; undefined beyond 64 bits. */
function sum(a: number | bigint, b: number | bigint): NumberValue | undefined {
  if (typeof a === "number" && typeof b === "number" && Number.isSafeInteger(a) && Number.isSafeInteger(b)) {
    const value = a + b;
    if (Number.isSafeInteger(value)) return { value, integer: true };
  }
  const exact = BigInt(a) + BigInt(b);
  if (exact > MAX_INT || exact < -MAX_INT - 1n) return undefined;
  const value = Number(exact);
  return { value: Number.isSafeInteger(value) ? value : exact, integer: true };
}

function double(value: number): NumberValue | undefined {
  return Number.isFinite(value) ? { value, integer: false } : undefined;
}
