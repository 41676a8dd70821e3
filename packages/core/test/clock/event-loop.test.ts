import { setImmediate as nextRound } from "node:timers/promises";
import { expect, test } from "vitest";
import { eventLoopTurn, inTurns } from "../../src/core.ts";

/** Holds the event loop for longer than a stretch. */
function work(): void {
  for (const end = performance.now() + 6; performance.now() < end;);
}

test("of several that wait for a turn of the event loop, one goes on in each, in their order", async () => {
  let round = 0;
  const wentOn: { readonly who: string; readonly round: number }[] = [];
  const waiting = ["a", "b", "c"].map(async (who) => {
    for (let piece = 0; piece < 2; piece++) {
      work();
      await eventLoopTurn();
      wentOn.push({ who, round });
    }
  });
  const all = Promise.all(waiting);
  for (; wentOn.length < 6; round++) await nextRound();
  await all;
  expect(wentOn.map(({ who }) => who).join("")).toBe("abcabc");
  expect(new Set(wentOn.map((one) => one.round)).size).toBe(6);
});

test("steps run to their end in turns, and give what they return", async () => {
  function* steps(): Generator<undefined, string> {
    for (let piece = 0; piece < 3; piece++) {
      work();
      yield undefined;
    }
    return "done";
  }
  expect(await inTurns(steps())).toBe("done");
});
