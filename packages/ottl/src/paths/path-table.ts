import type { AttributeView } from "../items/attribute-view.ts";
import type { ContextName, Frame, Getter, Setter } from "../frame.ts";
import { isDouble, isInteger } from "../numbers.ts";
import { fail } from "../ottl-error.ts";
import { Duration, isBytes, isList, isMap, Time, typeName, type MapValue, type Value } from "../values.ts";
import type { AttributeValue } from "@tracecore/core/pdata";

/**
 * What decides about a value: all points of a series share those of `series`, `metric`, `scope` and `resource`; `item` is
 * what each point, record or span has for itself.
 */
export type Level = "resource" | "scope" | "metric" | "series" | "item";

/** A field of a context. */
export interface Field {
  readonly get: Getter;
  /** Undefined for what can only be read. */
  readonly set?: Setter;
  /** The attributes behind the field, where it is a map of them: single keys are read and written without the rest. */
  readonly view?: (frame: Frame) => AttributeView;
  /** The field is `cache`. */
  readonly cache?: true;
  /** What it holds can be a map or a list, so that keys may follow. */
  readonly indexed?: true;
  /** Overrides the level of the context. */
  readonly level?: Level;
}

export type PathTable = Readonly<Record<string, Field>>;

/** What a field of each context depends on. */
export const contextLevels: Readonly<Record<ContextName, Level>> = {
  resource: "resource",
  scope: "scope",
  metric: "metric",
  datapoint: "item",
  log: "item",
  span: "item",
  spanevent: "item",
};

export function viewField(view: (frame: Frame) => AttributeView, level?: Level): Field {
  return {
    get: (frame) => view(frame).toMap(),
    set: (frame, value) => view(frame).replace(asMap(value)),
    view,
    indexed: true,
    ...(level !== undefined && { level }),
  };
}

export function textField(get: (frame: Frame) => string, set: (frame: Frame, text: string) => void): Field {
  return { get, set: (frame, value) => set(frame, asText(value)) };
}

/** A whole number from 0 to `most`. */
export function countField(
  get: (frame: Frame) => number,
  set: (frame: Frame, count: number) => void,
  most: number = 2 ** 32 - 1,
): Field {
  return { get, set: (frame, value) => set(frame, asCount(value, most)) };
}

/** The two spellings of a time: as a time, and in nanoseconds. */
export function timeFields(
  name: string,
  get: (frame: Frame) => bigint,
  set: (frame: Frame, unixNano: bigint) => void,
): PathTable {
  return {
    [name]: { get: (frame) => new Time(get(frame)), set: (frame, value) => set(frame, storable(asTime(value))) },
    [`${name}_unix_nano`]: {
      get: (frame) => asInteger(get(frame)),
      set: (frame, value) => set(frame, storable(BigInt(asInt(value)))),
    },
  };
}

function storable(unixNano: bigint): bigint {
  return unixNano >= 0n && unixNano < 2n ** 64n ? unixNano : fail("a time before 1970 or after 2554 cannot be stored");
}

/** The two spellings of an id: as bytes, and as hexadecimal text. */
export function idFields(
  name: string,
  bytes: number,
  get: (frame: Frame) => string,
  set: (frame: Frame, hex: string) => void,
): PathTable {
  const zeros = "00".repeat(bytes);
  const write = (frame: Frame, hex: string): void => set(frame, hex === zeros ? "" : hex);
  return {
    [name]: {
      get: (frame) => new Uint8Array(Buffer.from(get(frame) || zeros, "hex")),
      set(frame, value) {
        if (!isBytes(value) || value.length !== bytes) fail(`${name} takes ${bytes} bytes, got ${typeName(value)}`);
        write(frame, Buffer.from(value).toString("hex"));
      },
    },
    [`${name}.string`]: {
      get: (frame) => get(frame) || zeros,
      set(frame, value) {
        const text = asText(value).toLowerCase();
        if (!/^[0-9a-f]*$/.test(text) || (text.length !== 2 * bytes && text !== "")) {
          fail(`${name}.string takes ${2 * bytes} hexadecimal digits, got ${JSON.stringify(text)}`);
        }
        write(frame, text);
      },
    },
  };
}

export function asText(value: Value): string {
  return typeof value === "string" ? value : fail(`expected a string, got ${typeName(value)}`);
}

export function asBool(value: Value): boolean {
  return typeof value === "boolean" ? value : fail(`expected a bool, got ${typeName(value)}`);
}

export function asInt(value: Value): number | bigint {
  return isInteger(value) ? value : fail(`expected an int, got ${typeName(value)}`);
}

export function asNumber(value: Value): number {
  return isInteger(value) || isDouble(value) ? Number(value) : fail(`expected a number, got ${typeName(value)}`);
}

export function asMap(value: Value): MapValue {
  return isMap(value) ? value : fail(`expected a map, got ${typeName(value)}`);
}

export function asList(value: Value): readonly AttributeValue[] {
  return isList(value) ? value : fail(`expected a list, got ${typeName(value)}`);
}

export function asDuration(value: Value): bigint {
  return value instanceof Duration ? value.nanos : fail(`expected a duration, got ${typeName(value)}`);
}

export function asTime(value: Value): bigint {
  return value instanceof Time ? value.unixNano : fail(`expected a time, got ${typeName(value)}`);
}

function asCount(value: Value, most: number): number {
  const count = Number(asInt(value));
  return count >= 0 && count <= most ? count : fail(`expected an int from 0 to ${most}, got ${count}`);
}

/** A time or count of 64 bits as an int. */
export function asInteger(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
