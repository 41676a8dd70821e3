/** For how long work goes on before everything else has its turn, in milliseconds. */
const STRETCH_MS = 5;

/** When the last turn began, on the monotonic clock. All work in pieces shares one stretch: two large batches do not take two. */
let turnedMs = 0;

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
  setImmediate(() => {
    turnedMs = performance.now();
    resolve();
  });
  return promise;
}
