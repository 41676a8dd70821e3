/** How many rivals of one line are remembered; of more, the one that has been quiet for longest is forgotten. */
const MAX_RIVALS = 16;

/**
 * Decides between series that have the same line since only their hidden resource or scope tells them apart. Mostly a process
 * has been restarted, and the old series will never be written again: the newest has the line. When both are alive, one of
 * them keeps it and the other is refused, so that the line does not show now one and now the other.
 */
export class Rivals {
  /** When each of them last wanted the line, in monotonic milliseconds; the quietest first. */
  readonly #lastMs = new Map<string, number>();

  /**
   * Whether `rival` may have the line, whose holder was written last at `writtenMs`. One that has not been seen before may,
   * unless the holder was written in this very update; one that has, when the holder was not written since it last asked.
   */
  mayTake(rival: string, writtenMs: number, nowMs: number): boolean {
    const before = this.#lastMs.get(rival) ?? (this.#lastMs.size < MAX_RIVALS ? nowMs : Number.NEGATIVE_INFINITY);
    const may = writtenMs < before;
    this.#remember(rival, nowMs);
    return may;
  }

  /** The line has gone from `loser` to `winner`. */
  swap(winner: string, loser: string, nowMs: number): void {
    this.#lastMs.delete(winner);
    this.#remember(loser, nowMs);
  }

  #remember(rival: string, nowMs: number): void {
    this.#lastMs.delete(rival);
    if (this.#lastMs.size === MAX_RIVALS) this.#lastMs.delete(this.#lastMs.keys().next().value!);
    this.#lastMs.set(rival, nowMs);
  }
}
