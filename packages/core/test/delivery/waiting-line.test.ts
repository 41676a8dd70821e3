import { expect, test } from "vitest";
import { WaitingLine } from "../../src/delivery/waiting-line.ts";

test("lets the next one look when one has given up, wherever it stood", async () => {
  const line = new WaitingLine();
  const looked: string[] = [];
  const wait = async (name: string, signal: AbortSignal): Promise<void> => {
    await line.turn(signal, { over: false, end: () => {} });
    if (!signal.aborted) looked.push(name);
  };
  const never = new AbortController();
  const [last, first] = [new AbortController(), new AbortController()];
  const waits = [wait("first", first.signal), wait("second", never.signal), wait("last", last.signal)];
  last.abort();
  await waits[2];
  // Both in one turn: the one who had his turn has given up, and passes it on.
  line.wakeNext();
  first.abort();
  await Promise.all(waits);
  expect(looked).toEqual(["second"]);
});
