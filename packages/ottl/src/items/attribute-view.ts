import type { Attributes, AttributesInput, AttributeValue } from "@tracecore/core/pdata";
import { isSame, type MapValue } from "../values.ts";

/** Up to so many keys are looked through faster than a set of them is made. */
const FEW = 32;

/**
 * The attributes of one item: read where they stand, and copied once somebody writes. The copy is two lists, since most items
 * have few attributes and most statements touch one of them: a map would cost more to make than all look-ups in it save.
 */
export class AttributeView {
  #keys: readonly string[] = [];
  #values: readonly AttributeValue[] = [];
  #from = 0;
  #to = 0;
  #ownKeys: string[] | undefined = undefined;
  #ownValues: AttributeValue[] = [];
  /** Where each key stands, once one of many was asked for: a resource is asked again for each of its records. */
  #index: Map<string, number> | undefined = undefined;

  /** Points the view at the entries `from` to `to` of two columns. */
  pointAt(keys: readonly string[], values: readonly AttributeValue[], from: number, to: number): void {
    this.#keys = keys;
    this.#values = values;
    this.#from = from;
    this.#to = to;
    this.#ownKeys = undefined;
    this.#index = undefined;
  }

  pointAtSet(set: Attributes): void {
    this.pointAt(set.keys, set.values, 0, set.keys.length);
  }

  pointAtObject(object: AttributesInput): void {
    const keys = Object.keys(object);
    this.pointAt(keys, Object.values(object), 0, keys.length);
  }

  /** Something is different from what the view was pointed at. */
  get changed(): boolean {
    return this.#ownKeys !== undefined;
  }

  get(key: string): AttributeValue | undefined {
    const at = this.#find(key);
    if (at === -1) return undefined;
    return this.#ownKeys === undefined ? this.#values[at] : this.#ownValues[at];
  }

  set(key: string, value: AttributeValue): void {
    if (isSame(this.get(key), value)) return;
    const keys = this.#own();
    const at = this.#find(key);
    if (at === -1) {
      this.#index?.set(key, keys.length);
      keys.push(key);
      this.#ownValues.push(value);
    } else this.#ownValues[at] = value;
  }

  delete(key: string): void {
    if (this.get(key) === undefined) return;
    const keys = this.#own();
    const at = this.#find(key);
    keys.splice(at, 1);
    this.#ownValues.splice(at, 1);
    this.#index = undefined;
  }

  /** Lets `change` work on the attributes as a map; it says whether it did anything. */
  edit(change: (map: Map<string, AttributeValue>) => boolean): void {
    const map = new Map(this.entries());
    if (!change(map)) return;
    this.#ownKeys = [...map.keys()];
    this.#ownValues = [...map.values()];
    this.#index = undefined;
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

  /** Puts all attributes behind those in two lists. */
  appendTo(keys: string[], values: AttributeValue[]): void {
    const own = this.#own();
    for (let at = 0; at < own.length; at++) {
      keys.push(own[at]!);
      values.push(this.#ownValues[at]!);
    }
  }

  entries(): [string, AttributeValue][] {
    const { keys, values } =
      this.#ownKeys === undefined ? this.#copied() : { keys: this.#ownKeys, values: this.#ownValues };
    return keys.map((key, index) => [key, values[index]!]);
  }

  /** As a plain map, which nobody changes any more. */
  toMap(): MapValue {
    return Object.fromEntries(this.entries());
  }

  #own(): string[] {
    if (this.#ownKeys === undefined) {
      ({ keys: this.#ownKeys, values: this.#ownValues } = this.#copied());
      this.#index = undefined;
    }
    return this.#ownKeys;
  }

  /** Where the first one of a key stands, among its own where there are such; -1 for none. */
  #find(key: string): number {
    const keys = this.#ownKeys ?? this.#keys;
    const from = this.#ownKeys === undefined ? this.#from : 0;
    const to = this.#ownKeys === undefined ? this.#to : keys.length;
    if (to - from <= FEW) {
      for (let at = from; at < to; at++) if (keys[at] === key) return at;
      return -1;
    }
    if (this.#index === undefined) {
      this.#index = new Map();
      for (let at = to - 1; at >= from; at--) this.#index.set(keys[at]!, at);
    }
    return this.#index.get(key) ?? -1;
  }

  /** A sender may have written a key twice; the first one is what a look-up finds. */
  #copied(): { keys: string[]; values: AttributeValue[] } {
    const keys: string[] = [];
    const values: AttributeValue[] = [];
    const known = this.#to - this.#from > FEW ? new Set<string>() : undefined;
    for (let at = this.#from; at < this.#to; at++) {
      const key = this.#keys[at]!;
      if (known === undefined ? keys.includes(key) : known.has(key)) continue;
      known?.add(key);
      keys.push(key);
      values.push(this.#values[at]!);
    }
    return { keys, values };
  }
}
