import type { AttributeValue } from "./attribute-value.ts";
import { carryEncodedRows, encodedRows } from "./encoded-rows.ts";
import { withColumns } from "./lazy-columns.ts";
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
  // Made with the first row that changes, of all that lies before it: most batches have none.
  let out: { starts: Uint32Array; keys: string[]; values: AttributeValue[] } | undefined;
  const row = new Map<string, AttributeValue>();
  for (let i = 0; i < itemCount; i++) {
    row.clear();
    const [from, to] = [starts[i]!, starts[i + 1]!];
    for (let at = from; at < to; at++) row.set(keys[at]!, values[at]!);
    if (edit(row, i)) {
      out ??= { starts: starts.slice(), keys: keys.slice(0, from), values: values.slice(0, from) };
      for (const [key, value] of row) {
        out.keys.push(key);
        out.values.push(value);
      }
    } else if (out !== undefined) {
      // As it came: a sender may have written a key twice.
      for (let at = from; at < to; at++) {
        out.keys.push(keys[at]!);
        out.values.push(values[at]!);
      }
    }
    if (out !== undefined) out.starts[i + 1] = out.keys.length;
  }
  if (out === undefined) return batch;
  const changes = { attributeStarts: out.starts, attributeKeys: out.keys, attributeValues: out.values };
  if (encodedRows(batch) === undefined) return { ...batch, ...changes };
  const edited = withColumns<Logs | Traces>(batch, changes) as B;
  carryEncodedRows(batch, edited, (rows) => ({ ...rows, hasOtherAttributes: true }));
  return edited;
}
