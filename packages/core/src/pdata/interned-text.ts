/** What is no longer than this, in characters, is bounded well enough by the number of objects. */
const SHORT = 256;
/** How much more than that is kept for each series that may be, in characters. */
const PER_SERIES = 1024;

/**
 * Bounds the texts of all that is interned together. Each interner bounds the number of its objects, but a few thousand resources
 * or sets of some kilobytes, each sent once, would take all memory for good.
 */
class InternedText {
  #limit = 200_000 * PER_SERIES;
  #size = 0;
  #generation = 0;
  readonly #forgets: (() => void)[] = [];
  readonly #letGos: ((most: number) => void)[] = [];

  /** Another one each time that everything was forgotten. */
  get generation(): number {
    return this.#generation;
  }

  /** For how many series there is room; see `runtime.interned_series`. */
  set series(limit: number) {
    this.#limit = limit * PER_SERIES;
  }

  /**
   * `forget` is called when there is too much: then nothing may be kept alive that nobody uses. Who does so step by step lets go of
   * as many as `letGo` is told each time that something new is counted, of whatever kind: all have gone before there is too much again.
   */
  onFull(forget: () => void, letGo?: (most: number) => void): void {
    this.#forgets.push(forget);
    if (letGo !== undefined) this.#letGos.push(letGo);
  }

  /** Counts the texts of something new that is kept, in characters. */
  count(size: number): void {
    if (size <= SHORT) return;
    this.#size += size - SHORT;
    const most = 1 + Math.ceil(size / PER_SERIES);
    for (const letGo of this.#letGos) letGo(most);
    if (this.#size <= this.#limit) return;
    this.#size = 0;
    this.#generation++;
    for (const forget of this.#forgets) forget();
  }
}

/** The one of this process. */
export const internedText: InternedText = new InternedText();
