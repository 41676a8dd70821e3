import { WholeDouble, type AttributeValue } from "./attribute-value.ts";
import { hashByteArray, hashDouble, hashText, joinHashes } from "./keyed-hash.ts";

/** A text that is equal for equal values of equal type, and self-delimiting. */
export function identityOf(value: AttributeValue): string {
  if (typeof value === "string") return `s${value.length}:${value}`;
  if (typeof value === "boolean") return value ? "t" : "f";
  if (typeof value === "bigint") return `i${value};`;
  if (typeof value === "number") {
    if (Object.is(value, -0)) return "d-0;";
    return Number.isSafeInteger(value) ? `i${value};` : `d${value};`;
  }
  if (value === null) return "n";
  if (value instanceof WholeDouble) return `d${value.valueOf()};`;
  if (value instanceof Uint8Array) {
    return `b${value.length}:${Buffer.from(value.buffer, value.byteOffset, value.length).toString("latin1")}`;
  }
  if (Array.isArray(value)) return `[${value.map(identityOf).join("")}]`;
  return `{${sortedEntries(value as Entries)
    .map(([key, inner]) => `${key.length}:${key}${identityOf(inner)}`)
    .join("")}}`;
}

/** Whether two values have the same identity, without making it where they are lists: they may hold texts of megabytes. */
export function isSameValue(a: AttributeValue, b: AttributeValue): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a === "string" || typeof b === "string" || (typeof a === "number" && typeof b === "number")) return false;
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((value: AttributeValue, i) => isSameValue(value, b[i] as AttributeValue));
  return identityOf(a) === identityOf(b);
}

/**
 * What each hash but that of a text begins with. Without it two values would be known that have one hash, and of twenty attributes a
 * sender could make a million sets that all meet in one place of a table.
 */
const INTEGER = 1;
const DOUBLE = 2;
const BYTES = 3;
const LIST = 4;
const MAP = 5;
const OTHER = 6;

/** A hash of 32 bits: equal for values with equal identity. */
export function hashOf(value: AttributeValue): number {
  switch (typeof value) {
    case "string":
      return hashText(value);
    case "number":
      // As text a number costs three times as much.
      if (!Number.isSafeInteger(value)) return joinHashes(DOUBLE, hashDouble(value));
      if (Object.is(value, -0)) break;
      return joinHashes(joinHashes(INTEGER, value | 0), Math.floor(value / 4_294_967_296));
    case "bigint":
      if (Number.isSafeInteger(Number(value))) return hashOf(Number(value));
      break;
    case "object":
      if (value === null) break;
      if (value instanceof WholeDouble) {
        if (Number.isSafeInteger(value.valueOf())) break;
        return joinHashes(DOUBLE, hashDouble(value.valueOf()));
      }
      if (value instanceof Uint8Array) return joinHashes(BYTES, hashByteArray(value));
      return Array.isArray(value) ? hashOfList(value as readonly AttributeValue[]) : hashOfMap(value as Entries);
    default:
  }
  return joinHashes(OTHER, hashText(identityOf(value)));
}

function hashOfList(values: readonly AttributeValue[]): number {
  let hash = joinHashes(LIST, values.length);
  for (const value of values) hash = joinHashes(hash, hashOf(value));
  return hash;
}

type Entries = { readonly [key: string]: AttributeValue };

function hashOfMap(value: Entries): number {
  const entries = sortedEntries(value);
  let hash = joinHashes(MAP, entries.length);
  for (const [key, inner] of entries) hash = joinHashes(joinHashes(hash, hashText(key)), hashOf(inner));
  return hash;
}

function sortedEntries(value: Entries): [string, AttributeValue][] {
  return Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
}
