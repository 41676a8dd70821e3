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

  /** Points the view at the entries `from` to `to` of two columns. */
  pointAt(keys: readonly string[], values: readonly AttributeValue[], from: number, to: number): void {
    this.#keys = keys;
    this.#values = values;
    this.#from = from;
    this.#to = to;
    this.#ownKeys = undefined;
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
    if (this.#ownKeys !== undefined) {
      const index = this.#ownKeys.indexOf(key);
      return index === -1 ? undefined : this.#ownValues[index];
    }
    for (let at = this.#from; at < this.#to; at++) if (this.#keys[at] === key) return this.#values[at];
    return undefined;
  }

  set(key: string, value: AttributeValue): void {
    if (isSame(this.get(key), value)) return;
    const keys = this.#own();
    const index = keys.indexOf(key);
    if (index === -1) {
      keys.push(key);
      this.#ownValues.push(value);
    } else this.#ownValues[index] = value;
  }

  delete(key: string): void {
    if (this.get(key) === undefined) return;
    const keys = this.#own();
    const index = keys.indexOf(key);
    keys.splice(index, 1);
    this.#ownValues.splice(index, 1);
  }

  /** Lets `change` work on the attributes as a map; it says whether it did anything. */
  edit(change: (map: Map<string, AttributeValue>) => boolean): void {
    const map = new Map(this.entries());
    if (!change(map)) return;
    this.#ownKeys = [...map.keys()];
    this.#ownValues = [...map.values()];
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
    if (this.#ownKeys === undefined) ({ keys: this.#ownKeys, values: this.#ownValues } = this.#copied());
    return this.#ownKeys;
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
