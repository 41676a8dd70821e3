import type { AttributeValue } from "@tracecore/core/pdata";
import { fail } from "../ottl-error.ts";
import { isList, isMap } from "../values.ts";

/** How long the keys may be that are made of one map, in characters together: each repeats the keys around it. */
export const MOST_KEY_TEXT: number = 4 * 1024 * 1024;

/**
 * The entries of nested maps and lists under keys joined by dots; deeper than `most` levels they stay as they are. Fails where the
 * keys would be longer than {@link MOST_KEY_TEXT}.
 */
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
  let keyText = 0;
  const visit = (key: string, value: AttributeValue, depth: number): void => {
    keyText += key.length;
    if (keyText > MOST_KEY_TEXT) fail(`the keys of a flat map would have more than ${MOST_KEY_TEXT} characters`);
    if (depth < most && isMap(value)) {
      for (const [inner, entry] of Object.entries(value)) visit(`${key}.${inner}`, entry, depth + 1);
    } else if (depth < most && isList(value)) {
      for (const [index, item] of value.entries()) {
        // Only what is not taken apart itself shares the key of the list.
        const shares = resolveConflicts && !(depth + 1 < most && (isMap(item) || isList(item)));
        visit(shares ? key : `${key}.${index}`, item, depth + 1);
      }
    } else put(key, value);
  };
  for (const [key, value] of map) visit(start + key, value, 0);
  return out;
}
