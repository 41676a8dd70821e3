/**
 * Gives one object for one key. The strong part is bounded: two generations of at most half the limit each, so that a
 * key that nobody asks for is let go after at most one full turn-over. An object that somebody still holds after that is
 * found again through a weak reference, so equal identity stays the same object for as long as it is in use anywhere.
 */
export class Interner<V extends object> {
  #young = new Map<string, V>();
  #old = new Map<string, V>();
  readonly #retired = new Map<string, WeakRef<V>>();
  readonly #collected = new FinalizationRegistry<string>((key) => {
    if (this.#retired.get(key)?.deref() === undefined) this.#retired.delete(key);
  });
  #limit: number;

  /** `limit`: how many objects are kept alive by the interner itself. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** How many objects the interner itself keeps alive. */
  get size(): number {
    return this.#young.size + this.#old.size;
  }

  set limit(limit: number) {
    this.#limit = limit;
  }

  get limit(): number {
    return this.#limit;
  }

  /** The object of `key`; `make` is called when there is none. */
  get(key: string, make: () => V): V {
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    let value = this.#old.get(key);
    if (value === undefined) {
      value = this.#retired.get(key)?.deref() ?? make();
      this.#retired.delete(key);
    } else {
      this.#old.delete(key);
    }
    if (this.#young.size >= Math.max(1, this.#limit >> 1)) this.#turnOver();
    this.#young.set(key, value);
    return value;
  }

  #turnOver(): void {
    for (const [key, value] of this.#old) {
      this.#retired.set(key, new WeakRef(value));
      this.#collected.register(value, key);
    }
    this.#old = this.#young;
    this.#young = new Map();
  }
}
