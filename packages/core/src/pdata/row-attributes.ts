import type { AttributeValue } from "./attributes.ts";
import type { Logs } from "./logs.ts";
import type { Traces } from "./traces.ts";

/** The attributes of all rows of a batch of records or spans. */
export type RowAttributes = Pick<Logs, "attributeStarts" | "attributeKeys" | "attributeValues">;

/** The attribute of one record or span; undefined when it has none of that name. */
export function attributeAt(
  { attributeStarts, attributeKeys, attributeValues }: RowAttributes,
  row: number,
  key: string,
): AttributeValue | undefined {
  for (let at = attributeStarts[row]!; at < attributeStarts[row + 1]!; at++) {
    if (attributeKeys[at] === key) return attributeValues[at];
  }
  return undefined;
}

/**
 * A batch with other attributes on its records or spans; every other column is shared with `batch`. `edit` changes the map that
 * it is given and says whether it did; the map is used again for the next row. Returns `batch` itself when nothing changed.
 */
export function mapRowAttributes<B extends Logs | Traces>(
  batch: B,
  edit: (attributes: Map<string, AttributeValue>, row: number) => boolean,
): B {
  const { itemCount, attributeStarts: starts, attributeKeys: keys, attributeValues: values } = batch;
  const attributeStarts = new Uint32Array(itemCount + 1);
  const attributeKeys: string[] = [];
  const attributeValues: AttributeValue[] = [];
  const row = new Map<string, AttributeValue>();
  let changed = false;
  for (let i = 0; i < itemCount; i++) {
    row.clear();
    for (let at = starts[i]!; at < starts[i + 1]!; at++) row.set(keys[at]!, values[at]!);
    if (edit(row, i)) {
      changed = true;
      for (const [key, value] of row) {
        attributeKeys.push(key);
        attributeValues.push(value);
      }
    } else {
      // As it came: a sender may have written a key twice.
      for (let at = starts[i]!; at < starts[i + 1]!; at++) {
        attributeKeys.push(keys[at]!);
        attributeValues.push(values[at]!);
      }
    }
    attributeStarts[i + 1] = attributeKeys.length;
  }
  return changed ? { ...batch, attributeStarts, attributeKeys, attributeValues } : batch;
}
