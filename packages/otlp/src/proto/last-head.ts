/** Shorter heads are read anew, in bytes: that is done at once. */
const LONG = 4096;

/**
 * What was made of the last long head: the parts of a large request repeat the heads of their resource and scope, which may be as long
 * as `max_resource_size` of the receiver. Keeps a copy, so that it does not hold the request.
 */
export class LastHead<T> {
  #bytes: Buffer = Buffer.alloc(0);
  #schemaUrl = "";
  #made: T | undefined;

  /** What `make` makes of the head that stands from `start` to `end`. */
  get(bytes: Uint8Array, start: number, end: number, schemaUrl: string, make: () => T): T {
    if (end - start < LONG) return make();
    const head = bytes.subarray(start, end);
    if (this.#made !== undefined && schemaUrl === this.#schemaUrl && this.#bytes.equals(head)) return this.#made;
    this.#made = make();
    this.#bytes = Buffer.from(head);
    this.#schemaUrl = schemaUrl;
    return this.#made;
  }
}
