import type { AttributeValue } from "@tracecore/core/pdata";
import { isList, isMap } from "../values.ts";

/** The entries of nested maps and lists under keys joined by dots; deeper than `most` levels they stay as they are. */
export function flattened(
  map: ReadonlyMap<string, AttributeValue>,
  prefix: string,
  most: number,
  resolveConflicts: boolean,
): Map<string, AttributeValue> {
  const out = new Map<string, AttributeValue>();
  const counts = new Map<string, number>();
  const start = prefix === "" ? "" : `${prefix}.`;
  const put = (key: string, value: AttributeValue): void => {
    if (!resolveConflicts || !out.has(key)) {
      out.set(key, value);
      return;
    }
    let count = counts.get(key) ?? 0;
    while (out.has(`${key}.${count}`)) count++;
    counts.set(key, count + 1);
    out.set(`${key}.${count}`, value);
  };
  const visit = (key: string, value: AttributeValue, depth: number): void => {
    if (depth < most && isMap(value)) {
      for (const [inner, entry] of Object.entries(value)) visit(`${key}.${inner}`, entry, depth + 1);
    } else if (depth < most && isList(value)) {
      for (const [index, item] of value.entries()) visit(resolveConflicts ? key : `${key}.${index}`, item, depth + 1);
    } else put(key, value);
  };
  for (const [key, value] of map) visit(start + key, value, 0);
  return out;
}
