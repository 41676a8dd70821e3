import { clockReceiver } from "@tracecore/receiver-clock";
import { conformance, failingSink, runReceiver } from "@tracecore/testkit";
import { describe, expect, test } from "vitest";

describe("clock receiver", () => {
  conformance(clockReceiver, "{}");

  test("reports the time at once and then each interval", async () => {
    await using receiver = await runReceiver(clockReceiver, "collection_interval: 10s");
    await receiver.tick(0);
    await receiver.tick(20_000);
    expect(receiver.points.map(({ name, value }) => [name, value])).toEqual([
      ["tracecore.clock.time", 1_700_000_000],
      ["tracecore.clock.time", 1_700_000_010],
      ["tracecore.clock.time", 1_700_000_020],
    ]);
  });

  test("takes interval as the short form of collection_interval", async () => {
    await using receiver = await runReceiver(clockReceiver, "interval: 100ms");
    await receiver.tick(0);
    await receiver.tick(300);
    expect(receiver.points).toHaveLength(4);
  });

  test("waits for initial_delay", async () => {
    await using receiver = await runReceiver(clockReceiver, "initial_delay: 5s");
    await receiver.tick(4999);
    expect(receiver.points).toHaveLength(0);
    await receiver.tick(1);
    expect(receiver.points).toHaveLength(1);
  });

  test("follows the wall clock when that is set, without a burst of readings", async () => {
    await using receiver = await runReceiver(clockReceiver, "{}");
    await receiver.tick(0);
    receiver.clock.setWallClock(0);
    await receiver.tick(1000);
    expect(receiver.points.map(({ value }) => value)).toEqual([1_700_000_000, 1]);
  });

  test("is degraded while the next stage refuses, and says so once", async () => {
    await using receiver = await runReceiver(clockReceiver, "{}", { next: failingSink() });
    await receiver.tick(0);
    await receiver.tick(3000);
    expect(receiver.statuses.map(({ status }) => status)).toEqual(["recoverable_error"]);
    expect(receiver.logs.map(({ message }) => message)).toEqual(["downstream: the sink refuses"]);
  });

  test("refuses an interval without a unit, and points at it", async () => {
    await expect(runReceiver(clockReceiver, "collection_interval: 10")).rejects.toThrow(
      'config.yaml:1:22: collection_interval: expected a duration such as "10s", got 10. Add a unit: ms, s, m or h.',
    );
  });
});
