/** For how long work goes on before everything else has its turn, in milliseconds. */
const STRETCH_MS = 5;

/** When the last turn began, on the monotonic clock. All work in pieces shares one stretch: two large batches do not take two. */
let turnedMs = 0;

/** What goes on one after the other, in the order in which it stopped. */
const stopped: (() => void)[] = [];

/** Runs steps to their end without a pause. */
export function atOnce<T>(steps: Iterator<unknown, T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}

/** Runs steps to their end, with turns of the event loop between. */
export async function inTurns<T>(steps: Iterator<unknown, T>): Promise<T> {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
    const turn = eventLoopTurn();
    if (turn !== undefined) await turn;
  }
}

/**
 * To be asked between two pieces of long work. Undefined while the work may go on; otherwise resolves when the event loop has gone
 * round, so that reads, timers and other requests had their turn. Real time also under a manual clock: it says nothing of results.
 */
export function eventLoopTurn(): Promise<void> | undefined {
  if (performance.now() - turnedMs < STRETCH_MS) return undefined;
  const { promise, resolve } = Promise.withResolvers<void>();
  // Those that have an immediate each would all go on in the same round, a stretch each.
  if (stopped.push(resolve) === 1) setImmediate(goOn);
  return promise;
}

/** Begins a stretch for the one that has waited longest; the next one has the round after that. */
function goOn(): void {
  turnedMs = performance.now();
  stopped.shift()!();
  if (stopped.length > 0) setImmediate(goOn);
}
