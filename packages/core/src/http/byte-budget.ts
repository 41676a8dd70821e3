/** Bytes that several requests may hold together. What does not fit is refused before it is read. */
export class ByteBudget {
  readonly limit: number;
  #used = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  get used(): number {
    return this.#used;
  }

  /** A share of `bytes`, or undefined when there is no room. One that alone is larger than the limit fits into an empty budget. */
  reserve(bytes: number): BudgetShare | undefined {
    if (this.#used > 0 && this.#used + bytes > this.limit) return undefined;
    this.#used += bytes;
    let own = bytes;
    return {
      grow: (to) => {
        if (to <= own) return true;
        if (this.#used - own > 0 && this.#used - own + to > this.limit) return false;
        this.#used += to - own;
        own = to;
        return true;
      },
      shrink: (to) => {
        if (to >= own) return;
        this.#used -= own - to;
        own = to;
      },
      [Symbol.dispose]: () => {
        this.#used -= own;
        own = 0;
      },
    };
  }
}

/** What one request holds of a budget. Disposing gives it back. */
export interface BudgetShare extends Disposable {
  /** Asks for `to` bytes in all; false when there is no room, and nothing has changed. */
  grow(to: number): boolean;
  /** Gives back what is beyond `to` bytes. */
  shrink(to: number): void;
}
