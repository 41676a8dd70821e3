/** How many elements of lists are decoded between two places where work may pause: empty ones take half a microsecond each. */
const ELEMENTS = 100;

/** Counts elements that are decoded, and says when it is time for a place where work may pause. */
export class Pace {
  #left = ELEMENTS;

  /** Whether it is time, with one element more. */
  step(): boolean {
    if (--this.#left > 0) return false;
    this.#left = ELEMENTS;
    return true;
  }
}
