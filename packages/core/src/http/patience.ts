import type { Clock } from "../clock/clock.ts";

/** How long clients that are still being answered are waited for when a listener closes. */
export interface Patience {
  readonly deadlineMs: number;
  /** Resolves once nothing is being done any more that a client waits for; undefined when nothing is. Asked when the deadline is over. */
  readonly answers: (() => Promise<void> | undefined) | undefined;
}

/** How long answers may take on their way once they have been given, in milliseconds. */
const LAST_ANSWERS_MS = 200;

/** Waits for `done`, as long as there is patience. */
export async function waitFor(done: Promise<void>, clock: Clock, { deadlineMs, answers }: Patience): Promise<void> {
  const late = new AbortController();
  const over = async (): Promise<void> => {
    await clock.sleep(deadlineMs, late.signal);
    if (answers === undefined) return;
    // What was still being read may be under way only now.
    let busy = answers();
    do {
      await busy;
      await clock.sleep(LAST_ANSWERS_MS, late.signal);
      busy = answers();
    } while (busy !== undefined && !late.signal.aborted);
  };
  await Promise.race([done, over()]);
  late.abort();
}
