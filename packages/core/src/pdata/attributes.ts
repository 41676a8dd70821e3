import { WholeDouble, type AttributesInput, type AttributeValue } from "./attribute-value.ts";
import { Interned } from "./interned-map.ts";
import { internedText } from "./interned-text.ts";
import { Interner } from "./interner.ts";
import { hashText, joinHashes } from "./keyed-hash.ts";
import type { Series } from "./series.ts";
import { hashOf, identityOf, isSameValue } from "./value-identity.ts";

let nextId = 0;

/** Up to so many keys are looked through one by one. */
const FEW = 16;

/** An immutable, interned set of attributes: equal sets are the same object, in whatever order they were written. */
export class Attributes extends Interned {
  /** Sorted; `values` stands in the same order. */
  readonly keys: readonly string[];
  readonly values: readonly AttributeValue[];
  /** Another one for each set, for as long as the object lives. */
  readonly id: number = nextId++;
  /** How long its texts are, about, in characters; lists and maps count for what they take beside texts as well. */
  readonly textSize: number;
  /** The first series that was made of the set: the cache of {@link series}, which nobody else reads or writes. */
  firstSeries: Series | undefined = undefined;
  #identity: string | undefined = undefined;

  /** Use {@link attributes}: a set made by hand is not interned. */
  constructor(keys: readonly string[], values: readonly AttributeValue[], textSize: number) {
    super();
    this.keys = keys;
    this.values = values;
    this.textSize = textSize;
  }

  /** Equal for equal sets, different for different ones. */
  get identity(): string {
    if (this.#identity === undefined) {
      let identity = "";
      for (let i = 0; i < this.keys.length; i++)
        identity += `${this.keys[i]!.length}:${this.keys[i]!}${identityOf(this.values[i]!)}`;
      this.#identity = identity;
    }
    return this.#identity;
  }

  get size(): number {
    return this.keys.length;
  }

  get(key: string): AttributeValue | undefined {
    const index = this.#find(key);
    return index === -1 ? undefined : this.values[index];
  }

  has(key: string): boolean {
    return this.#find(key) !== -1;
  }

  /** Where a key stands; -1 for none. */
  #find(key: string): number {
    const { keys } = this;
    if (keys.length <= FEW) return keys.indexOf(key);
    // A resource is asked for each of its records, and both may be hundreds of thousands.
    let [from, to] = [0, keys.length];
    while (from < to) {
      const middle = (from + to) >>> 1;
      if (keys[middle]! < key) from = middle + 1;
      else to = middle;
    }
    return keys[from] === key ? from : -1;
  }

  *[Symbol.iterator](): IterableIterator<[string, AttributeValue]> {
    for (let i = 0; i < this.keys.length; i++) yield [this.keys[i]!, this.values[i]!];
  }

  toObject(): Record<string, AttributeValue> {
    return Object.fromEntries(this);
  }

  /** The set with these changes; `undefined` removes a key. */
  with(changes: Readonly<Record<string, AttributeValue | undefined>>): Attributes {
    const all: Record<string, AttributeValue> = Object.create(null);
    for (const [key, value] of this) all[key] = value;
    for (const [key, value] of Object.entries(changes)) {
      if (value === undefined) delete all[key];
      else all[key] = value;
    }
    return attributes(all);
  }
}

/** Attribute sets with longer texts are not kept alive when nobody uses them. */
export const LONGEST_SET = 4096;

/** Interned attribute sets kept alive when nobody uses them; see `runtime.interned_series`. */
export const attributeInterner: Interner<Attributes> = new Interner(200_000, LONGEST_SET);

/**
 * The set that followed another one last time, by the id of that one: batches mostly repeat the order of the batch before,
 * and comparing with one guess costs a twentieth of making and hashing an identity.
 */
const followers: (Attributes | undefined)[] = [];
const MAX_FOLLOWERS = 1 << 16;
internedText.onFull(
  () => {
    attributeInterner.forget();
    followers.length = 0;
  },
  (most) => attributeInterner.letGo(most),
);
let previousId = 0;

/** The interned set of these attributes. */
export function attributes(input: AttributesInput): Attributes {
  const at = previousId & (MAX_FOLLOWERS - 1);
  const guess = followers[at];
  const set =
    guess !== undefined && isSame(guess, input) ? guess : intern(shapeOf(Object.keys(input))!, Object.values(input));
  if (set !== guess && set.textSize <= LONGEST_SET) {
    // Filled only as far as it is used: filling all of it takes 7 ms of the start.
    while (followers.length < at) followers.push(undefined);
    followers[at] = set;
  }
  previousId = set.id;
  return set;
}

/** Keys in the order in which somebody writes them, and how they are sorted. */
interface Shape {
  readonly keys: readonly string[];
  readonly sorted: readonly string[];
  /** Where the sorted keys stand in `keys`. */
  readonly order: readonly number[];
  /** Of the sorted keys. */
  readonly hash: number;
  readonly textSize: number;
}

/** The shapes met last: senders have few, and sorting keys is dear. */
const shapes: Shape[] = [];
const MAX_SHAPES = 8;

