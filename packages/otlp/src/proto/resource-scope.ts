import {
  attributes,
  resource,
  scope,
  type AttributeValue,
  type EntityRef,
  type Resource,
  type Scope,
} from "@tracecore/core/pdata";
import type { WireReader } from "../wire/wire-reader.ts";
import type { WireWriter } from "../wire/wire-writer.ts";
import { readKeyValue, writeAttributes } from "./any-value.ts";

/** Resource up to `end`. */
export function readResource(reader: WireReader, end: number, schemaUrl: string): Resource {
  const entries: [string, AttributeValue][] = [];
  const entityRefs: EntityRef[] = [];
  let dropped = 0;
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag === 0x0a) readKeyValue(reader, reader.end(), entries);
    else if (tag === 0x10) dropped = reader.uint32();
    else if (tag === 0x1a) entityRefs.push(readEntityRef(reader, reader.end()));
    else reader.skip(tag);
  }
  return resource(attributes(Object.fromEntries(entries)), schemaUrl, dropped, entityRefs);
}

function readEntityRef(reader: WireReader, end: number): EntityRef {
  let schemaUrl = "";
  let type = "";
  const idKeys: string[] = [];
  const descriptionKeys: string[] = [];
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag === 0x0a) schemaUrl = reader.text();
    else if (tag === 0x12) type = reader.text();
    else if (tag === 0x1a) idKeys.push(reader.text());
    else if (tag === 0x22) descriptionKeys.push(reader.text());
    else reader.skip(tag);
  }
  return { schemaUrl, type, idKeys, descriptionKeys };
}

/** InstrumentationScope up to `end`. */
export function readScope(reader: WireReader, end: number, schemaUrl: string): Scope {
  const entries: [string, AttributeValue][] = [];
  let name = "";
  let version = "";
  let dropped = 0;
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag === 0x0a) name = reader.text();
    else if (tag === 0x12) version = reader.text();
    else if (tag === 0x1a) readKeyValue(reader, reader.end(), entries);
    else if (tag === 0x20) dropped = reader.uint32();
    else reader.skip(tag);
  }
  const own = attributes(Object.fromEntries(entries));
  return scope({ name, version, schemaUrl, attributes: own, droppedAttributesCount: dropped });
}

/** The fields of Resource, without its head. */
export function writeResource(
  writer: WireWriter,
  { attributes: own, droppedAttributesCount, entityRefs }: Resource,
): void {
  for (let i = entityRefs.length - 1; i >= 0; i--) {
    const before = writer.length;
    const { schemaUrl, type, idKeys, descriptionKeys } = entityRefs[i]!;
    for (const key of descriptionKeys.toReversed()) writer.text(0x22, key);
    for (const key of idKeys.toReversed()) writer.text(0x1a, key);
    writer.textOrNothing(0x12, type);
    writer.textOrNothing(0x0a, schemaUrl);
    writer.head(0x1a, before);
  }
  writer.uint32(0x10, droppedAttributesCount);
  writeAttributes(writer, 0x0a, own);
}

/** The fields of InstrumentationScope, without its head. */
export function writeScope(
  writer: WireWriter,
  { name, version, attributes: own, droppedAttributesCount }: Scope,
): void {
  writer.uint32(0x20, droppedAttributesCount);
  writeAttributes(writer, 0x1a, own);
  writer.textOrNothing(0x12, version);
  writer.textOrNothing(0x0a, name);
}
