import { ConsumeError } from "@tracecore/core";
import { describe, expect, test } from "vitest";
import { busy, noSpread, start } from "./delivering.ts";

describe("delivery that stops", () => {
  test("at the end tries again what the backend does not take, for as long as there is time", async () => {
    const rig = start({ sending_queue: { num_consumers: 1 }, retry_on_failure: noSpread });
    rig.backend.answers = [busy(), busy(), busy(), rig.backend.always, busy(2000), rig.backend.always];
    for (const items of [1, 2, 3]) await rig.send(items);
    await rig.clock.advance(0);
    const stopped = rig.delivery[Symbol.asyncDispose]();
    await rig.clock.advance(0);
    // Each has had its attempt.
    expect(rig.backend.sent).toEqual([1, 1, 2, 3]);
    await rig.clock.advance(499);
    expect(rig.backend.sent).toEqual([1, 1, 2, 3]);
    await rig.clock.advance(1);
    expect(rig.backend.sent).toEqual([1, 1, 2, 3, 1, 2]);
    await rig.clock.advance(1999);
    expect(rig.backend.sent).toEqual([1, 1, 2, 3, 1, 2]);
    await rig.clock.advance(1);
    await stopped;
    expect([rig.backend.sent, rig.dropped()]).toEqual([[1, 1, 2, 3, 1, 2, 1], 0]);
  });

  test("says nothing of trying again once what is on its way was dropped", async () => {
    const rig = start({ sending_queue: { num_consumers: 1 } });
    rig.backend.answers = ["hang"];
    await rig.send(5);
    rig.stop.abort();
    await rig.delivery[Symbol.asyncDispose]();
    await rig.clock.advance(0);
    expect(rig.logs).toEqual(["dropped 5 items: the time for stopping was up"]);
  });

  test("at the end does not try again where the config says so", async () => {
    const rig = start({ retry_on_failure: { enabled: false } });
    rig.backend.always = busy();
    await rig.send(3);
    await rig.delivery[Symbol.asyncDispose]();
    expect([rig.backend.sent, rig.dropped()]).toEqual([[3], 3]);
    expect(rig.logs).toEqual(["cannot send: 503", "dropped 3 items: 503"]);
  });

  test("at the end tries each request once, and drops what the time is not enough for", async () => {
    const rig = start({ sending_queue: { num_consumers: 1 } });
    rig.backend.answers = [busy(), { outcome: "delivered" }, "hang"];
    for (const items of [1, 2, 3, 4]) await rig.send(items);
    await rig.clock.advance(0);
    const stopped = rig.delivery[Symbol.asyncDispose]();
    for (let i = 0; i < 3; i++) await rig.clock.advance(0);
    expect(rig.backend.sent).toEqual([1, 1, 2]);
    rig.stop.abort();
    await stopped;
    expect([rig.backend.sent, rig.dropped()]).toEqual([[1, 1, 2], 9]);
    expect(rig.logs.filter((line) => line.startsWith("dropped"))).toEqual([
      "dropped 2 items: the time for stopping was up",
      "dropped 7 more items",
    ]);
  });

  test("sends at the end also what was on its way into a batch", async () => {
    const rig = start({ sending_queue: { num_consumers: 1, batch: { min_size: 10, flush_timeout: "1s" } } });
    const first = Promise.withResolvers<void>();
    const { send } = rig.backend;
    rig.backend.send = async (request, signal) => {
      if (request.items === 10) await first.promise;
      return send(request, signal);
    };
    await rig.send(10);
    // Waits in the queue: the only turn is taken.
    await rig.send(3);
    const stopped = rig.delivery[Symbol.asyncDispose]();
    first.resolve();
    await stopped;
    expect([rig.backend.sent, rig.dropped(), rig.logs]).toEqual([[10, 3], 0, []]);
  });

  test("takes nothing any more once it has stopped, also of those who waited for room", async () => {
    const queue = { queue_size: 10, sizer: "items", num_consumers: 2, overflow: "block" };
    const rig = start({ sending_queue: queue });
    const second = Promise.withResolvers<void>();
    rig.backend.answers = ["hang"];
    const { send } = rig.backend;
    rig.backend.send = async (request, signal) => {
      if (request.items === 4) await second.promise;
      return send(request, signal);
    };
    await rig.send(5);
    await rig.send(4);
    const waiting = Promise.allSettled([rig.send(8), rig.send(2)]);
    second.resolve();
    await rig.clock.advance(0);
    // There would be room for the second of them.
    expect(rig.delivery.queueDepthRatio()).toBe(0.5);
    rig.stop.abort();
    await rig.delivery[Symbol.asyncDispose]();
    const reason = new ConsumeError("the exporter has stopped", { retryable: true });
    const refused = { status: "rejected", reason };
    expect(await waiting).toEqual([refused, refused]);
    expect(await Promise.allSettled([rig.send(1)])).toEqual([refused]);
    expect([rig.backend.sent, rig.dropped()]).toEqual([[5, 4], 5]);
  });

  test("drops nothing that comes when everything else has been sent", async () => {
    const rig = start();
    const stopped = rig.delivery[Symbol.asyncDispose]();
    const late = Promise.allSettled([rig.send(2)]);
    await stopped;
    const reason = new ConsumeError("the exporter has stopped", { retryable: true });
    expect(await late).toEqual([{ status: "rejected", reason }]);
    expect([rig.backend.sent, rig.dropped()]).toEqual([[], 0]);
  });

  test("begins no attempt with what it has dropped", async () => {
    const rig = start({ retry_on_failure: noSpread });
    rig.backend.answers = [busy()];
    await rig.send(2);
    await rig.clock.advance(0);
    rig.stop.abort();
    await rig.delivery[Symbol.asyncDispose]();
    await rig.clock.advance(60_000);
    expect([rig.backend.sent, rig.dropped()]).toEqual([[2], 2]);
  });

  test.each([{ enabled: false }, { wait_for_result: true }])(
    "with %o lets those who wait keep what the time was not enough for",
    async (queue) => {
      const rig = start({ sending_queue: queue });
      rig.backend.answers = ["hang"];
      const answer = Promise.allSettled([rig.send(2)]);
      await rig.clock.advance(0);
      rig.stop.abort();
      await rig.delivery[Symbol.asyncDispose]();
      const reason = new ConsumeError("the time for stopping was up", { retryable: true });
      expect([await answer, rig.dropped()]).toEqual([[{ status: "rejected", reason }], 0]);
    },
  );
});
