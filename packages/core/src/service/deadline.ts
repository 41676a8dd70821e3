import type { Clock } from "../clock/clock.ts";

/**
 * Waits for `work`, but no longer than `ms`; then `late` says what to do: throw, or return to go on without it. A given
 * `giveUp` that aborts ends the waiting at once, as if the time were up. What `work` does later is not observed.
 */
export async function within(
  clock: Pick<Clock, "sleep">,
  ms: number,
  work: Promise<void>,
  late: () => void,
  giveUp?: AbortSignal,
): Promise<void> {
  const done = new AbortController();
  const waiting = giveUp === undefined ? done.signal : AbortSignal.any([done.signal, giveUp]);
  let inTime = false;
  const guarded = work.finally(() => {
    inTime = true;
    done.abort();
  });
  guarded.catch(() => {}); // Its error is thrown below, or nobody waits for it any more.
  await clock.sleep(ms, waiting);
  // An aborted `giveUp` gets one turn, so that work that obeys the same signal can still finish cleanly.
  if (!inTime && giveUp?.aborted === true) await clock.sleep(GRACE_MS, done.signal);
  if (inTime) await guarded;
  else late();
}

/** How long work that was told to stop at once may take to obey, in milliseconds. */
export const GRACE_MS: number = 100;
