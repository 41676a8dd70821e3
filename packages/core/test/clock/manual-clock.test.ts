import { manualClock } from "@tracecore/core";
import { expect, test } from "vitest";

/** Something outside that answers after `turns` turns of the event loop. */
async function outside(turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn++) {
    const { promise, resolve } = Promise.withResolvers<void>();
    setImmediate(resolve);
    await promise;
  }
}

test("a manual clock waits for a run that waits for something outside", async () => {
  const clock = manualClock();
  let done = 0;
  await using _loop = clock.every(1000, async () => {
    await outside(20);
    done++;
  });
  await clock.advance(1000);
  expect(done).toBe(1);
});

test("a manual clock waits for a run that has set itself a time limit on the clock as well", async () => {
  const clock = manualClock();
  let done = 0;
  await using _loop = clock.every(1000, async () => {
    const answered = new AbortController();
    const late = clock.sleep(5000, answered.signal);
    await Promise.race([outside(20), late]);
    answered.abort();
    done++;
  });
  await clock.advance(1000);
  expect(done).toBe(1);
});

test("a manual clock does not wait for long for a run that only sleeps on it, and wakes it at its moment", async () => {
  const clock = manualClock();
  const woken: number[] = [];
  await using _loop = clock.every(1000, async () => {
    await clock.sleep(300);
    woken.push(clock.monotonicMs());
  });
  await clock.advance(1000);
  expect(woken).toEqual([]);
  await clock.advance(500);
  expect(woken).toEqual([1300]);
});
