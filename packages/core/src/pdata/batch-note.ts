import type { Batch } from "../consumer.ts";

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
    return (batch as B & { readonly [key: symbol]: V | undefined })[this.#key] ?? this.#frozen?.get(batch);
  }

  has(batch: B): boolean {
    return this.get(batch) !== undefined;
  }

  set(batch: B, value: V): void {
    // Not enumerable, so that spreading leaves it out.
    if (Object.isExtensible(batch)) Object.defineProperty(batch, this.#key, { value, configurable: true });
    else (this.#frozen ??= new WeakMap()).set(batch, value);
  }
}
