import type { Clock } from "../clock/clock.ts";
import type { BatchConfig } from "./delivery-config.ts";
import { sizeOf, type Sized } from "./sending-queue.ts";

interface Filling<T> {
  readonly entries: T[];
  size: number;
  /** Ends the wait for more. */
  readonly waiting: AbortController;
}

/** Collects entries until there are enough of them, or long enough. */
export class Batcher<T extends Sized> {
  readonly #config: BatchConfig;
  readonly #clock: Clock;
  readonly #flush: (entries: readonly T[]) => void;
  #filling: Filling<T> | undefined;

  constructor(config: BatchConfig, clock: Clock, flush: (entries: readonly T[]) => void) {
    this.#config = config;
    this.#clock = clock;
    this.#flush = flush;
  }

  add(entry: T): void {
    const filling = (this.#filling ??= this.#begun());
    filling.entries.push(entry);
    filling.size += sizeOf(this.#config.sizer, entry);
    if (filling.size >= this.#config.min_size) this.flush();
  }

  /** Sends what there is. */
  flush(): void {
    const filling = this.#filling;
    if (filling === undefined) return;
    this.#filling = undefined;
    filling.waiting.abort();
    this.#flush(filling.entries);
  }

  #begun(): Filling<T> {
    const filling = { entries: [], size: 0, waiting: new AbortController() };
    void this.#flushLater(filling);
    return filling;
  }

  async #flushLater(filling: Filling<T>): Promise<void> {
    await this.#clock.sleep(this.#config.flush_timeout, filling.waiting.signal);
    if (this.#filling === filling) this.flush();
  }
}
