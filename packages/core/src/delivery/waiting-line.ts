/** One who waits. */
export interface Wait {
  /** Whether the time for it is up. */
  over: boolean;
  /** Ends the waiting. */
  end: () => void;
}

/**
 * Those who wait until there is room, in the order in which they came. Only the first one looks, and stays the first until it has
 * come in: a large one would never come in otherwise, where small ones come all the time.
 */
export class WaitingLine {
  readonly #waiting: Wait[] = [];

  get empty(): boolean {
    return this.#waiting.length === 0;
  }

  /** Calls `enter` whenever it may be this one's turn, until that comes in; false when `signal` aborts or `wait` ends before. */
  async wait(enter: () => boolean, signal: AbortSignal, wait: Wait): Promise<boolean> {
    this.#waiting.push(wait);
    const wake = (): void => wait.end();
    signal.addEventListener("abort", wake, { once: true });
    try {
      while (!signal.aborted && !wait.over) {
        const { promise, resolve } = Promise.withResolvers<void>();
        wait.end = resolve;
        await promise;
        // What came in takes its room in that call: the next one looks right after it.
        if (!signal.aborted && !wait.over && this.#waiting[0] === wait && enter()) return true;
      }
      return false;
    } finally {
      // The signal lives as long as the process: what is left on it is never collected.
      signal.removeEventListener("abort", wake);
      const place = this.#waiting.indexOf(wait);
      this.#waiting.splice(place, 1);
      if (place === 0) this.wakeFirst();
    }
  }

  /** There may be room. */
  wakeFirst(): void {
    this.#waiting[0]?.end();
  }

  /** There will be no room any more. */
  endAll(): void {
    for (const wait of this.#waiting) {
      wait.over = true;
      wait.end();
    }
  }
}
