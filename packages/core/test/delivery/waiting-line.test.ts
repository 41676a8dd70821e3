import { expect, test } from "vitest";
import { WaitingLine } from "../../src/delivery/waiting-line.ts";

interface Arriving {
  readonly line: WaitingLine;
  /** Those who came in, in that order. */
  readonly entered: string[];
  room: number;
  come(name: string, size: number, signal?: AbortSignal): Promise<boolean>;
}

function arriving(): Arriving {
  const line = new WaitingLine();
  const entered: string[] = [];
  const all: Arriving = {
    line,
    entered,
    room: 0,
    come(name, size, signal = new AbortController().signal) {
      const enter = (): boolean => {
        if (size > all.room) return false;
        all.room -= size;
        entered.push(name);
        return true;
      };
      return line.wait(enter, signal, { over: false, end: () => {} });
    },
  };
  return all;
}

test("lets the next one look when one has given up, wherever it stood", async () => {
  const all = arriving();
  const [last, first] = [new AbortController(), new AbortController()];
  const waits = [all.come("first", 1, first.signal), all.come("second", 1), all.come("last", 1, last.signal)];
  last.abort();
  expect(await waits[2]).toBe(false);
  // Both in one turn: the one who had his turn has given up, and passes it on.
  all.room = 2;
  all.line.wakeFirst();
  first.abort();
  expect(await Promise.all(waits)).toEqual([false, true, false]);
  expect([all.entered, all.line.empty]).toEqual([["second"], true]);
});

test("lets nobody pass the first one, also where room comes free several times in one moment", async () => {
  const all = arriving();
  const [large, small] = [all.come("large", 4), all.come("small", 1)];
  for (let i = 0; i < 3; i++) {
    all.room++;
    all.line.wakeFirst();
  }
  await new Promise(setImmediate);
  expect(all.entered).toEqual([]);
  all.room += 2;
  all.line.wakeFirst();
  expect(await Promise.all([large, small])).toEqual([true, true]);
  expect([all.entered, all.room]).toEqual([["large", "small"], 0]);
});

test("tells all who wait that there will be no room", async () => {
  const all = arriving();
  const waits = [all.come("first", 1), all.come("second", 1)];
  all.room = 2;
  all.line.endAll();
  expect(await Promise.all(waits)).toEqual([false, false]);
});
