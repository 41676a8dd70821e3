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
  /** How full it is, 0 to 1, by the limit that is nearest. */
  readonly ratio: number;
  /** The limit that is nearest, for an error. */
  readonly limit: string;
  /** Whether nothing waits. */
  readonly empty: boolean;
  /** Whether `entry` may come in. One that is larger than the capacity may come into an empty queue. */
  hasRoom(entry: Sized): boolean;
  /** Whether `entry` might come in if nothing waited. */
  hasRoomBesideTaken(entry: Sized): boolean;
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
  readonly #maxBytes: number;
  #size = 0;
  #bytes = 0;
  /** Of what was taken and is not done. */
  #takenSize = 0;
  #takenBytes = 0;
  #waiting: (T | undefined)[] = [];
  #head = 0;

  /** `maxBytes` holds whatever `sizer` counts. */
  constructor(capacity: number, sizer: Sizer, maxBytes: number = Number.POSITIVE_INFINITY) {
    this.capacity = capacity;
    this.#sizer = sizer;
    this.#maxBytes = maxBytes;
  }

  get size(): number {
    return this.#size;
  }

  get empty(): boolean {
    return this.#head === this.#waiting.length;
  }

  hasRoom(entry: Sized): boolean {
    return this.#fits(this.#size, this.#bytes, entry);
  }

  hasRoomBesideTaken(entry: Sized): boolean {
    return this.#fits(this.#takenSize, this.#takenBytes, entry);
  }

  #fits(size: number, bytes: number, entry: Sized): boolean {
    if (size === 0) return true;
    return size + sizeOf(this.#sizer, entry) <= this.capacity && bytes + entry.bytes <= this.#maxBytes;
  }

  get limit(): string {
    const bySize = this.#size / this.capacity >= this.#bytes / this.#maxBytes;
    return bySize ? `${this.#size} of ${this.capacity}` : `memory_limit, ${this.#maxBytes} bytes`;
  }

  /** How full it is, 0 to 1, by the limit that is nearer. */
  get ratio(): number {
    return Math.min(1, Math.max(this.#size / this.capacity, this.#bytes / this.#maxBytes));
  }

  add(entry: T): void {
    this.#size += sizeOf(this.#sizer, entry);
    this.#bytes += entry.bytes;
    this.#waiting.push(entry);
  }

  take(): T | undefined {
    const entry = this.#waiting[this.#head];
    if (entry === undefined) return undefined;
    this.#takenSize += sizeOf(this.#sizer, entry);
    this.#takenBytes += entry.bytes;
    // The list would keep it alive until it is cut: a thousand requests that were sent long ago.
    this.#waiting[this.#head++] = undefined;
    // Taking from the front of a list costs its length; cutting now and then does not.
    if (this.#head > 1024 && this.#head * 2 > this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#head);
      this.#head = 0;
    }
    return entry;
  }

  done(entry: T): void {
    const size = sizeOf(this.#sizer, entry);
    this.#size -= size;
    this.#takenSize -= size;
    this.#bytes -= entry.bytes;
    this.#takenBytes -= entry.bytes;
  }
}
