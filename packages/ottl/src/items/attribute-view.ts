import type { Attributes, AttributesInput, AttributeValue } from "@tracecore/core/pdata";
import { isSame, type MapValue } from "../values.ts";

/** The attributes of one item: read where they stand, and copied once somebody writes. */
export class AttributeView {
  #keys: readonly string[] = [];
  #values: readonly AttributeValue[] = [];
  #from = 0;
  #to = 0;
  #map: Map<string, AttributeValue> | undefined = undefined;
  /** Something is different from what the view was pointed at. */
  changed = false;

  /** Points the view at the entries `from` to `to` of two columns. */
  pointAt(keys: readonly string[], values: readonly AttributeValue[], from: number, to: number): void {
    this.#keys = keys;
    this.#values = values;
    this.#from = from;
    this.#to = to;
    this.#map = undefined;
    this.changed = false;
  }

  pointAtSet(set: Attributes): void {
    this.pointAt(set.keys, set.values, 0, set.keys.length);
  }

  pointAtObject(object: AttributesInput): void {
    const keys = Object.keys(object);
    this.pointAt(keys, Object.values(object), 0, keys.length);
  }

  get size(): number {
    return this.#map?.size ?? this.#to - this.#from;
  }

  get(key: string): AttributeValue | undefined {
    if (this.#map !== undefined) return this.#map.get(key);
    for (let at = this.#from; at < this.#to; at++) if (this.#keys[at] === key) return this.#values[at];
    return undefined;
  }

  set(key: string, value: AttributeValue): void {
    if (isSame(this.get(key), value)) return;
    this.edit((map) => {
      map.set(key, value);
      return true;
    });
  }

  /** Lets `change` work on the attributes as a map; it says whether it did anything. */
  edit(change: (map: Map<string, AttributeValue>) => boolean): void {
    const map = this.#map ?? this.#copied();
    if (!change(map)) return;
    this.#map = map;
    this.changed = true;
  }

  /** Writes `map` in place of all there is. */
  replace(map: MapValue): void {
    this.edit((own) => {
      const entries = Object.entries(map);
      const same = entries.length === own.size && entries.every(([key, value]) => isSame(own.get(key), value));
      if (same) return false;
      own.clear();
      for (const [key, value] of entries) own.set(key, value);
      return true;
    });
  }

  /** In a map of its own. A sender may have written a key twice; the first one is what a look-up finds. */
  #copied(): Map<string, AttributeValue> {
    const map = new Map<string, AttributeValue>();
    for (let at = this.#from; at < this.#to; at++) {
      const key = this.#keys[at]!;
      if (!map.has(key)) map.set(key, this.#values[at]!);
    }
    return map;
  }

  entries(): Iterable<[string, AttributeValue]> {
    return this.#map ?? this.#copied();
  }

  /** As a plain map, which nobody changes any more. */
  toMap(): MapValue {
    return Object.fromEntries(this.entries());
  }
}
