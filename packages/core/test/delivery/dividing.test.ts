import { describe, expect, test } from "vitest";
import { Backend, start, type Rig } from "./delivering.ts";

describe("a sender that splits in turns of the event loop", () => {
  const dividing = (options: object = {}): { rig: Rig; divide: PromiseWithResolvers<void> } => {
    const divide = Promise.withResolvers<void>();
    const backend = new Backend();
    const { split } = backend;
    backend.split = async (...request) => {
      await divide.promise;
      return split(...request);
    };
    const rig = start(
      { sending_queue: { queue_size: 20, sizer: "items", batch: { min_size: 1, max_size: 4 }, ...options } },
      backend,
    );
    return { rig, divide };
  };

  test("sends all parts, and leaves the next requests in the queue until then", async () => {
    const { rig, divide } = dividing({ overflow: "drop_oldest" });
    await rig.send(10);
    await rig.send(9);
    await rig.send(3);
    await rig.clock.advance(0);
    // The second one waited still, and made room for the third.
    expect([rig.backend.sent, rig.dropped(), rig.delivery.queueDepthRatio()]).toEqual([[], 9, 13 / 20]);
    divide.resolve();
    await rig.clock.advance(0);
    expect([rig.backend.sent, rig.delivery.queueDepthRatio()]).toEqual([[4, 4, 2, 3], 0]);
    await rig.delivery[Symbol.asyncDispose]();
  });

  test("sends them also when it stops meanwhile", async () => {
    const { rig, divide } = dividing();
    await rig.send(10);
    const stopped = rig.delivery[Symbol.asyncDispose]();
    divide.resolve();
    await stopped;
    expect([rig.backend.sent, rig.dropped()]).toEqual([[4, 4, 2], 0]);
  });

  test("counts it as dropped when the time for stopping is up first", async () => {
    const { rig, divide } = dividing();
    await rig.send(10);
    rig.stop.abort();
    await rig.delivery[Symbol.asyncDispose]();
    divide.resolve();
    await rig.clock.advance(0);
    expect([rig.backend.sent, rig.dropped()]).toEqual([[], 10]);
  });

  test("drops what cannot be split, and goes on", async () => {
    const { rig, divide } = dividing();
    await rig.send(10);
    await rig.send(3);
    divide.reject(new Error("no such part"));
    await rig.clock.advance(0);
    expect([rig.backend.sent, rig.dropped(), rig.logs.at(-1)]).toEqual([[3], 10, "dropped 10 items: no such part"]);
    expect(rig.delivery.queueDepthRatio()).toBe(0);
    await rig.delivery[Symbol.asyncDispose]();
  });
});

test("a sender that merges in turns of the event loop sends what came of it, in parts of the right size", async () => {
  const backend = new Backend();
  const { merge } = backend;
  const merging = Promise.withResolvers<void>();
  backend.merge = async (requests) => {
    await merging.promise;
    return merge(requests);
  };
  const rig = start(
    { sending_queue: { queue_size: 20, sizer: "items", batch: { min_size: 6, max_size: 6 } } },
    backend,
  );
  await rig.send(3);
  await rig.send(4);
  await rig.send(6);
  await rig.clock.advance(0);
  expect([rig.backend.sent, rig.delivery.queueDepthRatio()]).toEqual([[], 13 / 20]);
  merging.resolve();
  await rig.clock.advance(0);
  expect([rig.backend.sent, rig.delivery.queueDepthRatio()]).toEqual([[6, 1, 6], 0]);
  await rig.delivery[Symbol.asyncDispose]();
});
