/** How many elements of lists are decoded between two places where work may pause: empty ones take half a microsecond each. */
const ELEMENTS = 100;

/** How many pieces of a request go into one part, however few items they have: what is made of them may be fifty times as large. */
const PIECES = 32;

/** The same in bytes: an item or resource is a piece, however long it is. */
const PIECES_BYTES = 1024 * 1024;

/** Counts what is decoded, and says when it is time to pause, and to begin a new part. */
export class Pace {
  readonly #partItems: number;
  #left = ELEMENTS;
  #pieces = 0;
  #bytes = 0;

  constructor(partItems: number) {
    this.#partItems = partItems;
  }

  /** An element is decoded; returns whether it is time for a place where work may pause. */
  element(): boolean {
    if (--this.#left > 0) return false;
    this.#left = ELEMENTS;
    return true;
  }

  /** A piece of the request was parsed. */
  piece(bytes: number): void {
    this.#pieces++;
    this.#bytes += bytes;
  }

  /** Whether a part with so many items is to be handed out. */
  endsPart(items: number): boolean {
    if (items < this.#partItems && this.#pieces < PIECES && this.#bytes < PIECES_BYTES) return false;
    this.#pieces = 0;
    this.#bytes = 0;
    return true;
  }
}
