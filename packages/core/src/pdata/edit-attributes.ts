import { WholeDouble, type AttributeValue } from "./attribute-value.ts";
import { attributes, type Attributes } from "./attributes.ts";
import { patternOf, type Pattern } from "../pattern/pattern.ts";

/** One step of a change to attributes, with the names of the OpenTelemetry Collector. */
export interface AttributeAction {
  readonly action: "insert" | "update" | "upsert" | "delete" | "hash" | "extract" | "convert";
  readonly key?: string | undefined;
  readonly value?: AttributeValue | undefined;
  readonly from_attribute?: string | undefined;
  readonly default_value?: AttributeValue | undefined;
  readonly pattern?: string | undefined;
  readonly converted_type?: "int" | "double" | "string" | undefined;
}

/** Changes the map that it is given; says whether anything is different. */
export type AttributesEdit = (attributes: Map<string, AttributeValue>) => boolean;

/** One edit that does all of `actions`, in their order. */
export function attributesEdit(actions: readonly AttributeAction[]): AttributesEdit {
  const steps = actions.map(stepOf);
  return (map) => {
    let changed = false;
    for (const step of steps) if (step(map)) changed = true;
    return changed;
  };
}

/** An interned set after `edit`: the set itself when nothing changed. */
export function editedAttributes(set: Attributes, edit: AttributesEdit): Attributes {
  const map = new Map(set);
  return edit(map) ? attributes(Object.fromEntries(map)) : set;
}

function stepOf(action: AttributeAction): AttributesEdit {
  const { key = "", converted_type: type = "string" } = action;
  switch (action.action) {
    case "insert":
      return (map) => !map.has(key) && write(map, action);
    case "update":
      return (map) => map.has(key) && write(map, action);
    case "upsert":
      return (map) => write(map, action);
    case "delete":
      return forKeys(action, (map, one) => map.delete(one));
    case "hash":
      return forKeys(action, (map, one) => put(map, one, hashed(map.get(one)!)));
    case "extract":
      return extract(key, patternOf(action.pattern ?? ""));
    case "convert":
      return (map) => map.has(key) && put(map, key, converted(map.get(key)!, type));
  }
}

function write(map: Map<string, AttributeValue>, action: AttributeAction): boolean {
  const { key = "", value, from_attribute: from, default_value: otherwise } = action;
  const source = from === undefined ? value : map.get(from);
  // An attribute that is there without a value is copied as it is.
  const written = source === undefined ? otherwise : source;
  return written !== undefined && put(map, key, written);
}

function put(map: Map<string, AttributeValue>, key: string, value: AttributeValue): boolean {
  if (Object.is(map.get(key), value)) return false;
  map.set(key, value);
  return true;
}

/** A step for the attribute `key` and for all whose keys fit `pattern`. */
function forKeys(
  { key, pattern }: AttributeAction,
  change: (map: Map<string, AttributeValue>, key: string) => boolean,
): AttributesEdit {
  // An empty pattern, as a variable that is not set leaves it, is none: it would fit every key.
  const fits = pattern ? patternOf(pattern) : undefined;
  return (map) => {
    let changed = key !== undefined && map.has(key) && change(map, key);
    if (fits === undefined) return changed;
    for (const one of map.keys()) if (one !== key && fits.test(one) && change(map, one)) changed = true;
    return changed;
  };
}

function extract(key: string, pattern: Pattern): AttributesEdit {
  return (map) => {
    const text = map.get(key);
    const found = typeof text === "string" ? pattern.exec(text) : undefined;
    let changed = false;
    for (const [name, value = ""] of found?.names ?? []) if (put(map, name, value)) changed = true;
    return changed;
  };
}

/** SHA-256 in hex, of the same bytes that the Collector takes; what it has none for becomes an empty text, as there. */
function hashed(value: AttributeValue): AttributeValue {
  const bytes = hashInput(value);
  if (bytes === undefined) return "";
  return process.getBuiltinModule("node:crypto").createHash("sha256").update(bytes).digest("hex");
}

