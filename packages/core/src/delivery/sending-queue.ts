import type { Sizer } from "./delivery-config.ts";

/** What can wait in a queue. */
export interface Sized {
  readonly items: number;
  readonly bytes: number;
}

/** The size of `one` as `sizer` counts it. */
export function sizeOf(sizer: Sizer, one: Sized): number {
  return sizer === "requests" ? 1 : one[sizer];
}

/**
 * Where requests wait. What takes one out says later that it is done with it, so that a queue on disk can stand here: it
 * forgets a request only then.
 */
export interface SendingQueue<T extends Sized> {
  /** Of everything that is not done, in what the sizer counts. */
  readonly size: number;
  readonly capacity: number;
  /** Whether nothing waits. */
  readonly empty: boolean;
  /** Whether `entry` may come in. One that is larger than the capacity may come into an empty queue. */
  hasRoom(entry: T): boolean;
  add(entry: T): void;
  /** The oldest one that waits. */
  take(): T | undefined;
  /** `entry` was taken and needs its room no longer. */
  done(entry: T): void;
}

/** A queue in memory: what it holds is lost with the process. */
export class MemoryQueue<T extends Sized> implements SendingQueue<T> {
  readonly capacity: number;
  readonly #sizer: Sizer;
  #size = 0;
  #waiting: T[] = [];
  #head = 0;

  constructor(capacity: number, sizer: Sizer) {
    this.capacity = capacity;
    this.#sizer = sizer;
  }

  get size(): number {
    return this.#size;
  }

  get empty(): boolean {
    return this.#head === this.#waiting.length;
  }

  hasRoom(entry: T): boolean {
    return this.#size === 0 || this.#size + sizeOf(this.#sizer, entry) <= this.capacity;
  }

  add(entry: T): void {
    this.#size += sizeOf(this.#sizer, entry);
    this.#waiting.push(entry);
  }

  take(): T | undefined {
    const entry = this.#waiting[this.#head];
    if (entry === undefined) return undefined;
    this.#head++;
    // Taking from the front of a list costs its length; cutting now and then does not.
    if (this.#head > 1024 && this.#head * 2 > this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#head);
      this.#head = 0;
    }
    return entry;
  }

  done(entry: T): void {
    this.#size -= sizeOf(this.#sizer, entry);
  }
}
