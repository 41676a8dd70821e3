import { every, type Clock } from "./clock.ts";

/** A clock that stands still until a test moves it. */
export interface ManualClock extends Clock {
  /** Moves the time on by `ms`, waking each sleeper at its moment, and waits until what they started has settled. */
  advance(ms: number): Promise<void>;
  /** Sets the wall clock and leaves the monotonic one alone, as an administrator or NTP does. */
  setWallClock(ms: number): void;
  /** How many sleepers wait. */
  readonly waiting: number;
}

/** How long a run that waits for something outside may hold up the test, in milliseconds of real time. */
const LONGEST_SETTLE_MS = 1000;
/** The same for a run that sleeps on this clock too: it may wait for the sleep only, which ends with a later advance. */
const LONGEST_SETTLE_WITH_SLEEPERS_MS = 50;

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

/** Makes a manual clock; it begins at `startMs` (milliseconds since 1970). */
export function manualClock(startMs = 1_700_000_000_000): ManualClock {
  let now = 0;
  let wallOffset = startMs;
  const sleepers = new Set<Sleeper>();
  let loops = 0;
  let runs = 0;

  /**
   * Lets promises, immediates and finished I/O run: several turns, since file reads come back over more than one, and on
   * while a run of an interval loop goes on. Fewer sleepers than loops means that the run waits for nothing of this clock.
   */
  const settle = async (): Promise<void> => {
    const beganMs = performance.now();
    const goesOn = (): boolean => {
      const longestMs = sleepers.size < loops ? LONGEST_SETTLE_MS : LONGEST_SETTLE_WITH_SLEEPERS_MS;
      return (runs > 0 || sleepers.size < loops) && performance.now() - beganMs < longestMs;
    };
    for (let turn = 0; turn < 4 || goesOn(); turn++) {
      const { promise, resolve } = Promise.withResolvers<void>();
      setImmediate(resolve);
      await promise;
    }
  };

  const clock: ManualClock = {
    nowMs: () => wallOffset + now,
    nowUnixNano: () => BigInt(Math.round((wallOffset + now) * 1e6)),
    monotonicMs: () => now,
    get waiting() {
      return sleepers.size;
    },
    setWallClock(ms) {
      wallOffset = ms - now;
    },
    sleep(ms, signal) {
      if (signal?.aborted === true) return Promise.resolve();
      const { promise, resolve } = Promise.withResolvers<void>();
      const sleeper: Sleeper = {
        at: now + Math.max(0, ms),
        wake: () => {
          sleepers.delete(sleeper);
          signal?.removeEventListener("abort", sleeper.wake);
          resolve();
        },
      };
      sleepers.add(sleeper);
      signal?.addEventListener("abort", sleeper.wake, { once: true });
      return promise;
    },
    every(intervalMs, task, options) {
      const run = async (): Promise<void> => {
        runs++;
        try {
          await task();
        } finally {
          runs--;
        }
      };
      const loop = every(clock, intervalMs, run, options);
      loops++;
      let ended: Promise<void> | undefined;
      return {
        [Symbol.asyncDispose]() {
          ended ??= Promise.resolve(loop[Symbol.asyncDispose]()).finally(() => loops--);
          return ended;
        },
      };
    },
    async advance(ms) {
      const until = now + ms;
      await settle();
      for (;;) {
        const next = [...sleepers].filter(({ at }) => at <= until).toSorted((a, b) => a.at - b.at)[0];
        if (next === undefined) break;
        now = Math.max(now, next.at);
        next.wake();
        await settle();
      }
      now = until;
      await settle();
    },
  };
  return clock;
}
