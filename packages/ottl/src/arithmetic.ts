import { fail } from "./ottl-error.ts";
import { doubleOf, isDouble, isInteger, smallestInteger } from "./numbers.ts";
import { Duration, Time, typeName, type Value } from "./values.ts";

export type Operator = "+" | "-" | "*" | "/";

/** The result of a calculation; fails for values that cannot be calculated with. */
export function calculate(left: Value, operator: Operator, right: Value): Value {
  if (isInteger(left) && isInteger(right)) return ofIntegers(left, operator, right);
  if (isNumeric(left) && isNumeric(right)) return ofDoubles(Number(left), operator, Number(right));
  return ofTimes(left, operator, right) ?? fail(`cannot calculate ${typeName(left)} ${operator} ${typeName(right)}`);
}

/** The value with the other sign. */
export function negated(value: Value): Value {
  if (value instanceof Duration) return new Duration(-value.nanos);
  return calculate(isDouble(value) ? doubleOf(-0) : 0, "-", value);
}

function isNumeric(value: Value): boolean {
  return isInteger(value) || isDouble(value);
}

function ofIntegers(left: number | bigint, operator: Operator, right: number | bigint): number | bigint {
  if (operator === "/" && Number(right) === 0) fail("cannot divide by 0");
  if (typeof left === "number" && typeof right === "number") {
    const result = numberResult(left, operator, right);
    // Beyond this a number would have been rounded.
    if (Number.isSafeInteger(result)) return result + 0; // -0 becomes 0.
  }
  const [a, b] = [BigInt(left), BigInt(right)];
  switch (operator) {
    case "+":
      return smallestInteger(a + b);
    case "-":
      return smallestInteger(a - b);
    case "*":
      return smallestInteger(a * b);
    case "/":
      return smallestInteger(a / b);
  }
}

function numberResult(left: number, operator: Operator, right: number): number {
  switch (operator) {
    case "+":
      return left + right;
    case "-":
      return left - right;
    case "*":
      return left * right;
    case "/":
      return Math.trunc(left / right);
  }
}

function ofDoubles(left: number, operator: Operator, right: number): Value {
  if (operator === "/") {
    if (right === 0) fail("cannot divide by 0");
    return doubleOf(left / right);
  }
  return doubleOf(numberResult(left, operator, right));
}

function ofTimes(left: Value, operator: Operator, right: Value): Time | Duration | undefined {
  if (operator !== "+" && operator !== "-") return undefined;
  const sign = operator === "+" ? 1n : -1n;
  if (right instanceof Duration) {
    if (left instanceof Time) return new Time(left.unixNano + sign * right.nanos);
    if (left instanceof Duration) return new Duration(left.nanos + sign * right.nanos);
    return undefined;
  }
  if (!(right instanceof Time)) return undefined;
  if (left instanceof Time && operator === "-") return new Duration(left.unixNano - right.unixNano);
  return left instanceof Duration && operator === "+" ? new Time(right.unixNano + left.nanos) : undefined;
}
