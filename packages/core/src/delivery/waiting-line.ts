/** One who waits. */
export interface Wait {
  /** Whether the time for it is up. */
  over: boolean;
  /** Ends the waiting. */
  end: () => void;
}

/**
 * Those who wait until there may be room; the first one looks first, and lets the next one look once it has come in. One that finds
 * no room stays the first: a large one would never come in otherwise, where small ones come all the time.
 */
export class WaitingLine {
  readonly #waiting: (() => void)[] = [];

  get empty(): boolean {
    return this.#waiting.length === 0;
  }

  /** Resolves when it is its turn to look, `signal` aborts, or `wait` ends. `again`: it has looked in vain. */
  async turn(signal: AbortSignal, wait: Wait, again = false): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const wake = (): void => resolve();
    wait.end = wake;
    if (again) this.#waiting.unshift(wake);
    else this.#waiting.push(wake);
    signal.addEventListener("abort", wake, { once: true });
    await promise;
    // The signal lives as long as the process: what is left on it is never collected.
    signal.removeEventListener("abort", wake);
    const place = this.#waiting.indexOf(wake);
    if (place !== -1) this.#waiting.splice(place, 1);
    // It has, or had, its turn, and does not take it.
    if (place <= 0 && (signal.aborted || wait.over)) this.wakeNext();
  }

  wakeNext(): void {
    this.#waiting.shift()?.();
  }

  wakeAll(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }
}
