import type { AttributeValue } from "@tracecore/core/pdata";
import { didYouMean } from "@tracecore/core/config";
import type { ContextName, Frame, Getter, Setter } from "../frame.ts";
import type { Path } from "../language/syntax.ts";
import { isInteger } from "../numbers.ts";
import { fail, OttlError } from "../ottl-error.ts";
import { stored } from "../paths/log-paths.ts";
import { contextLevels, type Field, type Level } from "../paths/path-table.ts";
import { traceStateField, traceStateMember } from "../paths/trace-state.ts";
import { entryOf, isList, isMap, isNil, typeName, type Value } from "../values.ts";
import type { MapTarget } from "../functions/signature.ts";
import { contextNamed, pathTables, visibleContexts } from "./contexts.ts";

/** A path that was found. */
export interface FoundField {
  readonly field: Field;
  readonly context: ContextName;
  readonly level: Level;
}

const cacheField: Field = {
  get: (frame) => Object.fromEntries(frame.cache),
  set(frame, value) {
    const entries = Object.entries(isMap(value) ? value : fail(`expected a map, got ${typeName(value)}`));
    frame.cache.clear();
    for (const [key, entry] of entries) frame.cache.set(key, entry);
  },
  cache: true,
  indexed: true,
};

/** The field that a path names, seen from `context`. With `prefixes` its first part must name one of these contexts. */
export function findField(
  path: Path,
  context: ContextName,
  prefixes: readonly ContextName[] | undefined,
  text: string,
): FoundField {
  const visible = visibleContexts[context];
  const first = path.fields.length > 1 ? contextNamed(path.fields[0]!) : undefined;
  if (first === undefined && prefixes !== undefined) throw withoutPrefix(path, prefixes, text);
  if (first !== undefined && !visible.includes(first)) {
    throw new OttlError(`"${first}" cannot be reached from ${context}`, text, path.at, `Known: ${visible.join(", ")}`);
  }
  const owner = first ?? context;
  const name = (first === undefined ? path.fields : path.fields.slice(1)).join(".");
  if (name === "cache") {
    if (owner !== context) throw new OttlError(`the cache is that of ${context}`, text, path.at);
    return { field: cacheField, context, level: contextLevels[context] === "item" ? "item" : "resource" };
  }
  const table = pathTables[owner];
  const field = Object.hasOwn(table, name) ? table[name] : undefined;
  if (field === undefined) {
    const known = [...Object.keys(table), "cache"];
    const remedy = keyInBrackets(path, name, table) ?? didYouMean(name, known, `Fields: ${known.join(", ")}`);
    throw new OttlError(`${owner} has no field "${name}"`, text, path.at, remedy);
  }
  return { field, context: owner, level: field.level ?? contextLevels[owner] };
}

/** A path that names no context where one has to. */
function withoutPrefix({ fields, at }: Path, prefixes: readonly ContextName[], text: string): OttlError {
  const written = fields.join(".");
  const starts = (name: ContextName): boolean =>
    Object.keys(pathTables[name]).some((field) => field === fields[0] || field.startsWith(`${fields[0]}.`));
  const whole = prefixes.filter((name) => Object.hasOwn(pathTables[name], written));
  const fits = whole.length > 0 ? whole : prefixes.filter(starts);
  if (fits.length > 0 || written === "cache") {
    const remedy = (fits.length > 0 ? fits : prefixes).map((name) => `${name}.${written}`).join(" or ");
    return new OttlError(`"${written}" does not say what it is a field of`, text, at, `Write ${remedy}`);
  }
  if (fields.length > 1) {
    const remedy = didYouMean(fields[0]!, prefixes, `Known: ${prefixes.join(", ")}`);
    return new OttlError(`there is no context "${fields[0]}" here`, text, at, remedy);
  }
  if (written === "null") return new OttlError('unknown name "null"', text, at, "Write nil");
  const remedy = `Write "${written}" for a text; paths begin with ${prefixes.join(", ")}`;
  return new OttlError(`"${written}" is no path`, text, at, remedy);
}

/** `attributes.foo` is meant to be `attributes["foo"]`. */
function keyInBrackets({ fields }: Path, name: string, table: Readonly<Record<string, Field>>): string | undefined {
  const [head = "", ...rest] = name.split(".");
  if (rest.length === 0 || !Object.hasOwn(table, head) || table[head]?.indexed !== true) return undefined;
  const before = fields.join(".").slice(0, -name.length);
  return `Write ${before}${head}["${rest.join(".")}"]`;
}

