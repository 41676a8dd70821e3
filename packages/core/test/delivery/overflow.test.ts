import { getEventListeners } from "node:events";
import { describe, expect, test } from "vitest";
import { batchOf, start } from "./delivering.ts";

describe("a queue that is full", () => {
  test("drops the oldest that waits where the config says so", async () => {
    const rig = start({ sending_queue: { queue_size: 3, num_consumers: 1, overflow: "drop_oldest" } });
    rig.backend.answers = ["hang"];
    for (const items of [1, 2, 3, 4]) await rig.send(items);
    expect([rig.dropped(), rig.logs]).toEqual([2, ["dropped 2 items: the sending queue is full"]]);
    rig.stop.abort();
    await rig.delivery[Symbol.asyncDispose]();
  });

  test("drops nothing for a request that would have no room even then", async () => {
    const queue = { queue_size: 10, sizer: "items", num_consumers: 1, overflow: "drop_oldest" };
    const rig = start({ sending_queue: queue });
    rig.backend.answers = ["hang"];
    for (const items of [4, 3, 3]) await rig.send(items);
    await expect(rig.send(7)).rejects.toMatchObject({
      message: "the sending queue is full (10 of 10)",
      retryable: true,
    });
    expect(rig.dropped()).toBe(0);
    await rig.send(6);
    expect(rig.dropped()).toBe(6);
    rig.stop.abort();
    await rig.delivery[Symbol.asyncDispose]();
  });

  test("makes the sender wait for room where the config says so", async () => {
    const rig = start({ sending_queue: { queue_size: 1, num_consumers: 1, block_on_overflow: true }, timeout: "1s" });
    rig.backend.answers = ["hang", { outcome: "delivered" }];
    await rig.send(1);
    const second = rig.send(2);
    await rig.clock.advance(0);
    expect(rig.backend.sent).toEqual([1]);
    await rig.clock.advance(1000);
    await rig.clock.advance(60_000);
    await second;
    await rig.delivery[Symbol.asyncDispose]();
    expect(rig.backend.sent).toEqual([1, 1, 2]);
  });

  test("lets nobody pass one who waits for more room", async () => {
    const rig = start({ sending_queue: { queue_size: 10, sizer: "items", num_consumers: 1, overflow: "block" } });
    const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const answers = [first, second];
    const { send } = rig.backend;
    rig.backend.send = async (request, signal) => {
      await answers.shift()?.promise;
      return send(request, signal);
    };
    await rig.send(4);
    await rig.send(4);
    const large = rig.send(8);
    // There is room for it, and it came later.
    const small = rig.send(1);
    await rig.clock.advance(0);
    expect(rig.delivery.queueDepthRatio()).toBe(0.8);
    first.resolve();
    await rig.clock.advance(0);
    expect(rig.delivery.queueDepthRatio()).toBe(0.4);
    second.resolve();
    await Promise.all([large, small]);
    await rig.delivery[Symbol.asyncDispose]();
    expect(rig.backend.sent).toEqual([4, 4, 8, 1]);
  });

  test("lets senders that wait in one after the other, and leaves nothing on their signal", async () => {
    const rig = start({ sending_queue: { queue_size: 1, num_consumers: 1, overflow: "block" }, timeout: "1s" });
    rig.backend.answers = ["hang"];
    const signal = new AbortController().signal;
    const gone = new AbortController();
    const send = (items: number, by: AbortSignal): Promise<void> => rig.delivery.consume(batchOf(items), by);
    await send(1, signal);
    const impatient = send(2, gone.signal);
    const patient = [3, 4, 5].map((items) => send(items, signal));
    gone.abort();
    await expect(impatient).rejects.toThrow("the sending queue is full (1 of 1)");
    expect(getEventListeners(signal, "abort")).toHaveLength(3);
    await rig.clock.advance(1000);
    await rig.clock.advance(60_000);
    await Promise.all(patient);
    expect(rig.backend.sent).toEqual([1, 1, 3, 4, 5]);
    expect(getEventListeners(signal, "abort")).toEqual([]);
    await rig.delivery[Symbol.asyncDispose]();
  });
});
