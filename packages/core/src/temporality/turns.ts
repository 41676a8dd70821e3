import { ConsumeError } from "../consumer.ts";

/** Lets one task run at a time, in the order in which they came. */
export class Turns {
  #last: Promise<void> = Promise.resolve();

  /** Runs `task` when those before it are done; throws a retryable error when `signal` aborts before that. */
  async take<T>(signal: AbortSignal, task: () => Promise<T>): Promise<T> {
    const before = this.#last;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#last = promise;
    try {
      await reached(before, signal);
    } catch (error) {
      void before.then(resolve);
      throw error;
    }
    try {
      return await task();
    } finally {
      resolve();
    }
  }
}

async function reached(before: Promise<void>, signal: AbortSignal): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = (): void => {
    reject(new ConsumeError("the time ran out while earlier batches were under way", { retryable: true }));
  };
  if (signal.aborted) stop();
  signal.addEventListener("abort", stop, { once: true });
  try {
    await Promise.race([promise, before]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