/** Reads and writes behind a field and its keys. */
export interface Access {
  readonly get: Getter;
  readonly set: Setter | undefined;
  readonly map: MapTarget | undefined;
}

/** The access to a field, behind `keys`. */
export function accessOf(field: Field, keys: readonly Getter[]): Access {
  if (field === traceStateField && keys.length === 1) return { ...traceStateMember(keys[0]!), map: undefined };
  const first = keys[0];
  if (first === undefined) return { get: field.get, set: field.set, map: wholeMap(field) };
  const rest = keys.slice(1);
  const { view, set, get } = field;
  const entry: { get: Getter; set: Setter | undefined } = {
    get: (frame) => indexed(get(frame), first(frame)),
    set: undefined,
  };
  if (view !== undefined) {
    entry.get = (frame) => view(frame).get(textKey(first(frame)));
    entry.set = (frame, value) => view(frame).set(textKey(first(frame)), stored(value));
  } else if (field.cache === true) {
    entry.get = (frame) => frame.cache.get(textKey(first(frame)));
    entry.set = (frame, value) => void frame.cache.set(textKey(first(frame)), stored(value));
  } else if (set !== undefined) {
    entry.set = (frame, value) => set(frame, withEntry(get(frame), first(frame), stored(value)));
  }
  if (rest.length === 0) return { ...entry, map: valueMap(entry) };
  const { get: above, set: write } = entry;
  const nested = {
    get: (frame: Frame) => rest.reduce<Value>((value, key) => indexed(value, key(frame)), above(frame)),
    set:
      write === undefined
        ? undefined
        : (frame: Frame, value: Value) =>
            write(
              frame,
              withDeepEntry(
                above(frame),
                rest.map((key) => key(frame)),
                stored(value),
              ),
            ),
  };
  return { ...nested, map: valueMap(nested) };
}

/** A field whose map is changed in place. */
function wholeMap(field: Field): MapTarget | undefined {
  const { view } = field;
  if (view !== undefined) {
    return {
      edit: (frame, change) => view(frame).edit(change),
      delete: (frame, key) => view(frame).delete(key),
    };
  }
  if (field.cache === true) {
    return {
      edit: (frame, change) => void change(frame.cache),
      delete: (frame, key) => void frame.cache.delete(key),
    };
  }
  return field.indexed === true ? valueMap(field) : undefined;
}

/** A map that is itself a value: it is written anew. */
function valueMap({ get, set }: { readonly get: Getter; readonly set?: Setter | undefined }): MapTarget | undefined {
  if (set === undefined) return undefined;
  const edit: MapTarget["edit"] = (frame, change) => {
    const value = get(frame);
    if (!isMap(value)) fail(`expected a map, got ${typeName(value)}`);
    const map = new Map<string, AttributeValue>(Object.entries(value));
    if (change(map)) set(frame, Object.fromEntries(map));
  };
  return { edit, delete: (frame, key) => edit(frame, (map) => map.delete(key)) };
}

function textKey(key: Value): string {
  return typeof key === "string" ? key : fail(`a key of attributes is a string, got ${typeName(key)}`);
}

/** The element of a map or list; nil where there is none. */
export function indexed(value: Value, key: Value): Value {
  if (isNil(value)) return undefined;
  if (isMap(value)) return entryOf(value, textKey(key));
  if (!isList(value)) return fail(`${typeName(value)} has no elements`);
  if (!isInteger(key)) return fail(`an index is an int, got ${typeName(key)}`);
  const index = Number(key);
  return index >= 0 && index < value.length ? value[index] : fail(`no element ${index} in a list of ${value.length}`);
}

/** A value with another element; a map is made where there is nothing. */
function withEntry(value: Value, key: Value, entry: AttributeValue): AttributeValue {
  if (isNil(value) || isMap(value)) return Object.fromEntries([...Object.entries(value ?? {}), [textKey(key), entry]]);
  indexed(value, key);
  return (value as readonly AttributeValue[]).with(Number(key), entry);
}

function withDeepEntry(value: Value, keys: readonly Value[], entry: AttributeValue): AttributeValue {
  const [key, ...rest] = keys;
  if (rest.length === 0) return withEntry(value, key, entry);
  return withEntry(value, key, withDeepEntry(indexed(value, key), rest, entry));
}
