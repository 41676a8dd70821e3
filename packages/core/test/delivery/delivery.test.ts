import { ConsumeError } from "@tracecore/core";
import type { SendResult } from "@tracecore/core/delivery";
import { joinParts } from "@tracecore/core/pdata";
import { describe, expect, test } from "vitest";
import { batchOf, busy, noSpread, start } from "./delivering.ts";

describe("delivery", () => {
  test("takes responsibility when the batch is queued, and sends it", async () => {
    const rig = start();
    await rig.send(3);
    await rig.delivery[Symbol.asyncDispose]();
    expect(rig.backend.sent).toEqual([3]);
    expect(rig.telemetry.callsOf("incCallSuccess")).toHaveLength(1);
    expect(rig.dropped()).toBe(0);
  });

  test("tries again with growing waits, says so once, and says when it works again", async () => {
    const rig = start({ retry_on_failure: noSpread });
    rig.backend.answers = [busy(), busy(), new Error("connection refused")];
    await rig.send(2);
    await rig.clock.advance(0);
    expect(rig.backend.sent).toEqual([2]);
    await rig.clock.advance(4999);
    expect(rig.backend.sent).toEqual([2]);
    await rig.clock.advance(1);
    expect(rig.backend.sent).toEqual([2, 2]);
    await rig.clock.advance(7500);
    expect(rig.backend.sent).toEqual([2, 2, 2]);
    await rig.clock.advance(11_250);
    expect(rig.backend.sent).toEqual([2, 2, 2, 2]);
    expect(rig.logs).toEqual(["cannot send: 503; tries again", "the backend takes data again"]);
    expect(rig.telemetry.callsOf("incCallFailure").map(([kind]) => kind)).toEqual([
      "unavailable",
      "unavailable",
      "connect",
    ]);
    await rig.delivery[Symbol.asyncDispose]();
  });

  test("waits as long as the backend asks for, with every request", async () => {
    const rig = start({ retry_on_failure: noSpread, sending_queue: { num_consumers: 1 } });
    rig.backend.answers = [busy(60_000)];
    await rig.send(1);
    await rig.send(2);
    await rig.clock.advance(59_999);
    expect(rig.backend.sent).toEqual([1]);
    await rig.clock.advance(1);
    expect(rig.backend.sent).toEqual([1, 1, 2]);
    await rig.delivery[Symbol.asyncDispose]();
  });

  test("waits for no longer than an hour, whatever the backend asks for", async () => {
    const rig = start({ retry_on_failure: noSpread });
    rig.backend.answers = [busy(1e15)];
    await rig.send(1);
    await rig.clock.advance(0);
    expect([rig.dropped(), rig.logs.at(-1)]).toEqual([
      1,
      "dropped 1 items: gave up after 0 s, before a wait of 3600 s: 503",
    ]);
    await rig.send(2);
    await rig.clock.advance(3_599_999);
    expect(rig.backend.sent).toEqual([1]);
    await rig.clock.advance(1);
    expect(rig.backend.sent).toEqual([1, 2]);
    await rig.delivery[Symbol.asyncDispose]();
  });

  test("gives up after max_elapsed_time, and counts and logs the loss", async () => {
    const rig = start({ retry_on_failure: { ...noSpread, max_elapsed_time: "12s" } });
    rig.backend.always = busy();
    await rig.send(4);
    await rig.clock.advance(5000);
    await rig.clock.advance(7500);
    expect(rig.dropped()).toBe(4);
    expect(rig.logs.at(-1)).toBe("dropped 4 items: gave up after 5 s, before a wait of 8 s: 503");
    await rig.delivery[Symbol.asyncDispose]();
  });

  test("drops at once what the backend refuses for good", async () => {
    const rig = start();
    rig.backend.answers = [{ outcome: "rejected", kind: "rejected", reason: "400 bad data" }];
    await rig.send(5);
    await rig.clock.advance(0);
    expect([rig.backend.sent, rig.dropped(), rig.logs]).toEqual([[5], 5, ["dropped 5 items: 400 bad data"]]);
    await rig.delivery[Symbol.asyncDispose]();
  });

  test("counts what the backend takes in part, and does not send it again", async () => {
    const rig = start();
    rig.backend.answers = [{ outcome: "delivered", rejectedItems: 2, message: "too old" }];
    await rig.send(5);
    await rig.clock.advance(0);
    expect([rig.backend.sent, rig.dropped(), rig.logs]).toEqual([
      [5],
      2,
      ["dropped 2 items: the backend rejected them: too old"],
    ]);
    await rig.delivery[Symbol.asyncDispose]();
  });

  test.each([
    [7, 5],
    [-3, 0],
  ])("counts at most what it sent when the backend says that it rejects %i of 5 items", async (rejectedItems, lost) => {
    const rig = start();
    rig.backend.answers = [{ outcome: "delivered", rejectedItems }];
    await rig.send(5);
    await rig.clock.advance(0);
    expect(rig.dropped()).toBe(lost);
    await rig.delivery[Symbol.asyncDispose]();
  });

  test("sends in halves what is too large, and drops the one item that still is", async () => {
    const rig = start();
    const tooLarge: SendResult = { outcome: "too_large", kind: "too_large", reason: "413" };
    rig.backend.answers = [tooLarge, { outcome: "delivered" }, tooLarge, { outcome: "delivered" }, tooLarge];
    await rig.send(4);
    await rig.clock.advance(0);
    expect([rig.backend.sent, rig.dropped()]).toEqual([[4, 2, 2, 1, 1], 1]);
    await rig.delivery[Symbol.asyncDispose]();
  });

  test("ends an attempt that gets no answer in time", async () => {
    const rig = start({ timeout: "3s", retry_on_failure: { ...noSpread, initial_interval: "1s" } });
    rig.backend.answers = ["hang"];
    await rig.send(1);
    await rig.clock.advance(3000);
    await rig.clock.advance(1000);
    expect(rig.backend.sent).toEqual([1, 1]);
    expect(rig.telemetry.callsOf("incCallFailure")).toEqual([["timeout"]]);
    await rig.delivery[Symbol.asyncDispose]();
  });

  test("refuses what a full queue has no room for, so that the sender keeps it", async () => {
    const rig = start({ sending_queue: { queue_size: 2, num_consumers: 1 } });
    rig.backend.answers = ["hang"];
    await rig.send(1);
    await rig.send(1);
    expect(rig.delivery.queueDepthRatio()).toBe(1);
    const refused: unknown = await rig.send(1).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ConsumeError);
    expect(refused).toMatchObject({ retryable: true, message: "the sending queue is full (2 of 2)" });
    expect(rig.telemetry.queueDepthRatio?.()).toBe(1);
    expect(rig.dropped()).toBe(0);
    rig.stop.abort();
    await rig.delivery[Symbol.asyncDispose]();
  });

  test.each([
    ["items", 5],
    ["bytes", 50],
  ])("counts the room of the queue in %s", async (sizer, queue_size) => {
    const rig = start({ sending_queue: { queue_size, sizer, num_consumers: 1 } });
    rig.backend.answers = ["hang"];
    await rig.send(3);
    await rig.send(2);
    await expect(rig.send(1)).rejects.toThrow(`the sending queue is full (${queue_size} of ${queue_size})`);
    rig.stop.abort();
    await rig.delivery[Symbol.asyncDispose]();
  });

  test.each([
    ["its default", {}, 64 * 1024 * 1024],
    ["what the config says, beside a size", { queue_size: 5000, memory_limit: "1KiB" }, 1024],
  ])("holds no more bytes than memory_limit: %s", async (_, options, limit) => {
    const rig = start({ sending_queue: { ...options, num_consumers: 1 } });
    rig.backend.answers = ["hang"];
    let bytes = 0;
    rig.backend.request = () => ({ items: 1, bytes });
    bytes = limit - 8;
    await rig.send(1);
    bytes = 8;
    await rig.send(1);
    expect(rig.delivery.queueDepthRatio()).toBe(1);
    bytes = 1;
    await expect(rig.send(1)).rejects.toThrow(`the sending queue is full (memory_limit, ${limit} bytes)`);
    rig.stop.abort();
    await rig.delivery[Symbol.asyncDispose]();
  });

  test("a size that the config gives stands without a limit in bytes", async () => {
    const rig = start({ sending_queue: { queue_size: 3, num_consumers: 1 } });
    rig.backend.answers = ["hang"];
    rig.backend.request = () => ({ items: 1, bytes: 60 * 1024 * 1024 });
    for (let i = 0; i < 3; i++) await rig.send(1);
    await expect(rig.send(1)).rejects.toThrow("the sending queue is full (3 of 3)");
    rig.stop.abort();
    await rig.delivery[Symbol.asyncDispose]();
  });

  test("does not encode what it has no room for", async () => {
    const rig = start({ sending_queue: { queue_size: 1, num_consumers: 1 } });
    rig.backend.answers = ["hang"];
    await rig.send(1);
    rig.backend.request = () => {
      throw new Error("encoded in vain");
    };
    await expect(rig.send(1)).rejects.toThrow("the sending queue is full (1 of 1)");
    rig.stop.abort();
    await rig.delivery[Symbol.asyncDispose]();
  });

  test("says when there will be room, by how fast the queue empties", async () => {
    const rig = start({ sending_queue: { queue_size: 100, num_consumers: 1 } });
    rig.backend.send = async () => {
      await rig.clock.sleep(10, new AbortController().signal);
      return rig.backend.always;
    };
    const waitMs = async (): Promise<number | undefined> => {
      while ((await rig.send(1).catch((error: unknown) => error as ConsumeError)) === undefined);
      return ((await rig.send(1).catch((error: unknown) => error)) as ConsumeError).retryAfterMs;
    };
    // Nothing has left it yet.
    expect(await waitMs()).toBe(1000);
    for (let i = 0; i < 30; i++) await rig.clock.advance(10);
    // A twentieth is five, each of 10 ms.
    expect(await waitMs()).toBe(50);
    rig.stop.abort();
    await rig.delivery[Symbol.asyncDispose]();
  });

  test("makes nobody wait for room beyond the time after which the data is sent again", async () => {
    const rig = start({
      sending_queue: { queue_size: 1, num_consumers: 1, overflow: "block" },
      retry_on_failure: { ...noSpread, initial_interval: "40s", max_interval: "40s" },
    });
    rig.backend.answers = [busy()];
    await rig.send(1);
    const answers = Promise.allSettled([rig.send(2), rig.send(3)]);
    await rig.clock.advance(27_000);
    const reason = new ConsumeError("the sending queue is full (1 of 1)", { retryable: true, retryAfterMs: 1000 });
    expect(await answers).toEqual([
      { status: "rejected", reason },
      { status: "rejected", reason },
    ]);
    const fourth = rig.send(4);
    await rig.clock.advance(20_000);
    await fourth;
    await rig.delivery[Symbol.asyncDispose]();
    expect(rig.backend.sent).toEqual([1, 1, 4]);
  });

  test("joins small requests until they are enough, or it has been long enough", async () => {
    const rig = start({ sending_queue: { batch: { min_size: 5, flush_timeout: "200ms" } } });
    for (const items of [2, 2, 1, 3]) await rig.send(items);
    await rig.clock.advance(0);
    expect(rig.backend.sent).toEqual([5]);
    await rig.clock.advance(200);
    expect(rig.backend.sent).toEqual([5, 3]);
    expect(rig.delivery.queueDepthRatio()).toBe(0);
    await rig.delivery[Symbol.asyncDispose]();
  });

  test("holds the room of what it has split, and tells the sender, when no part is left", async () => {
    const batch = { min_size: 1, max_size: 4 };
    const rig = start({
      sending_queue: { queue_size: 10, sizer: "items", wait_for_result: true, batch },
      retry_on_failure: noSpread,
    });
    rig.backend.answers = [busy()];
    let told = "";
    const sent = rig.send(10).then(() => (told = "delivered"));
    await rig.clock.advance(0);
    expect([rig.backend.sent, told, rig.delivery.queueDepthRatio()]).toEqual([[4, 4, 2], "", 1]);
    await rig.clock.advance(5000);
    await sent;
    expect([rig.backend.sent, told, rig.delivery.queueDepthRatio()]).toEqual([[4, 4, 2, 4], "delivered", 0]);
    rig.backend.answers = [{ outcome: "rejected", kind: "rejected", reason: "400" }];
    await expect(rig.send(10)).rejects.toMatchObject({ message: "400", retryable: false });
    await rig.delivery[Symbol.asyncDispose]();
  });

  test("splits batches that are larger than max_size", async () => {
    const rig = start({ sending_queue: { batch: { min_size: 1, max_size: 4 } } });
    await rig.send(10);
    await rig.clock.advance(0);
    expect(rig.backend.sent).toEqual([4, 4, 2]);
    await rig.delivery[Symbol.asyncDispose]();
  });

  test("sends fewer requests at once while the backend cannot keep up", async () => {
    const rig = start({
      sending_queue: { num_consumers: 8 },
      retry_on_failure: { ...noSpread, initial_interval: "1s" },
    });
    rig.backend.answers = Array.from({ length: 20 }, () => "hang" as const);
    for (let i = 0; i < 20; i++) await rig.send(1);
    await rig.clock.advance(0);
    expect(rig.backend.sent).toHaveLength(8);
    await rig.clock.advance(5000);
    await rig.clock.advance(1000);
    // Of the eight that waited four go on, which is the limit now; nothing new begins.
    expect(rig.backend.sent).toHaveLength(12);
    rig.stop.abort();
    await rig.delivery[Symbol.asyncDispose]();
    expect(rig.dropped()).toBe(20);
  });

  test("sends other requests while one waits that the backend cannot take", async () => {
    const rig = start({ retry_on_failure: noSpread });
    rig.backend.send = ({ items }) => {
      rig.backend.sent.push(items);
      return Promise.resolve(items === 13 ? busy() : rig.backend.always);
    };
    await rig.send(13);
    for (let i = 0; i < 3; i++) await rig.clock.advance(12_000);
    const before = rig.backend.sent.length;
    for (let i = 1; i <= 9; i++) {
      await rig.send(i);
      await rig.clock.advance(10);
    }
    expect(rig.backend.sent.slice(before)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    rig.stop.abort();
    await rig.delivery[Symbol.asyncDispose]();
    expect(rig.dropped()).toBe(13);
  });

  test("begins no more than half of what it may while nothing goes through", async () => {
    const rig = start({ retry_on_failure: { ...noSpread, initial_interval: "10s" } });
    rig.backend.always = busy();
    for (let i = 0; i < 50; i++) {
      await rig.send(i + 1);
      await rig.clock.advance(100);
    }
    expect(rig.backend.sent).toEqual([1, 2, 3, 4, 5]);
    rig.stop.abort();
    await rig.delivery[Symbol.asyncDispose]();
  });

  test("says at most every ten seconds that a backend takes data which refuses now and then", async () => {
    const rig = start({ retry_on_failure: { ...noSpread, initial_interval: "1s" } });
    rig.backend.answers = Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? busy() : rig.backend.always));
    for (let i = 0; i < 20; i++) {
      await rig.send(1);
      await rig.clock.advance(2000);
    }
    await rig.delivery[Symbol.asyncDispose]();
    const pair = ["cannot send: 503; tries again", "the backend takes data again"];
    expect(rig.logs).toEqual([...pair, ...pair, ...pair, ...pair, pair[0]]);
  });
});

