/** What is known of an entry. */
const FREE = 0;
const WEAK = 1;
const STRONG = 2;
/** Strong, and asked for since the hand passed by. */
const USED = 3;

/** Entries that each new one looks at, to free those whose object was collected. */
const SWEPT = 2;
/** Entries that each new one lets go of after {@link Interner.forget}. */
const LET_GO = 8;
const FIRST_SIZE = 64;

/**
 * Gives one object for one identity. It keeps a bounded number of objects alive, and lets go first of those that nobody asked
 * for (second chance). An object that somebody else still holds after that is found again through a weak reference, so
 * equal identity stays the same object for as long as it is in use anywhere.
 *
 * A table of numbers and no `Map`: a map has its keys as texts, which it takes longer to make and to look up than all else that
 * a new object takes, and which stay in memory beside the object that says the same.
 */
export class Interner<V extends object> {
  /** The first entry of each chain, and the one that follows in it, as numbers of entries from 1 on; 0 ends it. */
  #heads = new Int32Array(FIRST_SIZE);
  #nexts = new Int32Array(FIRST_SIZE + 1);
  #hashes = new Int32Array(FIRST_SIZE + 1);
  #states = new Uint8Array(FIRST_SIZE + 1);
  /** The object of a strong entry, a reference to that of a weak one. */
  readonly #objects: (V | WeakRef<V> | undefined)[] = [undefined];
  /** The first free entry; the others follow by `#nexts`. */
  #free = 0;
  /** The strong entries, as a clock's face; grows up to the limit. */
  readonly #ring: number[] = [];
  #hand = 0;
  /** Strong entries that are to be let go of. */
  readonly #leaving: number[] = [];
  #broom = 0;
  #limit: number;
  readonly #longest: number;

  /** `limit`: how many objects are kept alive by the interner itself. One whose size is above `longest` is not. */
  constructor(limit: number, longest = 65_536) {
    this.#limit = limit;
    this.#longest = longest;
  }

  /** How many objects the interner itself keeps alive. */
  get size(): number {
    return this.#ring.length + this.#leaving.length;
  }

  /** How many places it has, for objects that are alive or were lately. */
  get places(): number {
    return this.#objects.length - 1;
  }

  set limit(limit: number) {
    this.#limit = limit;
    while (this.size > Math.max(1, limit)) this.#release(this.#leaving.pop() ?? this.#ring.pop()!);
    this.#hand = 0;
  }

  get limit(): number {
    return this.#limit;
  }

  /** Lets go of all that it keeps alive, some with each new object and {@link letGo}: all at once would take a fifth of a second. */
  forget(): void {
    for (const entry of this.#ring) this.#leaving.push(entry);
    this.#ring.length = 0;
    this.#hand = 0;
  }

  /** Goes on with that, by so many objects at most. */
  letGo(most: number): void {
    for (let i = 0; i < most && this.#leaving.length > 0; i++) this.#release(this.#leaving.pop()!);
  }

  /**
   * The object that `isIt` says yes to, of those with this hash; `make` is called when there is none. `size` is how long the texts
   * are that it holds, about.
   */
  get(hash: number, isIt: (one: V) => boolean, make: () => V, size: number): V {
    for (let entry = this.#heads[hash & (this.#heads.length - 1)]!; entry !== 0; entry = this.#nexts[entry]!) {
      if (this.#hashes[entry] !== hash) continue;
      const object = this.#objects[entry]!;
      if (this.#states[entry] !== WEAK) {
        if (!isIt(object as V)) continue;
        this.#states[entry] = USED;
        return object as V;
      }
      const one = (object as WeakRef<V>).deref();
      if (one === undefined || !isIt(one)) continue;
      if (size <= this.#longest) this.#keep(entry, one);
      return one;
    }
    const made = make();
    const entry = this.#place(hash);
    if (size <= this.#longest) this.#keep(entry, made);
    else this.#refer(entry, made);
    return made;
  }

  /** An entry for a new object. */
  #place(hash: number): number {
    this.#sweep();
    this.letGo(LET_GO);
    let entry = this.#free;
    if (entry === 0) {
      entry = this.#objects.length;
      if (entry === this.#nexts.length) this.#grow();
      this.#objects.push(undefined);
    } else this.#free = this.#nexts[entry]!;
    this.#hashes[entry] = hash;
    this.#link(entry);
    return entry;
  }

  #link(entry: number): void {
    const chain = this.#hashes[entry]! & (this.#heads.length - 1);
    this.#nexts[entry] = this.#heads[chain]!;
    this.#heads[chain] = entry;
  }

  /** Twice as many entries and chains. There is no free one. */
  #grow(): void {
    const size = this.#heads.length * 2;
    const [hashes, states] = [new Int32Array(size + 1), new Uint8Array(size + 1)];
    hashes.set(this.#hashes);
    states.set(this.#states);
    this.#hashes = hashes;
    this.#states = states;
    this.#heads = new Int32Array(size);
    this.#nexts = new Int32Array(size + 1);
    for (let entry = 1; entry < this.#objects.length; entry++) this.#link(entry);
  }

  /** Frees some entries whose object has gone: as many new ones come as go, so all are looked at in turn. */
  #sweep(): void {
    for (let i = 0; i < SWEPT; i++) {
      this.#broom = this.#broom + 1 >= this.#objects.length ? 1 : this.#broom + 1;
      const entry = this.#broom;
      if (this.#states[entry] === WEAK && (this.#objects[entry] as WeakRef<V>).deref() === undefined) this.#drop(entry);
    }
  }

  #drop(entry: number): void {
    const nexts = this.#nexts;
    const chain = this.#hashes[entry]! & (this.#heads.length - 1);
    let before = this.#heads[chain]!;
    if (before === entry) this.#heads[chain] = nexts[entry]!;
    else {
      while (nexts[before] !== entry) before = nexts[before]!;
      nexts[before] = nexts[entry]!;
    }
    this.#objects[entry] = undefined;
    this.#states[entry] = FREE;
    nexts[entry] = this.#free;
    this.#free = entry;
  }

  /** Puts an entry on the ring, in place of the first one that was not asked for lately when the ring is full. */
  #keep(entry: number, object: V): void {
    this.#objects[entry] = object;
    this.#states[entry] = STRONG;
    const ring = this.#ring;
    if (this.size < Math.max(1, this.#limit)) {
      ring.push(entry);
      return;
    }
    if (this.#leaving.length > 0) {
      this.#release(this.#leaving.pop()!);
      ring.push(entry);
      return;
    }
    while (this.#states[ring[this.#hand]!] === USED) {
      this.#states[ring[this.#hand]!] = STRONG;
      this.#step();
    }
    this.#release(ring[this.#hand]!);
    ring[this.#hand] = entry;
    this.#step();
  }

  #step(): void {
    this.#hand = this.#hand + 1 === this.#ring.length ? 0 : this.#hand + 1;
  }

  #release(entry: number): void {
    this.#refer(entry, this.#objects[entry] as V);
  }

  #refer(entry: number, object: V): void {
    this.#objects[entry] = new WeakRef(object);
    this.#states[entry] = WEAK;
  }
}
