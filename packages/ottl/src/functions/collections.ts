import { isNestedDeeper, type AttributeValue } from "@tracecore/core/pdata";
import { compare, isEqual } from "../comparison.ts";
import { doubleOf } from "../numbers.ts";
import { fail } from "../ottl-error.ts";
import { isMap, jsonOf, textOf } from "../values.ts";
import { keyValues } from "./key-values.ts";
import { define, type FunctionDefinition } from "./signature.ts";

/** Lists and maps inside each other in JSON; deeper ones are refused: receivers of OTLP take 100 messages, and a map is three. */
const MAX_DEPTH = 30;

/** The functions of lists and maps. */
export const collections: readonly FunctionDefinition[] = [
  define("ParseJSON", { target: "string" }, ({ target }) => (frame) => {
    const text = target(frame);
    if (isNestedDeeper(text, MAX_DEPTH + 1)) return failTooDeep();
    let parsed: unknown;
    try {
      parsed = JSON.parse(text);
    } catch {
      return fail("the text is no JSON");
    }
    if (typeof parsed !== "object" || parsed === null) fail("the JSON is neither an object nor a list");
    return valueOf(parsed, 0);
  }),
  define(
    "ParseKeyValue",
    { target: "string", "delimiter?": "string", "pair_delimiter?": "string" },
    ({ target, delimiter, pair_delimiter: pairs }) =>
      (frame) =>
        keyValues(target(frame), delimiter?.(frame) ?? "=", pairs?.(frame) ?? " "),
  ),
  define(
    "ToKeyValueString",
    { target: "map", "delimiter?": "string", "pair_delimiter?": "string", "sort_output?": "bool" },
    ({ target, delimiter, pair_delimiter: pairs, sort_output: sort }) =>
      (frame) => {
        const equals = delimiter?.(frame) ?? "=";
        const between = pairs?.(frame) ?? " ";
        if (equals === between) fail("delimiter and pair_delimiter are the same");
        const entries = Object.entries(target(frame));
        if (sort?.(frame) === true) entries.sort(([a], [b]) => (a < b ? -1 : 1));
        const quoted = (given: string): string => {
          const text = given.replaceAll('"', '\\"');
          return text.includes(equals) || text.includes(between) ? `"${text}"` : text;
        };
        return entries.map(([key, value]) => quoted(key) + equals + quoted(plainText(value))).join(between);
      },
  ),
  define(
    "Keys",
    { target: "map" },
    ({ target }) =>
      (frame) =>
        Object.keys(target(frame)),
  ),
  define(
    "Values",
    { target: "map" },
    ({ target }) =>
      (frame) =>
        Object.values(target(frame)),
  ),
  define("ContainsValue", { target: "list", item: "any" }, ({ target, item }) => (frame) => {
    const wanted = item(frame);
    return target(frame).some((one) => isEqual(one, wanted));
  }),
  define("Sort", { target: "list", "order?": "constant" }, ({ target, order = "asc" }) => {
    if (order !== "asc" && order !== "desc") fail('order is "asc" or "desc"');
    return (frame) => sorted(target(frame), order === "asc" ? 1 : -1);
  }),
];

function plainText(value: AttributeValue): string {
  return isMap(value) ? jsonOf(value) : (textOf(value) ?? "");
}

function failTooDeep(): never {
  return fail(`the JSON is more than ${MAX_DEPTH} levels deep`);
}

/** All numbers of JSON are doubles, as in the Collector. */
function valueOf(parsed: unknown, depth: number): AttributeValue {
  if (depth > MAX_DEPTH) failTooDeep();
  if (typeof parsed === "number") return doubleOf(parsed);
  if (typeof parsed !== "object" || parsed === null) return parsed as string | boolean | null;
  if (Array.isArray(parsed)) return parsed.map((item) => valueOf(item, depth + 1));
  return Object.fromEntries(Object.entries(parsed).map(([key, value]) => [key, valueOf(value, depth + 1)]));
}

/** Values of one kind in their order; mixed ones by their texts. */
function sorted(list: readonly AttributeValue[], sign: number): AttributeValue[] {
  const comparable = list.every(
    (item) => item !== null && (compare(item, "<=", list[0]) || compare(item, ">", list[0])),
  );
  const key = (item: AttributeValue): AttributeValue => (comparable ? item : (textOf(item) ?? ""));
  return list.toSorted((a, b) => (compare(key(a), "<", key(b)) ? -sign : compare(key(a), ">", key(b)) ? sign : 0));
}
