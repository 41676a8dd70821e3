import {
  attributes,
  resource,
  scope,
  WholeDouble,
  type Attributes,
  type AttributesInput,
  type AttributeValue,
  type Resource,
  type Scope,
} from "@tracecore/core/pdata";
import { MAX_DEPTH, tooDeep } from "../wire/count-items.ts";
import type { JsonCursor } from "./json-cursor.ts";
import type { Pace } from "./pace.ts";

/** How many messages of protobuf lie around the value of an attribute of an exemplar: nothing lies deeper. */
const AROUND = 8;
/** How many messages a list and a map put around what is in them: what came as JSON must be allowed as protobuf. */
const IN_LIST = 2;
const IN_MAP = 3;

/** AnyValue; null when none of its members is set. */
export function valueFrom(value: JsonCursor, depth: number = AROUND): AttributeValue {
  if (depth > MAX_DEPTH) throw tooDeep();
  if (value.absent) return null;
  const text = value.get("stringValue");
  if (!text.absent) return text.text();
  const boolean = value.get("boolValue");
  if (!boolean.absent) return boolean.boolean();
  const integer = value.get("intValue");
  if (!integer.absent) {
    const whole = integer.int64();
    return whole >= Number.MIN_SAFE_INTEGER && whole <= Number.MAX_SAFE_INTEGER ? Number(whole) : whole;
  }
  const double = value.get("doubleValue");
  if (!double.absent) {
    const number = double.double();
    return Number.isSafeInteger(number) && !Object.is(number, -0) ? new WholeDouble(number) : number;
  }
  const list = value.get("arrayValue");
  if (!list.absent) return list.get("values").map((item) => valueFrom(item, depth + IN_LIST));
  const map = value.get("kvlistValue");
  if (!map.absent) return attributesInputFrom(map.get("values"), depth + IN_MAP);
  const bytes = value.get("bytesValue");
  return bytes.absent ? null : bytes.base64();
}

/** Attributes as an object without surprises: `__proto__` is a key as any other. */
export function attributesInputFrom(list: JsonCursor, depth: number = AROUND): AttributesInput {
  const all: Record<string, AttributeValue> = {};
  list.forEach((entry) => {
    const key = entry.get("key").text();
    const value = valueFrom(entry.get("value"), depth);
    if (key !== "__proto__") all[key] = value;
    else Object.defineProperty(all, key, { value, enumerable: true, configurable: true, writable: true });
  });
  return all;
}

export function attributesFrom(list: JsonCursor): Attributes {
  return attributes(attributesInputFrom(list));
}

/** The resource and scope of a list of items, each with its items; `undefined` where work may pause. */
export function* originsFrom(
  request: JsonCursor,
  [byResource, byScope]: readonly [string, string],
  pace: Pace,
): Generator<{ resource: Resource; scope: Scope; within: JsonCursor } | undefined> {
  for (const one of request.get(byResource).itemsByTurns(pace)) {
    if (one === undefined) {
      yield undefined;
      continue;
    }
    const owner = resourceFrom(one.get("resource"), one.get("schemaUrl").text());
    for (const within of one.get(byScope).itemsByTurns(pace)) {
      yield (
        within && {
          resource: owner,
          scope: scopeFrom(within.get("scope"), within.get("schemaUrl").text()),
          within,
        }
      );
    }
  }
}

function resourceFrom(from: JsonCursor, schemaUrl: string): Resource {
  const texts = (list: JsonCursor): string[] => list.map((item) => item.text());
  const entityRefs = from.get("entityRefs").map((ref) => ({
    schemaUrl: ref.get("schemaUrl").text(),
    type: ref.get("type").text(),
    idKeys: texts(ref.get("idKeys")),
    descriptionKeys: texts(ref.get("descriptionKeys")),
  }));
  return resource(
    attributesFrom(from.get("attributes")),
    schemaUrl,
    from.get("droppedAttributesCount").uint32(),
    entityRefs,
  );
}

function scopeFrom(from: JsonCursor, schemaUrl: string): Scope {
  return scope({
    name: from.get("name").text(),
    version: from.get("version").text(),
    schemaUrl,
    attributes: attributesFrom(from.get("attributes")),
    droppedAttributesCount: from.get("droppedAttributesCount").uint32(),
  });
}

/** The name at a number of an OTLP enum, whose own names begin with `prefix`; the first one for numbers that are not known. */
export function enumFrom<T extends string>(from: JsonCursor, prefix: string, names: readonly T[]): T {
  return names[from.enumNumber(prefix, names)] ?? names[0]!;
}
