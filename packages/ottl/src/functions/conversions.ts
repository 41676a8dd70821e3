import { doubleOf, integerOf, isDouble, isInteger, literalInteger, numberOf, smallestInteger } from "../numbers.ts";
import { fail } from "../ottl-error.ts";
import { isBytes, isList, isMap, isNil, Duration, Time, textLike, typeName, type Value } from "../values.ts";
import { define, type FunctionDefinition } from "./signature.ts";

const truths: ReadonlyMap<string, boolean> = new Map([
  ...["1", "t", "T", "true", "TRUE", "True"].map((text) => [text, true] as const),
  ...["0", "f", "F", "false", "FALSE", "False"].map((text) => [text, false] as const),
]);

/** The functions that make one type of another, and that ask for types. */
export const conversions: readonly FunctionDefinition[] = [
  define(
    "Int",
    { value: "any" },
    ({ value }) =>
      (frame) =>
        intOf(value(frame)),
  ),
  define(
    "Double",
    { value: "any" },
    ({ value }) =>
      (frame) =>
        doubleFrom(value(frame)),
  ),
  define(
    "String",
    { value: "any" },
    ({ value }) =>
      (frame) =>
        textLike(value(frame)),
  ),
  define(
    "Bool",
    { value: "any" },
    ({ value }) =>
      (frame) =>
        boolOf(value(frame)),
  ),

  define(
    "IsString",
    { value: "any" },
    ({ value }) =>
      (frame) =>
        typeof value(frame) === "string",
  ),
  define(
    "IsBool",
    { value: "any" },
    ({ value }) =>
      (frame) =>
        typeof value(frame) === "boolean",
  ),
  define(
    "IsInt",
    { value: "any" },
    ({ value }) =>
      (frame) =>
        isInteger(value(frame)),
  ),
  define(
    "IsDouble",
    { value: "any" },
    ({ value }) =>
      (frame) =>
        isDouble(value(frame)),
  ),
  define(
    "IsMap",
    { value: "any" },
    ({ value }) =>
      (frame) =>
        isMap(value(frame)),
  ),
  define(
    "IsList",
    { value: "any" },
    ({ value }) =>
      (frame) =>
        isList(value(frame)),
  ),
  define(
    "IsEmpty",
    { value: "any" },
    ({ value }) =>
      (frame) =>
        isEmpty(value(frame)),
  ),

  define("ParseInt", { target: "string", base: "int" }, ({ target, base }) => (frame) => {
    const text = target(frame);
    const radix = Number(base(frame));
    if (radix !== 0 && (radix < 2 || radix > 36)) fail(`a base is 0 or 2 to 36, got ${radix}`);
    const number = radix === 0 ? literalInteger(text) : integerOf(text, radix);
    return number ?? fail(`${JSON.stringify(text)} is no number of base ${radix}`);
  }),

  define("Coalesce", { values: "values" }, ({ values }) => (frame) => {
    for (const value of values) {
      const found = value(frame);
      if (!isNil(found)) return found;
    }
    return undefined;
  }),

  define("Log", { value: "any" }, ({ value }) => (frame) => {
    const given = value(frame);
    const number = doubleFrom(given);
    if (number === undefined) return fail(`expected a number, got ${typeName(given)}`);
    if (Number.isNaN(Number(number))) return doubleOf(Number.NaN);
    return Number(number) > 0 ? doubleOf(Math.log(Number(number))) : fail("only a number above 0 has a logarithm");
  }),
];

const LEAST = -(2 ** 63);

function intOf(value: Value): Value {
  if (isInteger(value)) return value;
  if (typeof value === "string") return integerOf(value);
  if (typeof value === "boolean") return Number(value);
  if (isNil(value)) return undefined;
  if (!isDouble(value)) fail(`an int cannot be made of ${typeName(value)}`);
  const whole = Math.trunc(Number(value));
  // What has no 64-bit integer is the least one, as on the processors that the Collector runs on most.
  return whole >= -LEAST || whole < LEAST || Number.isNaN(whole)
    ? smallestInteger(BigInt(LEAST))
    : smallestInteger(BigInt(whole));
}

function doubleFrom(value: Value): Value {
  if (isDouble(value)) return value;
  if (isInteger(value) || typeof value === "boolean") return doubleOf(Number(value));
  if (!isNil(value) && typeof value !== "string") fail(`a double cannot be made of ${typeName(value)}`);
  const number = typeof value === "string" ? numberOf(value) : undefined;
  return number === undefined ? undefined : doubleOf(number);
}

function boolOf(value: Value): Value {
  if (typeof value === "boolean") return value;
  if (isInteger(value) || isDouble(value)) return Number(value) !== 0;
  return typeof value === "string" ? truths.get(value) : undefined;
}

function isEmpty(value: Value): boolean {
  if (isNil(value) || value === "" || value === false) return true;
  if (isInteger(value) || isDouble(value)) return Number(value) === 0;
  if (isBytes(value)) return value.every((byte) => byte === 0);
  if (isList(value)) return value.length === 0;
  if (value instanceof Duration) return value.nanos === 0n;
  if (value instanceof Time) return false;
  return isMap(value) && Object.keys(value).length === 0;
}
