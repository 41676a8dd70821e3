import {
  attributes,
  WholeDouble,
  type Attributes,
  type AttributesInput,
  type AttributeValue,
} from "@tracecore/core/pdata";
import type { WireReader } from "../wire/wire-reader.ts";
import type { WireWriter } from "../wire/wire-writer.ts";

/**
 * AnyValue up to `end`. The last field of the oneof wins, as protobuf has it; none is null. `before` is what pieces of the same
 * value in front of it said: lists and maps go on where those ended.
 */
export function readAnyValue(reader: WireReader, end: number, before: AttributeValue = null): AttributeValue {
  let value = before;
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 0x0a:
        value = reader.text();
        break;
      case 0x10:
        value = reader.bool();
        break;
      case 0x18:
        value = reader.int64();
        break;
      case 0x21:
        value = double(reader.double());
        break;
      case 0x2a:
        value = readArray(reader, reader.end(), Array.isArray(value) ? (value as AttributeValue[]) : []);
        break;
      case 0x32:
        value = readKeyValueList(reader, reader.end(), value);
        break;
      case 0x3a:
        value = reader.blob();
        break;
      default:
        reader.skip(tag);
    }
  }
  return value;
}

function readArray(reader: WireReader, end: number, values: AttributeValue[]): AttributeValue[] {
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag === 0x0a) values.push(readAnyValue(reader, reader.end()));
    else reader.skip(tag);
  }
  return values;
}

function readKeyValueList(reader: WireReader, end: number, before: AttributeValue): AttributesInput {
  const entries: [string, AttributeValue][] = [];
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag === 0x0a) readKeyValue(reader, reader.end(), entries);
    else reader.skip(tag);
  }
  if (!isMap(before)) return Object.fromEntries(entries); // Defines own properties: a key __proto__ changes no prototype.
  // Into the same object, which nobody else holds yet: a copy for each of thousands of pieces would take too long.
  for (const [key, value] of entries)
    Object.defineProperty(before, key, { value, enumerable: true, configurable: true, writable: true });
  return before;
}

function isMap(value: AttributeValue): value is AttributesInput {
  return (
    typeof value === "object" &&
    value !== null &&
    !(Array.isArray(value) || value instanceof Uint8Array || value instanceof WholeDouble)
  );
}

/** One KeyValue up to `end`, added to `entries`. */
export function readKeyValue(reader: WireReader, end: number, entries: [string, AttributeValue][]): void {
  let key = "";
  let value: AttributeValue = null;
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag === 0x0a) key = reader.text();
    else if (tag === 0x12) value = readAnyValue(reader, reader.end(), value);
    else reader.skip(tag);
  }
  entries.push([key, value]);
}

/** The interned set of a run of KeyValue fields; other fields in it are passed by. */
export function readAttributes(reader: WireReader, end: number, keyValueTag: number): Attributes {
  const entries: [string, AttributeValue][] = [];
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag === keyValueTag) readKeyValue(reader, reader.end(), entries);
    else reader.skip(tag);
  }
  return attributes(Object.fromEntries(entries));
}

function double(value: number): number | WholeDouble {
  return Number.isSafeInteger(value) && !Object.is(value, -0) ? new WholeDouble(value) : value;
}

/** The content of an AnyValue, without its head. */
export function writeAnyValue(writer: WireWriter, value: AttributeValue): void {
  switch (typeof value) {
    case "string":
      writer.text(0x0a, value);
      return;
    case "boolean":
      writer.varint(value ? 1 : 0);
      writer.varint(0x10);
      return;
    case "bigint":
      writer.varint64(value);
      writer.varint(0x18);
      return;
    case "number":
      if (!Number.isSafeInteger(value) || Object.is(value, -0)) return writer.double(0x21, value);
      if (value >= 0 && value <= 0xffff_ffff) writer.varint(value);
      else writer.varint64(BigInt(value));
      writer.varint(0x18);
      return;
    default:
      if (value === null) return;
      if (value instanceof WholeDouble) writer.double(0x21, value.valueOf());
      else if (value instanceof Uint8Array) writer.blob(0x3a, value);
      else if (Array.isArray(value)) writeArray(writer, value as readonly AttributeValue[]);
      else writeMap(writer, value as AttributesInput);
  }
}

function writeArray(writer: WireWriter, values: readonly AttributeValue[]): void {
  const before = writer.length;
  for (let i = values.length - 1; i >= 0; i--) {
    const start = writer.length;
    writeAnyValue(writer, values[i]!);
    writer.head(0x0a, start);
  }
  writer.head(0x2a, before);
}

function writeMap(writer: WireWriter, entries: AttributesInput): void {
  const before = writer.length;
  writeAttributesOf(writer, 0x0a, entries);
  writer.head(0x32, before);
}

/** One KeyValue field. */
export function writeKeyValue(writer: WireWriter, tag: number, key: string, value: AttributeValue): void {
  const before = writer.length;
  if (value !== null) {
    writeAnyValue(writer, value);
    writer.head(0x12, before);
  }
  writer.textOrNothing(0x0a, key);
  writer.head(tag, before);
}

/** A set as a run of KeyValue fields. */
export function writeAttributes(writer: WireWriter, tag: number, { keys, values }: Attributes): void {
  for (let i = keys.length - 1; i >= 0; i--) writeKeyValue(writer, tag, keys[i]!, values[i]!);
}

/** Attributes that stand in an object, as those of exemplars, events and links do. */
export function writeAttributesOf(writer: WireWriter, tag: number, input: AttributesInput): void {
  const keys = Object.keys(input);
  for (let i = keys.length - 1; i >= 0; i--) writeKeyValue(writer, tag, keys[i]!, input[keys[i]!]!);
}
