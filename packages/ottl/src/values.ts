import { identityOf, WholeDouble, type AttributeValue } from "@tracecore/core/pdata";
import { isDouble, isInteger } from "./numbers.ts";
import { timeText } from "./time-text.ts";

/** A point in time, in nanoseconds since 1970. */
export class Time {
  readonly unixNano: bigint;

  constructor(unixNano: bigint) {
    this.unixNano = unixNano;
  }
}

/** A length of time in nanoseconds. */
export class Duration {
  readonly nanos: bigint;

  constructor(nanos: bigint) {
    this.nanos = nanos;
  }
}

/** What an expression can give; `undefined` is nil. */
export type Value = AttributeValue | Time | Duration | undefined;
export type MapValue = Readonly<Record<string, AttributeValue>>;

export function isNil(value: Value): value is null | undefined {
  return value === undefined || value === null;
}

export function isList(value: Value): value is readonly AttributeValue[] {
  return Array.isArray(value);
}

export function isBytes(value: Value): value is Uint8Array {
  return value instanceof Uint8Array;
}

export function isMap(value: Value): value is MapValue {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Uint8Array) &&
    !(value instanceof WholeDouble) &&
    !(value instanceof Time) &&
    !(value instanceof Duration)
  );
}

/** The entry of a map, never what maps inherit. */
export function entryOf(map: MapValue, key: string): AttributeValue | undefined {
  return Object.hasOwn(map, key) ? map[key] : undefined;
}

/** What kind of value it is, for messages. */
export function typeName(value: Value): string {
  if (isNil(value)) return "nil";
  if (typeof value === "string") return "a string";
  if (typeof value === "boolean") return "a bool";
  if (isInteger(value)) return "an int";
  if (isDouble(value)) return "a double";
  if (isBytes(value)) return "bytes";
  if (isList(value)) return "a list";
  if (value instanceof Time) return "a time";
  return value instanceof Duration ? "a duration" : "a map";
}

/** A value that data can hold: times and durations cannot be written into it. */
export function isStorable(value: Value): value is AttributeValue {
  return value !== undefined && !(value instanceof Time) && !(value instanceof Duration);
}

/** Whether two values are the same, of the same type; writing one over the other then changes nothing. */
export function isSame(left: AttributeValue | undefined, right: AttributeValue | undefined): boolean {
  if (Object.is(left, right)) return true;
  if (typeof left !== "object" || typeof right !== "object" || left === null || right === null) return false;
  return identityOf(left) === identityOf(right);
}

/**
 * The text of a value where a function takes any value for a text: bytes are hexadecimal, a duration is its nanoseconds, and a
 * time stands in quotes, as the JSON that the Collector makes of it; undefined for nil.
 */
export function textLike(value: Value): string | undefined {
  if (value instanceof Duration) return String(value.nanos);
  if (value instanceof Time) return `"${timeText(value.unixNano, "T", "Z")}"`;
  if (isBytes(value)) return Buffer.from(value).toString("hex");
  const text = textOf(value);
  // Go writes exponents with two digits here, and the signs of HTML in JSON as escapes.
  if (isDouble(value)) return text!.replace(/e([+-])(\d)$/, "e$10$2");
  return isList(value) || isMap(value) ? text!.replaceAll(/[<>&\u2028\u2029]/g, escaped) : text;
}

function escaped(sign: string): string {
  return `\\u${sign.codePointAt(0)!.toString(16).padStart(4, "0")}`;
}

/** The text of a value, as the Collector writes the values of attributes and bodies; undefined for nil, times and durations. */
export function textOf(value: Value): string | undefined {
  if (typeof value === "string") return value;
  if (isNil(value) || value instanceof Time || value instanceof Duration) return undefined;
  if (typeof value === "object" && !(value instanceof WholeDouble)) {
    return isBytes(value) ? Buffer.from(value).toString("base64") : jsonOf(value);
  }
  return isDouble(value) ? doubleText(Number(value)) : String(value);
}

/** A double as JSON of the Collector has it: no fraction where there is none. */
function doubleText(number: number): string {
  if (Number.isNaN(number)) return "NaN";
  if (!Number.isFinite(number)) return String(number);
  return Object.is(number, -0) ? "-0" : String(number);
}

/** JSON of a value, with 64-bit integers exact and keys sorted. */
export function jsonOf(value: AttributeValue): string {
  if (value === null) return "null";
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "boolean" || typeof value === "bigint") return String(value);
  if (isBytes(value)) return JSON.stringify(Buffer.from(value).toString("base64"));
  if (isList(value)) return `[${value.map(jsonOf).join(",")}]`;
  if (isMap(value)) {
    return `{${Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => `${JSON.stringify(key)}:${jsonOf(inner)}`)
      .join(",")}}`;
  }
  const number = Number(value);
  return Number.isFinite(number) ? String(number) : JSON.stringify(doubleText(number));
}
