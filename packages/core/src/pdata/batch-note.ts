import type { Batch } from "../consumer.ts";

/** A note says whose it is: what inherits from a batch, stands before it or has its property descriptors shows its notes too. */
interface Note<V> {
  readonly of: Batch;
  readonly value: V;
}

/**
 * What is known of batches beside what their columns say. By identity: a batch made of another one by spreading has no note, which
 * would no longer be true of it. It lies with the batch. A `WeakMap` that has become old holds its values until everything is
 * collected, and so each batch that its own value leads to, with the bytes of its request: at 400 requests a second that had V8
 * collect everything each three seconds.
 */
export class BatchNote<B extends Batch, V> {
  readonly #key = Symbol("note");
  /** Of batches that take no property more. */
  #frozen: WeakMap<Batch, V> | undefined;

  get(batch: B): V | undefined {
    const note = (batch as B & { readonly [key: symbol]: Note<V> | undefined })[this.#key];
    return note?.of === batch ? note.value : this.#frozen?.get(batch);
  }

  has(batch: B): boolean {
    return this.get(batch) !== undefined;
  }

  set(batch: B, value: V): void {
    // Not enumerable, so that spreading leaves it out.
    if (Object.isExtensible(batch)) {
      const note: Note<V> = { of: batch, value };
      Object.defineProperty(batch, this.#key, { value: note, configurable: true });
    } else (this.#frozen ??= new WeakMap()).set(batch, value);
  }
}
