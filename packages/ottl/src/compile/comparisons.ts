import { compare, type Comparison } from "../comparison.ts";
import type { Frame } from "../frame.ts";
import { isNil } from "../values.ts";
import type { Compiled } from "./compiler.ts";

/** A comparison as a function; those with a text, a small number or nil, which most are, without the general case. */
export function comparisonOf(left: Compiled, operator: Comparison, right: Compiled): (frame: Frame) => boolean {
  const a = left.get;
  const b = right.get;
  if (right.constant && (operator === "==" || operator === "!=")) {
    const wanted = b(undefined as never);
    const equal = operator === "==";
    if (typeof wanted === "string" || typeof wanted === "boolean") return (frame) => (a(frame) === wanted) === equal;
    if (isNil(wanted)) return (frame) => isNil(a(frame)) === equal;
  }
  if (right.constant) {
    const wanted = b(undefined as never);
    if (typeof wanted === "number") {
      const fast = numeric[operator];
      return (frame) => {
        const value = a(frame);
        return typeof value === "number" ? fast(value, wanted) : compare(value, operator, wanted);
      };
    }
  }
  return (frame) => compare(a(frame), operator, b(frame));
}

const numeric: Readonly<Record<Comparison, (a: number, b: number) => boolean>> = {
  "==": (a, b) => a === b,
  "!=": (a, b) => a !== b,
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
  ">": (a, b) => a > b,
  ">=": (a, b) => a >= b,
};
