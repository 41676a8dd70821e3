/** The window is made of so many parts; what leaves it leaves a part at a time. */
const PARTS = 300;

interface Part {
  readonly startMs: number;
  count: number;
}

/** How often each of some keys was seen in the last time. What it holds is bounded by the keys, however often they are seen. */
export class SlidingCounts<K> {
  readonly #windowMs: number;
  readonly #partMs: number;
  readonly #parts = new Map<K, { parts: Part[]; total: number }>();

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
    this.#partMs = windowMs / PARTS;
  }

  add(key: K, nowMs: number): void {
    let known = this.#parts.get(key);
    if (known === undefined) this.#parts.set(key, (known = { parts: [], total: 0 }));
    const last = known.parts.at(-1);
    if (last !== undefined && nowMs - last.startMs < this.#partMs) last.count++;
    else known.parts.push({ startMs: nowMs, count: 1 });
    known.total++;
  }

  /** The keys seen within the window, with how often. */
  counts(nowMs: number): ReadonlyMap<K, number> {
    const counts = new Map<K, number>();
    for (const [key, known] of this.#parts) {
      while (known.parts[0] !== undefined && nowMs - known.parts[0].startMs > this.#windowMs) {
        known.total -= known.parts.shift()!.count;
      }
      if (known.total === 0) this.#parts.delete(key);
      else counts.set(key, known.total);
    }
    return counts;
  }
}
