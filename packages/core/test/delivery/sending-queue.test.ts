import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import { MemoryQueue } from "../../src/delivery/sending-queue.ts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

describe("the queue in memory", () => {
  test("lets go of what was taken and is done", async () => {
    const queue = new MemoryQueue<{ items: number; bytes: number }>(10, "requests");
    queue.add({ items: 1, bytes: 1 });
    queue.add({ items: 2, bytes: 2 });
    const taken = new WeakRef(queue.take()!);
    queue.done(taken.deref()!);
    // A reference that was read stays alive until the task has ended.
    await new Promise((resolve) => void setImmediate(resolve));
    collectGarbage();
    expect(taken.deref()).toBeUndefined();
    expect([queue.size, queue.take()?.items]).toEqual([1, 2]);
  });
});
