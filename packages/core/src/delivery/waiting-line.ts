/** One who waits. */
export interface Wait {
  /** Whether the time for it is up. */
  over: boolean;
  /** Ends the waiting. */
  end: () => void;
}

/** Those who wait until there may be room; the first one looks first, and lets the next one look once it has come in. */
export class WaitingLine {
  readonly #waiting: (() => void)[] = [];

  /** Resolves when it is its turn to look, `signal` aborts, or `wait` ends. */
  async turn(signal: AbortSignal, wait: Wait): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const wake = (): void => resolve();
    wait.end = wake;
    this.#waiting.push(wake);
    signal.addEventListener("abort", wake, { once: true });
    await promise;
    // The signal lives as long as the process: what is left on it is never collected.
    signal.removeEventListener("abort", wake);
    const place = this.#waiting.indexOf(wake);
    if (place !== -1) this.#waiting.splice(place, 1);
    else if (signal.aborted || wait.over) this.wakeNext(); // It had its turn, and does not take it.
  }

  wakeNext(): void {
    this.#waiting.shift()?.();
  }

  wakeAll(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }
}
