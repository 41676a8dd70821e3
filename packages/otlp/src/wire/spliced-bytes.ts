/** Longer stretches are not copied, in bytes. */
const LONG = 4096;
/** Room for short ones begins with so many bytes, and each further one is twice as large up to {@link LARGEST}. */
const FIRST = 512;
const LARGEST = 64 * 1024;

/**
 * Bytes put together of many stretches, of which most may be short: a view of each would take more time and memory than its bytes.
 */
export class SplicedBytes {
  /** All that was added, in its order, in fewer pieces. */
  readonly #pieces: Uint8Array[] = [];
  #room = Buffer.allocUnsafe(FIRST);
  #from = 0;
  #used = 0;

  add(bytes: Uint8Array, start: number, end: number): void {
    const length = end - start;
    if (length > LONG) {
      this.#endPiece();
      this.#pieces.push(bytes.subarray(start, end));
      return;
    }
    if (this.#used + length > this.#room.length) {
      this.#endPiece();
      this.#room = Buffer.allocUnsafe(Math.max(Math.min(this.#room.length * 2, LARGEST), length));
      this.#from = 0;
      this.#used = 0;
    }
    this.#room.set(bytes.subarray(start, end), this.#used);
    this.#used += length;
  }

  /** The pieces; nothing may be added any more. */
  finish(): readonly Uint8Array[] {
    this.#endPiece();
    return this.#pieces;
  }

  #endPiece(): void {
    if (this.#used === this.#from) return;
    this.#pieces.push(this.#room.subarray(this.#from, this.#used));
    this.#from = this.#used;
  }
}
