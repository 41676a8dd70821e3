interface Entry<V extends object> {
  readonly key: string;
  /** Undefined once the interner itself keeps the object alive no longer. */
  value: V | undefined;
  /** Set from then on: who still holds the object is found through it. */
  reference: WeakRef<V> | undefined;
  /** Asked for since the hand passed by. */
  used: boolean;
}

/**
 * Gives one object for one key. It keeps a bounded number of objects alive, and lets go first of those that nobody asked
 * for (second chance). An object that somebody else still holds after that is found again through a weak reference, so
 * equal identity stays the same object for as long as it is in use anywhere.
 */
export class Interner<V extends object> {
  readonly #entries = new Map<string, Entry<V>>();
  /** The entries with a value, as a clock's face; grows up to the limit. */
  readonly #ring: Entry<V>[] = [];
  #hand = 0;
  #limit: number;
  readonly #longest: number;
  readonly #collected = new FinalizationRegistry<string>((key) => {
    const entry = this.#entries.get(key);
    // The key may have an object again by now, which has its own registration.
    if (entry !== undefined && entry.value === undefined && entry.reference?.deref() === undefined)
      this.#entries.delete(key);
  });

  /**
   * `limit`: how many objects are kept alive by the interner itself. One whose size is above `longest` is not, since only their number
   * is bounded: a sender of large ones that are all different would take all memory for good.
   */
  constructor(limit: number, longest = 65_536) {
    this.#limit = limit;
    this.#longest = longest;
  }

  /** How many objects the interner itself keeps alive. */
  get size(): number {
    return this.#ring.length;
  }

  set limit(limit: number) {
    this.#limit = limit;
    while (this.#ring.length > Math.max(1, limit)) {
      const last = this.#ring.pop()!;
      this.#release(last);
    }
    this.#hand = 0;
  }

  get limit(): number {
    return this.#limit;
  }

  /** The object of `key`; `make` is called when there is none. `size` is how long the texts are that it holds, about. */
  get(key: string, make: () => V, size: number = key.length): V {
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      entry = { key, value: undefined, reference: undefined, used: false };
      this.#entries.set(key, entry);
    } else if (entry.value !== undefined) {
      entry.used = true;
      return entry.value;
    }
    const known = entry.reference?.deref();
    const value = known ?? make();
    if (size <= this.#longest) {
      entry.value = value;
      entry.reference = undefined;
      this.#keep(entry);
    } else if (known === undefined) this.#refer(entry, value);
    return value;
  }

  /** Puts an entry on the ring, in place of the first one that was not asked for lately when the ring is full. */
  #keep(entry: Entry<V>): void {
    const ring = this.#ring;
    if (ring.length < Math.max(1, this.#limit)) {
      ring.push(entry);
      return;
    }
    let there = ring[this.#hand]!;
    while (there.used) {
      there.used = false;
      this.#step();
      there = ring[this.#hand]!;
    }
    this.#release(there);
    ring[this.#hand] = entry;
    this.#step();
  }

  #step(): void {
    this.#hand = this.#hand + 1 === this.#ring.length ? 0 : this.#hand + 1;
  }

  #release(entry: Entry<V>): void {
    const value = entry.value!;
    entry.value = undefined;
    this.#refer(entry, value);
  }

  #refer(entry: Entry<V>, value: V): void {
    entry.reference = new WeakRef(value);
    this.#collected.register(value, entry.key);
  }
}
