/** One map. */
interface Owner {
  isGone: boolean;
}

/** What one map knows of an object. */
interface Known {
  readonly owner: Owner;
  value: unknown;
  next: Known | undefined;
}

const goneMaps = new FinalizationRegistry<Owner>((owner) => (owner.isGone = true));

let listOf: (one: Interned) => Known | undefined;
let setList: (one: Interned, list: Known) => void;

/** A resource, scope, attribute set, metric family or series: there is one object for each identity. */
export abstract class Interned {
  #known: Known | undefined = undefined;

  static {
    listOf = (one) => one.#known;
    setList = (one, list) => (one.#known = list);
  }
}

/**
 * What follows from interned objects, for as long as they are in use. Like a `WeakMap`, but it lies with the objects. A `WeakMap` of
 * 350,000 keys is built anew in one step of 50 to 200 ms each time that it doubles; and where values lead to other keys, it is read
 * many times while a garbage collection holds everything, for 100 to 400 ms. To be made once for a component, not for each batch: what
 * it knew stays with an object until both the map was collected and a newer one is asked for the object.
 */
export class InternedMap<K extends Interned, V> {
  readonly #owner: Owner = { isGone: false };

  constructor() {
    goneMaps.register(this, this.#owner);
  }

  get(key: K): V | undefined {
    const owner = this.#owner;
    for (let one = listOf(key); one !== undefined; one = one.next) {
      if (one.owner !== owner) continue;
      // What the config before knew stands behind: there is nothing new to know of most objects, so that `set` is called no more.
      if (one.next?.owner.isGone === true) one.next = one.next.next;
      return one.value as V;
    }
    return undefined;
  }

  set(key: K, value: V): void {
    const owner = this.#owner;
    const first = listOf(key);
    let before: Known | undefined;
    for (let one = first; one !== undefined; one = one.next) {
      if (one.owner === owner) {
        one.value = value;
        return;
      }
      // Of components that run no more, such as those of the config before.
      if (one.owner.isGone && before !== undefined) before.next = one.next;
      else before = one;
    }
    setList(key, { owner, value, next: first?.owner.isGone === true ? first.next : first });
  }
}

/** Asks `make` once for each object: what it gave holds for as long as the object is in use. */
export function onceForEach<K extends Interned, V extends object | boolean>(make: (one: K) => V): (one: K) => V {
  const known = new InternedMap<K, V>();
  return (one) => {
    let made = known.get(one);
    if (made === undefined) known.set(one, (made = make(one)));
    return made;
  };
}
