import type { Json } from "@tracecore/core";
import {
  WholeDouble,
  type Attributes,
  type AttributesInput,
  type AttributeValue,
  type EntityRef,
  type Resource,
  type Scope,
} from "@tracecore/core/pdata";

/** OTLP AnyValue. */
export function anyValue(value: AttributeValue): Json {
  switch (typeof value) {
    case "string":
      return { stringValue: value };
    case "boolean":
      return { boolValue: value };
    case "bigint":
      return { intValue: value.toString() };
    case "number":
      return Number.isSafeInteger(value) && !Object.is(value, -0)
        ? { intValue: value.toString() }
        : { doubleValue: double(value) };
    default:
      if (value === null) return {};
      if (value instanceof WholeDouble) return { doubleValue: value.valueOf() };
      if (value instanceof Uint8Array) return { bytesValue: Buffer.from(value).toString("base64") };
      if (Array.isArray(value)) return { arrayValue: { values: value.map(anyValue) } };
      return { kvlistValue: { values: keyValues(Object.entries<AttributeValue>(value as AttributesInput)) } };
  }
}

export function keyValues(entries: Iterable<readonly [string, AttributeValue]>): Json[] {
  return Array.from(entries, ([key, value]) => ({ key, value: anyValue(value) }));
}

/** Attributes, or nothing when there are none. */
export function attributeList(attributes: Attributes | AttributesInput): Json {
  const isSet = typeof (attributes as Attributes)[Symbol.iterator] === "function";
  const list = keyValues(isSet ? (attributes as Attributes) : Object.entries(attributes as AttributesInput));
  return list.length === 0 ? undefined : list;
}

/** A double. JSON has no NaN, no infinities and, as JavaScript writes it, no negative zero: protobuf's JSON takes them as texts. */
export function double(value: number): Json {
  if (Object.is(value, -0)) return "-0";
  if (Number.isFinite(value)) return value;
  return Number.isNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
}

/** A double that may be absent, which is NaN in our columns where `isThere` is 0. */
export function optionalDouble(value: number, isThere: number): Json {
  return Number.isNaN(value) && isThere === 0 ? undefined : double(value);
}

/** A 64-bit time; 0 is the default and left out. */
export function time(unixNano: bigint): Json {
  return unixNano === 0n ? undefined : unixNano.toString();
}

export function nonZero(value: number): Json {
  return value === 0 ? undefined : value;
}

export function nonEmpty(value: string): Json {
  return value === "" ? undefined : value;
}

export function resourceToJson({ attributes, droppedAttributesCount, entityRefs }: Resource): Json {
  return {
    attributes: attributeList(attributes),
    droppedAttributesCount: nonZero(droppedAttributesCount),
    entityRefs: entityRefs.length === 0 ? undefined : entityRefs.map(entityRef),
  };
}

function entityRef({ schemaUrl, type, idKeys, descriptionKeys }: EntityRef): Json {
  return {
    schemaUrl: nonEmpty(schemaUrl),
    type: nonEmpty(type),
    idKeys: idKeys.length === 0 ? undefined : idKeys,
    descriptionKeys: descriptionKeys.length === 0 ? undefined : descriptionKeys,
  };
}

export function scopeToJson({ name, version, attributes, droppedAttributesCount }: Scope): Json {
  return {
    name: nonEmpty(name),
    version: nonEmpty(version),
    attributes: attributeList(attributes),
    droppedAttributesCount: nonZero(droppedAttributesCount),
  };
}

/** Rows grouped by resource, then by scope, in the order of their first row. */
export function byResourceAndScope<T>(
  rows: Iterable<{ readonly resource: Resource; readonly scope: Scope; readonly row: T }>,
): { resource: Resource; scopes: { scope: Scope; rows: T[] }[] }[] {
  const resources = new Map<Resource, Map<Scope, T[]>>();
  for (const { resource, scope, row } of rows) {
    const scopes = resources.get(resource) ?? new Map<Scope, T[]>();
    resources.set(resource, scopes);
    const of = scopes.get(scope) ?? [];
    scopes.set(scope, of);
    of.push(row);
  }
  return Array.from(resources, ([resource, scopes]) => ({
    resource,
    scopes: Array.from(scopes, ([scope, own]) => ({ scope, rows: own })),
  }));
}
