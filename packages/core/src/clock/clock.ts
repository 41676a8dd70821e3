/** Time as a component may know it. Components take it as a parameter and touch no timer themselves. */
export interface Clock {
  /** Wall clock, milliseconds since 1970. It may jump. */
  nowMs(): number;
  /** Wall clock, nanoseconds since 1970. */
  nowUnixNano(): bigint;
  /** Never goes back; the origin is unspecified. Milliseconds. */
  monotonicMs(): number;
  /** Resolves after `ms` milliseconds, and earlier, without an error, when `signal` aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /**
   * Runs `task` after `initialDelayMs` (default: one interval) and then each `intervalMs`. Two runs never overlap: a run
   * that takes too long makes the next one late, and missed ones are not made up for. Disposing waits for the current run.
   */
  every(intervalMs: number, task: () => Promise<void> | void, options?: EveryOptions): AsyncDisposable;
}

export interface EveryOptions {
  readonly initialDelayMs?: number;
  /** Gets what `task` throws. Without it a throw is an unhandled rejection, which the runtime puts down to the component. */
  readonly onError?: (error: unknown) => void;
}

/** Milliseconds of the longest timer that Node can set; longer waits are cut into several. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The clock of the machine. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  // performance.timeOrigin drifts from the wall clock when that is set; Date.now() does not.
  nowUnixNano: () => BigInt(Date.now()) * 1_000_000n,
  monotonicMs: () => performance.now(),
  sleep: (ms, signal) => sleep(ms, signal),
  every: (intervalMs, task, options) => every(systemClock, intervalMs, task, options),
};

async function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  let left = ms;
  do {
    if (signal?.aborted === true) return;
    const part = Math.min(left, LONGEST_TIMER_MS);
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, part);
    const stop = (): void => {
      clearTimeout(timer);
      resolve();
    };
    signal?.addEventListener("abort", stop, { once: true });
    await promise;
    signal?.removeEventListener("abort", stop);
    left -= part;
  } while (left > 0);
}

/** The interval loop over any clock's `sleep`; due times keep to the grid of the first run. */
export function every(
  clock: Pick<Clock, "monotonicMs" | "sleep">,
  intervalMs: number,
  task: () => Promise<void> | void,
  { initialDelayMs = intervalMs, onError }: EveryOptions = {},
): AsyncDisposable {
  if (!(intervalMs > 0)) throw new RangeError(`an interval must be longer than 0 ms, got ${intervalMs}`);
  const stop = new AbortController();
  const loop = (async () => {
    let due = clock.monotonicMs() + initialDelayMs;
    await clock.sleep(initialDelayMs, stop.signal);
    while (!stop.signal.aborted) {
      try {
        await task();
      } catch (error) {
        if (onError === undefined) void Promise.reject(error);
        else onError(error);
      }
      const now = clock.monotonicMs();
      due += intervalMs * Math.max(1, Math.ceil((now - due) / intervalMs));
      await clock.sleep(due - now, stop.signal);
    }
  })();
  return {
    async [Symbol.asyncDispose]() {
      stop.abort();
      await loop;
    },
  };
}
