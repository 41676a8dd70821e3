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
});
