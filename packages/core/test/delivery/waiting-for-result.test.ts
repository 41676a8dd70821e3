import { ConsumeError } from "@tracecore/core";
import { describe, expect, test } from "vitest";
import { batchOf, busy, noSpread, start } from "./delivering.ts";

describe("delivery that is waited for", () => {
  const tooLarge = { outcome: "too_large", kind: "too_large", reason: "413" } as const;

  test.each([
    ["a batch, without a queue", { enabled: false }, []],
    ["a batch", { wait_for_result: true }, []],
    ["a half of one", { wait_for_result: true }, [tooLarge]],
  ])("sends %s no more when its sender will send it again", async (_what, queue, answers) => {
    const rig = start({ sending_queue: queue, retry_on_failure: noSpread });
    rig.backend.answers = [...answers];
    rig.backend.always = busy();
    const answer = Promise.allSettled([rig.send(2)]);
    await rig.clock.advance(27_000);
    const reason = new ConsumeError("the backend has not taken it in time", { retryable: true });
    expect(await answer).toEqual([{ status: "rejected", reason }]);
    const before = rig.backend.sent.length;
    await rig.clock.advance(600_000);
    await rig.delivery[Symbol.asyncDispose]();
    expect([rig.backend.sent.length, rig.dropped()]).toEqual([before, 0]);
  });

  test.each([{ enabled: false }, { wait_for_result: true }])(
    "sends a batch no more whose sender is gone (%o)",
    async (queue) => {
      const rig = start({ sending_queue: queue, retry_on_failure: noSpread });
      rig.backend.always = busy();
      const sender = new AbortController();
      const answer = Promise.allSettled([rig.delivery.consume(batchOf(2), sender.signal)]);
      await rig.clock.advance(1);
      sender.abort();
      const reason = new ConsumeError("the backend has not taken it in time", { retryable: true });
      expect(await answer).toEqual([{ status: "rejected", reason }]);
      rig.backend.always = { outcome: "delivered" };
      await rig.clock.advance(600_000);
      await rig.delivery[Symbol.asyncDispose]();
      expect([rig.backend.sent, rig.dropped()]).toEqual([[2], 0]);
    },
  );

  test("tells who waits that a half of it was not taken, whichever one", async () => {
    const rig = start({ sending_queue: { wait_for_result: true } });
    rig.backend.answers = [
      tooLarge,
      { outcome: "rejected", kind: "rejected", reason: "400" },
      { outcome: "delivered" },
    ];
    await expect(rig.send(2)).rejects.toMatchObject({ retryable: false, message: "400" });
    expect([rig.backend.sent, rig.dropped()]).toEqual([[2, 1, 1], 0]);
    await rig.delivery[Symbol.asyncDispose]();
  });

  test("passes on to who waits that the backend may take it later, where it does not try again itself", async () => {
    const rig = start({ sending_queue: { enabled: false }, retry_on_failure: { enabled: false } });
    rig.backend.answers = [busy(7000), busy()];
    const answers = [await Promise.allSettled([rig.send(1)]), await Promise.allSettled([rig.send(2)])];
    expect(answers.flat()).toEqual([
      { status: "rejected", reason: new ConsumeError("503", { retryable: true, retryAfterMs: 7000 }) },
      { status: "rejected", reason: new ConsumeError("503", { retryable: true }) },
    ]);
    expect([rig.backend.sent, rig.dropped()]).toEqual([[1, 2], 0]);
    await rig.delivery[Symbol.asyncDispose]();
  });

  test("without a queue waits for the answer, and passes on what the backend refuses", async () => {
    const rig = start({ sending_queue: { enabled: false } });
    rig.backend.answers = [{ outcome: "rejected", kind: "rejected", reason: "400" }];
    await expect(rig.send(1)).rejects.toMatchObject({ retryable: false, message: "400" });
    await rig.send(1);
    expect([rig.backend.sent, rig.dropped()]).toEqual([[1, 1], 0]);
    await rig.delivery[Symbol.asyncDispose]();
  });
});
