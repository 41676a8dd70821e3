import { WholeDouble } from "@tracecore/core/pdata";
import { isInteger } from "./numbers.ts";
import { Duration, isBytes, isList, isMap, isNil, Time, type Value } from "./values.ts";

export type Comparison = "==" | "!=" | "<" | "<=" | ">" | ">=";

/** Whether a comparison holds. Values of kinds that cannot be compared are different, and neither is less. */
export function compare(left: Value, operator: Comparison, right: Value): boolean {
  if (operator === "==") return isEqual(left, right);
  if (operator === "!=") return !isEqual(left, right);
  const sign = orderOf(left, right);
  if (sign === undefined) return false;
  switch (operator) {
    case "<":
      return sign < 0;
    case "<=":
      return sign <= 0;
    case ">":
      return sign > 0;
    case ">=":
      return sign >= 0;
  }
}

export function isEqual(left: Value, right: Value): boolean {
  if (isNil(left) || isNil(right)) return isNil(left) && isNil(right);
  if (isList(left) || isMap(left)) return isSameCollection(left, right);
  return orderOf(left, right) === 0;
}

function isSameCollection(left: Value, right: Value): boolean {
  if (isList(left)) {
    return isList(right) && left.length === right.length && left.every((item, index) => isEqual(item, right[index]));
  }
  if (!isMap(left) || !isMap(right)) return false;
  const keys = Object.keys(left);
  return (
    keys.length === Object.keys(right).length &&
    keys.every((key) => Object.hasOwn(right, key) && isEqual(left[key], right[key]))
  );
}

/** Less than 0, 0 or more; undefined where one of them cannot be compared with the other, as NaN with anything. */
function orderOf(left: Value, right: Value): number | undefined {
  if (typeof left === "string") return typeof right === "string" ? order(left, right) : undefined;
  if (typeof left === "boolean") return typeof right === "boolean" ? Number(left) - Number(right) : undefined;
  if (isNumber(left)) return isNumber(right) ? orderOfNumbers(left, right) : undefined;
  if (isBytes(left)) return isBytes(right) ? Buffer.compare(left, right) : undefined;
  if (left instanceof Time) return right instanceof Time ? order(left.unixNano, right.unixNano) : undefined;
  if (left instanceof Duration) return right instanceof Duration ? order(left.nanos, right.nanos) : undefined;
  return undefined;
}

/** An integer beside a double counts as a double, as in Go. */
function orderOfNumbers(left: number | bigint | WholeDouble, right: number | bigint | WholeDouble): number | undefined {
  const exact = isInteger(left) && isInteger(right);
  return exact ? order(left, right) : order(Number(left), Number(right));
}

function isNumber(value: Value): value is number | bigint | WholeDouble {
  return typeof value === "number" || typeof value === "bigint" || value instanceof WholeDouble;
}

function order(left: string | number | bigint, right: string | number | bigint): number | undefined {
  return left < right ? -1 : left > right ? 1 : left === right || Number(left) === Number(right) ? 0 : undefined;
}