describe("a batch that was changed in parts", () => {
  const parts = [batchOf(3), batchOf(4)] as const;

  test("is one request of all of them", async () => {
    const rig = start();
    await rig.delivery.consume(joinParts(parts), AbortSignal.timeout(60_000));
    await rig.delivery[Symbol.asyncDispose]();
    expect(rig.backend.sent).toEqual([7]);
  });

  test("of which one cannot be encoded is refused as a whole", async () => {
    const rig = start();
    const { request } = rig.backend;
    rig.backend.request = (batch) => {
      if (batch === parts[1]) throw new Error("no such value");
      return request(batch);
    };
    await expect(rig.delivery.consume(joinParts(parts), AbortSignal.timeout(60_000))).rejects.toMatchObject({
      message: "cannot encode 7 items of logs",
      retryable: false,
    });
    await rig.delivery[Symbol.asyncDispose]();
    expect(rig.backend.sent).toEqual([]);
  });

  test("is refused by an exporter that stopped while it was encoded", async () => {
    const rig = start();
    const { request } = rig.backend;
    rig.backend.request = (batch) => {
      rig.stop.abort();
      void rig.delivery[Symbol.asyncDispose]();
      return request(batch);
    };
    await expect(rig.delivery.consume(joinParts(parts), AbortSignal.timeout(60_000))).rejects.toMatchObject({
      message: "the exporter has stopped",
      retryable: true,
    });
  });
});