/** Undefined for lists, maps, bytes and nothing. */
function hashInput(value: AttributeValue): Uint8Array | undefined {
  if (typeof value === "string") return Buffer.from(value);
  if (typeof value === "boolean") return Uint8Array.of(value ? 1 : 0);
  const bytes = Buffer.alloc(8);
  if (typeof value === "bigint" || Number.isSafeInteger(value)) bytes.writeBigInt64LE(BigInt(value as number | bigint));
  else if (typeof value === "number" || value instanceof WholeDouble) bytes.writeDoubleLE(Number(value));
  else return undefined;
  return bytes;
}

/** The value in another type; the value itself where that cannot be. */
function converted(value: AttributeValue, type: "int" | "double" | "string"): AttributeValue {
  if (type === "string") return fullText(value);
  if (typeof value === "boolean") return type === "int" ? Number(value) : new WholeDouble(Number(value));
  if (type === "int") return asInteger(value);
  const number = typeof value === "string" ? parsedDouble(value) : Number(textOf(value) ?? Number.NaN);
  if (number === undefined || (Number.isNaN(number) && typeof value !== "string")) return value;
  return Number.isSafeInteger(number) && !Object.is(number, -0) ? sameDouble(value, number) : number;
}

function sameDouble(before: AttributeValue, number: number): AttributeValue {
  return before instanceof WholeDouble ? before : new WholeDouble(number);
}

/** As ParseFloat in Go reads it, but for hexadecimal fractions. */
function parsedDouble(text: string): number | undefined {
  const plain = text.replaceAll(/(?<=\d)_(?=\d)/g, "");
  if (/^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i.test(plain)) return Number(plain);
  if (/^[+-]?inf(?:inity)?$/i.test(text)) return text.startsWith("-") ? -Infinity : Infinity;
  return /^nan$/i.test(text) ? Number.NaN : undefined;
}

const MAX_INT = 2n ** 63n - 1n;

function asInteger(value: AttributeValue): AttributeValue {
  if (typeof value === "bigint") return value;
  if (typeof value === "string") return /^[+-]?\d{1,19}$/.test(value) ? smallest(BigInt(value), value) : value;
  if (typeof value !== "number" && !(value instanceof WholeDouble)) return value;
  const whole = Math.trunc(Number(value));
  // A double that no integer can be made of becomes the least one, as on the processors that the Collector runs on most.
  return Number.isFinite(whole) ? smallest(BigInt(whole), -MAX_INT - 1n) : -MAX_INT - 1n;
}

/** A number where one is exact; `otherwise` beyond 64 bits. */
function smallest(integer: bigint, otherwise: AttributeValue): AttributeValue {
  if (integer > MAX_INT || integer < -MAX_INT - 1n) return otherwise;
  const number = Number(integer);
  return Number.isSafeInteger(number) ? number : integer;
}

/** Any value as text, as the Collector writes it: bytes as base64, lists and maps as JSON with sorted keys. */
export function fullText(value: AttributeValue): string {
  const plain = textOf(value);
  if (plain !== undefined) return plain;
  if (value === null) return "";
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  return jsonText(value);
}

function jsonText(value: AttributeValue): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (value === null) return "null";
  if (value instanceof Uint8Array) return JSON.stringify(fullText(value));
  const plain = textOf(value);
  if (plain !== undefined) return plain;
  if (Array.isArray(value)) return `[${(value as readonly AttributeValue[]).map(jsonText).join(",")}]`;
  const entries = Object.entries(value as Readonly<Record<string, AttributeValue>>);
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${jsonText(inner)}`).join(",")}}`;
}

/** A scalar as text; undefined for what is none. */
export function textOf(value: AttributeValue): string | undefined {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "bigint" || typeof value === "boolean") return String(value);
  return value instanceof WholeDouble ? String(value) : undefined;
}
