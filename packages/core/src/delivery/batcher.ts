import type { Clock } from "../clock/clock.ts";
import type { BatchConfig } from "./delivery-config.ts";
import { sizeOf, type Sized } from "./sending-queue.ts";

interface Filling<T> {
  readonly entries: T[];
  size: number;
  /** Ends the wait for more. */
  readonly waiting: AbortController;
}

/** Collects entries of the same partition until there are enough of them, or long enough. */
export class Batcher<T extends Sized> {
  readonly #config: BatchConfig;
  readonly #clock: Clock;
  readonly #flush: (entries: readonly T[]) => void;
  readonly #filling = new Map<string, Filling<T>>();

  constructor(config: BatchConfig, clock: Clock, flush: (entries: readonly T[]) => void) {
    this.#config = config;
    this.#clock = clock;
    this.#flush = flush;
  }

  add(partition: string, entry: T): void {
    let filling = this.#filling.get(partition);
    if (filling === undefined) {
      filling = { entries: [], size: 0, waiting: new AbortController() };
      this.#filling.set(partition, filling);
      void this.#flushLater(partition, filling);
    }
    filling.entries.push(entry);
    filling.size += sizeOf(this.#config.sizer, entry);
    if (filling.size >= this.#config.min_size) this.#end(partition, filling);
  }

  /** Sends what there is. */
  flush(): void {
    for (const [partition, filling] of this.#filling) this.#end(partition, filling);
  }

  async #flushLater(partition: string, filling: Filling<T>): Promise<void> {
    await this.#clock.sleep(this.#config.flush_timeout, filling.waiting.signal);
    if (this.#filling.get(partition) === filling) this.#end(partition, filling);
  }

  #end(partition: string, filling: Filling<T>): void {
    this.#filling.delete(partition);
    filling.waiting.abort();
    this.#flush(filling.entries);
  }
}