/** The interned set of keys and values that stand in the same order; of a key that comes twice the last value holds. */
export function attributesOfPairs(keys: readonly string[], values: readonly AttributeValue[]): Attributes {
  const shape = shapeOf(keys);
  if (shape === undefined) return attributes(Object.fromEntries(keys.map((key, i) => [key, values[i]!])));
  const at = previousId & (MAX_FOLLOWERS - 1);
  const guess = followers[at];
  const set = guess !== undefined && hasValues(guess, shape, values) ? guess : intern(shape, values);
  if (set !== guess && set.textSize <= LONGEST_SET) {
    while (followers.length < at) followers.push(undefined);
    followers[at] = set;
  }
  previousId = set.id;
  return set;
}

/** Undefined where a key comes twice. */
function shapeOf(keys: readonly string[]): Shape | undefined {
  for (let at = 0; at < shapes.length; at++) {
    const shape = shapes[at]!;
    if (!isSameList(shape.keys, keys)) continue;
    if (at > 0) {
      shapes.splice(at, 1);
      shapes.unshift(shape);
    }
    return shape;
  }
  if (new Set(keys).size < keys.length) return undefined;
  const order = Array.from(keys, (_, i) => i).sort((a, b) => (keys[a]! < keys[b]! ? -1 : 1));
  const sorted = order.map((i) => keys[i]!);
  const shape = {
    keys: [...keys],
    sorted,
    order,
    hash: sorted.reduce((hash, key) => joinHashes(hash, hashText(key)), 0),
    textSize: sorted.reduce((size, key) => size + key.length, 0),
  };
  // The list of a large request would be kept until others push it out.
  if (shape.textSize > LONGEST_SET) return shape;
  shapes.unshift(shape);
  if (shapes.length > MAX_SHAPES) shapes.pop();
  return shape;
}

function isSameList(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

function hasValues(set: Attributes, { sorted, order }: Shape, values: readonly AttributeValue[]): boolean {
  if (set.keys !== sorted && !isSameList(set.keys, sorted)) return false;
  for (let i = 0; i < order.length; i++) if (!Object.is(values[order[i]!], set.values[i])) return false;
  return true;
}

function intern(shape: Shape, values: readonly AttributeValue[]): Attributes {
  const { sorted, order } = shape;
  let { hash, textSize } = shape;
  for (const i of order) {
    const value = values[i]!;
    hash = joinHashes(hash, hashOf(value));
    textSize += textSizeOf(value);
  }
  return attributeInterner.get(
    hash,
    (set) => isEqual(set, shape, values),
    () => {
      if (textSize <= LONGEST_SET) internedText.count(textSize);
      const own = order.map((i) => ownCopy(values[i]!));
      return new Attributes(sorted, own, textSize);
    },
    textSize,
  );
}

/** Whether a set has these keys and values, by what they say. */
function isEqual(set: Attributes, { sorted, order }: Shape, values: readonly AttributeValue[]): boolean {
  if (set.keys !== sorted && !isSameList(set.keys, sorted)) return false;
  for (let i = 0; i < order.length; i++) if (!isSameValue(set.values[i]!, values[order[i]!]!)) return false;
  return true;
}

/** Bytes that a list or a map takes when there is nothing in it, about, and an array of bytes. */
const CONTAINER = 64;
const BYTE_ARRAY = 256;

function textSizeOf(value: AttributeValue): number {
  if (typeof value === "string") return value.length;
  if (typeof value !== "object" || value === null) return 8;
  if (value instanceof Uint8Array) return BYTE_ARRAY + value.length;
  if (value instanceof WholeDouble) return 8;
  let size = CONTAINER;
  // A text that is empty takes its place as well.
  if (Array.isArray(value)) for (const inner of value as readonly AttributeValue[]) size += 8 + textSizeOf(inner);
  else for (const [key, inner] of Object.entries(value)) size += 8 + key.length + textSizeOf(inner);
  return size;
}

/** Whether `set` holds just this; false also for values that take longer to compare. */
function isSame({ keys, values }: Attributes, input: AttributesInput): boolean {
  let size = 0;
  for (const _key in input) size++; // What an object inherits makes the count too large: then the slow way decides.
  if (size !== keys.length) return false;
  for (let i = 0; i < size; i++) if (!Object.is(input[keys[i]!], values[i])) return false;
  return true;
}

/** Interned values outlive the caller's use of them, so what can be changed is copied and frozen. */
function ownCopy(value: AttributeValue): AttributeValue {
  if (typeof value !== "object" || value === null || value instanceof WholeDouble) return value;
  if (value instanceof Uint8Array) return value.slice();
  if (Array.isArray(value)) return Object.freeze(value.map(ownCopy));
  return Object.freeze(Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, ownCopy(inner)])));
}

/** The set itself, or the interned set of what was written as an object. */
export function attributesOf(input: AttributesInput | Attributes): Attributes {
  return input instanceof Attributes ? input : attributes(input);
}

export const noAttributes: Attributes = attributes({});
