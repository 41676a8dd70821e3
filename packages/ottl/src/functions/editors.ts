import type { AttributeValue } from "@tracecore/core/pdata";
import type { Frame } from "../frame.ts";
import { fail } from "../ottl-error.ts";
import { isMap, isNil, isSame, isStorable, textOf, typeName } from "../values.ts";
import { stored } from "../paths/log-paths.ts";
import { cutBytes } from "./byte-text.ts";
import { flattened } from "./flatten.ts";
import { define, type FunctionDefinition } from "./signature.ts";

type Entries = Map<string, AttributeValue>;

/** The functions that change telemetry, apart from those that replace texts. */
export const editors: readonly FunctionDefinition[] = [
  define("set", { target: "target", value: "any" }, ({ target, value }) => (frame) => {
    const written = value(frame);
    if (!isNil(written)) target.set(frame, written);
    return undefined;
  }),

  define("delete_key", { target: "mapTarget", key: "string" }, ({ target, key }) => (frame) => {
    target.delete(frame, key(frame));
    return undefined;
  }),

  define("delete_matching_keys", { target: "mapTarget", pattern: "pattern" }, ({ target, pattern }) => (frame) => {
    const fits = pattern(frame);
    target.edit(frame, (map) => keepWhere(map, (key) => !fits.test(key)));
    return undefined;
  }),

  define("keep_keys", { target: "mapTarget", keys: "list" }, ({ target, keys }) => (frame) => {
    const wanted = new Set(keys(frame).map((key) => (typeof key === "string" ? key : fail("a key is a string"))));
    target.edit(frame, (map) => keepWhere(map, (key) => wanted.has(key)));
    return undefined;
  }),

  define("keep_matching_keys", { target: "mapTarget", pattern: "pattern" }, ({ target, pattern }) => (frame) => {
    const fits = pattern(frame);
    target.edit(frame, (map) => keepWhere(map, (key) => fits.test(key)));
    return undefined;
  }),

  define(
    "limit",
    { target: "mapTarget", limit: "natural", "priority_keys?": "list" },
    ({ target, limit: most, priority_keys: priority }) =>
      (frame) => {
        const first = new Set(priority?.(frame));
        if (first.size > most) fail(`limit is ${most}, and there are ${first.size} priority_keys`);
        target.edit(frame, (map) => map.size > most && shorten(map, most, first));
        return undefined;
      },
  ),

  define(
    "truncate_all",
    { target: "mapTarget", limit: "natural", "utf8_safe?": "bool", "truncation_marker?": "string" },
    ({ target, limit: most, truncation_marker: marker }) =>
      (frame) => {
        const sign = marker?.(frame) ?? "";
        const room = most - Buffer.byteLength(sign);
        if (room < 0) fail(`truncation_marker is longer than the limit of ${most} bytes`);
        target.edit(frame, (map) =>
          mapTexts(map, (text) => (Buffer.byteLength(text) > most ? cutBytes(text, 0, room) + sign : text)),
        );
        return undefined;
      },
  ),

  define("stringify_all", { target: "mapTarget" }, ({ target }) => (frame) => {
    target.edit(frame, (map) => mapValues(map, (value) => textOf(value) ?? ""));
    return undefined;
  }),

  define("merge_maps", { target: "mapTarget", source: "map", strategy: "constant" }, ({ target, source, strategy }) => {
    if (!["insert", "update", "upsert"].includes(strategy)) fail('strategy is "insert", "update" or "upsert"');
    return (frame) => {
      const from = source(frame);
      target.edit(frame, (map) => {
        let changed = false;
        for (const [key, value] of Object.entries(from)) {
          if (map.has(key) ? strategy === "insert" : strategy === "update") continue;
          changed = put(map, key, value) || changed;
        }
        return changed;
      });
      return undefined;
    };
  }),

  define(
    "flatten",
    { target: "mapTarget", "prefix?": "string", "depth?": "natural", "resolveConflicts?": "bool" },
    ({ target, prefix, depth = Number.POSITIVE_INFINITY, resolveConflicts }) => {
      if (depth === 0) fail("depth is above 0");
      return (frame) => {
        const resolve = resolveConflicts?.(frame) ?? false;
        const start = prefix?.(frame) ?? "";
        target.edit(frame, (map) => replaceAll(map, flattened(map, start, depth, resolve)));
        return undefined;
      };
    },
  ),

  define("append", { target: "target", "value?": "any", "values?": "list" }, ({ target, value, values }) => {
    if (value === undefined && values === undefined) fail('needs "value" or "values"');
    return (frame) => {
      const added = values === undefined ? [] : [...values(frame)];
      const one = value?.(frame);
      if (!isNil(one)) added.unshift(stored(one));
      const before = target.get(frame);
      if (!isNil(before) && (!isStorable(before) || isMap(before))) fail(`cannot append to ${typeName(before)}`);
      const list = isNil(before) ? [] : Array.isArray(before) ? (before as AttributeValue[]) : [before];
      target.set(frame, [...list, ...added]);
      return undefined;
    };
  }),

  define(
    "delete_index",
    { target: "target", startIndex: "int", "endIndex?": "int" },
    ({ target, startIndex, endIndex }) =>
      (frame: Frame) => {
        const list = target.get(frame);
        if (!Array.isArray(list)) return fail(`expected a list, got ${typeName(list)}`);
        const from = Number(startIndex(frame));
        const to = endIndex === undefined ? from + 1 : Number(endIndex(frame));
        if (from < 0 || to < from || to > list.length) fail(`no elements ${from} to ${to} in a list of ${list.length}`);
        target.set(frame, (list as AttributeValue[]).toSpliced(from, to - from));
        return undefined;
      },
  ),
];

export function put(map: Entries, key: string, value: AttributeValue): boolean {
  if (isSame(map.get(key), value)) return false;
  map.set(key, value);
  return true;
}

function keepWhere(map: Entries, keep: (key: string) => boolean): boolean {
  const { size } = map;
  for (const key of map.keys()) if (!keep(key)) map.delete(key);
  return map.size !== size;
}

function shorten(map: Entries, most: number, first: ReadonlySet<AttributeValue>): boolean {
  let room = most;
  for (const key of map.keys()) if (first.has(key)) room--;
  return keepWhere(map, (key) => first.has(key) || room-- > 0);
}

function mapValues(map: Entries, change: (value: AttributeValue) => AttributeValue): boolean {
  let changed = false;
  for (const [key, value] of map) changed = put(map, key, change(value)) || changed;
  return changed;
}

/** Changes the texts among the values. */
export function mapTexts(map: Entries, change: (text: string) => string): boolean {
  return mapValues(map, (value) => (typeof value === "string" ? change(value) : value));
}

/** Puts `by` in place of all entries. */
export function replaceAll(map: Entries, by: ReadonlyMap<string, AttributeValue>): boolean {
  const keys = [...by.keys()];
  let at = 0;
  let same = map.size === by.size;
  for (const [key, value] of map) same &&= keys[at++] === key && isSame(value, by.get(key));
  if (same) return false;
  const entries = [...by];
  map.clear();
  for (const [key, value] of entries) map.set(key, value);
  return true;
}
