/** Bytes of one piece of memory. */
const CHUNK = 1024 * 1024;

/** A piece of memory that keeps many short stretches of bytes, one behind the other. */
export interface Chunk {
  readonly bytes: Uint8Array;
  readonly view: DataView;
}

/**
 * Keeps copies of short stretches. What is kept one after the other lies one after the other, so that comparing a request with
 * what the one before held reads memory in order: with a buffer for each stretch half of the time goes into cache misses.
 */
export class ByteArena {
  #chunk: Chunk = newChunk(0);
  #used = 0;

  /** Copies `from[start..end]`; the copy begins at `at` of the chunk. */
  keep(from: Uint8Array, start: number, end: number): { chunk: Chunk; at: number } {
    const length = end - start;
    if (this.#used + length > this.#chunk.bytes.length) {
      this.#chunk = newChunk(Math.max(CHUNK, length));
      this.#used = 0;
    }
    const at = this.#used;
    this.#chunk.bytes.set(from.subarray(start, end), at);
    this.#used += length;
    return { chunk: this.#chunk, at };
  }
}

function newChunk(size: number): Chunk {
  const bytes = new Uint8Array(size);
  return { bytes, view: new DataView(bytes.buffer) };
}
