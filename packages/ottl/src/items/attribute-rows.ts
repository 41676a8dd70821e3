import type { AttributeValue } from "@tracecore/core/pdata";
import type { AttributeView } from "./attribute-view.ts";

interface AttributeColumns {
  readonly itemCount: number;
  readonly attributeStarts: Uint32Array;
  readonly attributeKeys: readonly string[];
  readonly attributeValues: readonly AttributeValue[];
}

/** The attribute columns of records or spans, copied from the first row on that is different. */
export class AttributeRows {
  readonly #from: AttributeColumns;
  #starts: Uint32Array | undefined;
  #keys: string[] = [];
  #values: AttributeValue[] = [];

  constructor(from: AttributeColumns) {
    this.#from = from;
  }

  /** Takes over row `row`; every row comes once, in order. */
  add(row: number, view: AttributeView): void {
    if (this.#starts === undefined) {
      if (!view.changed) return;
      this.#begin(row);
    }
    const { attributeStarts: starts, attributeKeys: keys, attributeValues: values } = this.#from;
    if (view.changed) view.appendTo(this.#keys, this.#values);
    else {
      for (let at = starts[row]!; at < starts[row + 1]!; at++) {
        this.#keys.push(keys[at]!);
        this.#values.push(values[at]!);
      }
    }
    this.#starts![row + 1] = this.#keys.length;
  }

  #begin(row: number): void {
    const { itemCount, attributeStarts, attributeKeys, attributeValues } = this.#from;
    const until = attributeStarts[row]!;
    this.#starts = new Uint32Array(itemCount + 1);
    this.#starts.set(attributeStarts.subarray(0, row + 1));
    this.#keys = attributeKeys.slice(0, until);
    this.#values = attributeValues.slice(0, until);
  }

  /** The new columns; undefined when nothing changed. */
  columns(): Omit<AttributeColumns, "itemCount"> | undefined {
    return this.#starts === undefined
      ? undefined
      : { attributeStarts: this.#starts, attributeKeys: this.#keys, attributeValues: this.#values };
  }
}
