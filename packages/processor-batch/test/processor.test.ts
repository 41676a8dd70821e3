import { setImmediate } from "node:timers/promises";
import { batchProcessor } from "@tracecore/processor-batch";
import { ConsumeError, type Batch } from "@tracecore/core";
import {
  emptyResource,
  emptyScope,
  filterLogs,
  joinParts,
  logRecords,
  logs,
  type AttributeValue,
  type Logs,
  setEncodedRows,
} from "@tracecore/core/pdata";
import { decodeProtobuf, encodeProtobuf } from "@tracecore/otlp";
import { conformance, runProcessor, turnsOf, type RunningProcessor } from "@tracecore/testkit";
import { describe, expect, test } from "vitest";

const records = (count: number): Logs =>
  logs(Array.from({ length: count }, (_, i) => ({ resource: emptyResource, scope: emptyScope, body: `record ${i}` })));
const sizes = (batches: readonly Batch[]): number[] => batches.map(({ itemCount }) => itemCount);

describe("batch processor", () => {
  conformance(batchProcessor, "{}");

  test("joins batches until there are enough items", async () => {
    await using processor = await runProcessor(batchProcessor, "{ send_batch_size: 5, timeout: 1s }");
    for (const count of [2, 2, 1, 3]) await processor.consume(records(count));
    await processor.clock.advance(0);
    expect(sizes(processor.out.batches)).toEqual([5]);
    expect([...logRecords(processor.out.batches[0] as Logs)].map(({ body }) => body)).toEqual([
      "record 0",
      "record 1",
      "record 0",
      "record 1",
      "record 0",
    ]);
    await processor.clock.advance(999);
    expect(sizes(processor.out.batches)).toEqual([5]);
    await processor.clock.advance(1);
    expect(sizes(processor.out.batches)).toEqual([5, 3]);
  });

  test("passes a batch that is large enough on as it is", async () => {
    await using processor = await runProcessor(batchProcessor, "{ send_batch_size: 3 }");
    const batch = records(3);
    await processor.consume(batch);
    await processor.clock.advance(0);
    expect(processor.out.batches[0]).toBe(batch);
  });

  test("holds of a request only what a filter has kept of it", async () => {
    await using processor = await runProcessor(batchProcessor, "{ send_batch_size: 8, timeout: 1s }");
    const request = encodeProtobuf(records(100));
    const kept = filterLogs(decodeProtobuf("logs", request), (row) => row > 97);
    await processor.consume(kept);
    // What is read of the request from now on is seen, and that it is not read says that nothing needs it.
    request.fill(0);
    await processor.clock.advance(1000);
    const [batch] = processor.out.batches as Logs[];
    expect([...logRecords(batch!)].map(({ body }) => body)).toEqual(["record 98", "record 99"]);
  });

  test("splits what is larger than the limit", async () => {
    await using processor = await runProcessor(batchProcessor, "{ send_batch_size: 4, send_batch_max_size: 4 }");
    await processor.consume(records(10));
    await processor.clock.advance(0);
    expect(sizes(processor.out.batches)).toEqual([4, 4, 2]);
  });

  test("splits a large batch with turns of the event loop between", async () => {
    await using processor = await runProcessor(batchProcessor, "{ send_batch_size: 1000, send_batch_max_size: 1000 }");
    const turns = await turnsOf(async () => {
      await processor.consume(decodeProtobuf("logs", encodeProtobuf(records(100_000))));
      while (processor.out.batches.length < 100) await setImmediate();
    });
    // In one piece there are two: the one before and the one after.
    expect(turns).toBeGreaterThan(3);
    expect(sizes(processor.out.batches)).toEqual(Array.from({ length: 100 }, () => 1000));
  });

  test("joins values that lie deeper in one another than a receiver takes", async () => {
    await using processor = await runProcessor(batchProcessor, "{ send_batch_size: 3 }");
    const body = Array.from({ length: 200 }).reduce<readonly AttributeValue[]>((inner) => [inner], []);
    await processor.consume(logs([{ resource: emptyResource, scope: emptyScope, body }]));
    await processor.consume(records(2));
    await processor.clock.advance(0);
    expect(sizes(processor.out.batches)).toEqual([3]);
    expect(processor.out.logRecords[0]!.body).toEqual(body);
  });

  test("drops a batch that cannot be divided since it cannot be written, and sends the others", async () => {
    await using processor = await runProcessor(
      batchProcessor,
      "{ send_batch_size: 4, send_batch_max_size: 4, timeout: 1s }",
    );
    const broken = { ...records(5), times: undefined } as unknown as Logs;
    for (const batch of [records(1), broken, records(2)]) await processor.consume(batch);
    await processor.clock.advance(1000);
    expect(sizes(processor.out.batches)).toEqual([1, 2]);
    expect(processor.logs.map(({ message }) => message)).toEqual([expect.stringMatching(/^dropped 5 items: /)]);
  });

  test("does not refuse rows of a request that it has taken where they cannot be encoded meanwhile", async () => {
    await using processor = await runProcessor(batchProcessor, "{ timeout: 1s }");
    const broken = { ...records(5), times: undefined } as unknown as Logs;
    setEncodedRows(broken, () => ({}) as never);
    await processor.consume(broken);
    await processor.consume(records(2));
    await processor.clock.advance(1000);
    // Alone it is passed on as it is.
    expect(sizes(processor.out.batches)).toEqual([5, 2]);
  });

  test("sends what it has when it stops", async () => {
    const processor = await runProcessor(batchProcessor, "{}");
    await processor.consume(records(2));
    await processor[Symbol.asyncDispose]();
    expect(sizes(processor.out.batches)).toEqual([2]);
  });

  test("tries again while the next stage refuses for now, and makes the sender wait", async () => {
    let refusals = 2;
    const taken: number[] = [];
    const next = {
      consume: (batch: Batch) => {
        if (refusals-- > 0) throw new ConsumeError("full", { retryable: true });
        taken.push(batch.itemCount);
        return Promise.resolve();
      },
    };
    await using processor = await runProcessor(batchProcessor, "{ send_batch_size: 2 }", {
      next: { metrics: next, logs: next, traces: next },
    });
    await processor.consume(records(2));
    await processor.consume(records(4));
    await expect(processor.consume(records(1))).rejects.toMatchObject({ retryable: true });
    await processor.clock.advance(100);
    await processor.clock.advance(200);
    await processor.clock.advance(0);
    expect(taken).toEqual([2, 4]);
  });

  /** A stage that takes what it is given when it is told to, and what it was given so far. */
  async function slow(yaml: string): Promise<{ processor: RunningProcessor; given: number[]; take: () => void }> {
    const given: number[] = [];
    const under: (() => void)[] = [];
    const next = {
      consume: (batch: Batch) => {
        given.push(batch.itemCount);
        const { promise, resolve } = Promise.withResolvers<void>();
        under.push(resolve);
        return promise;
      },
    };
    const processor = await runProcessor(batchProcessor, yaml, { next: { metrics: next, logs: next, traces: next } });
    return { processor, given, take: () => under.shift()!() };
  }

  test("lets senders wait in their order while the next stage works, which takes long with large batches", async () => {
    const { processor, given, take } = await slow("{ send_batch_size: 2 }");
    await processor.consume(records(3));
    await processor.consume(records(4));
    let entered = 0;
    const waiting = [5, 1].map((count) => processor.consume(records(count)).then(() => entered++));
    await processor.clock.advance(4_999);
    expect([entered, given]).toEqual([0, [3]]);
    take();
    await processor.clock.advance(0);
    expect([entered, given]).toEqual([1, [3, 4]]);
    take();
    await processor.clock.advance(0);
    expect([entered, given]).toEqual([2, [3, 4, 5]]);
    await Promise.all(waiting);
    take();
    await processor.clock.advance(200);
    take();
    await processor[Symbol.asyncDispose]();
    expect([given, processor.logs]).toEqual([[3, 4, 5, 1], []]);
  });

  test("lets nobody wait for longer than five seconds", async () => {
    const { processor, given, take } = await slow("{ send_batch_size: 2 }");
    await processor.consume(records(3));
    await processor.consume(records(4));
    const waiting = Promise.allSettled([processor.consume(records(5))]);
    await processor.clock.advance(5_000);
    expect(await waiting).toMatchObject([
      { reason: { message: "the next stage does not keep up with the batches", retryable: true } },
    ]);
    take();
    await processor.clock.advance(0);
    take();
    await processor[Symbol.asyncDispose]();
    expect(given).toEqual([3, 4]);
  });

  test("refuses those who wait once the next stage refuses", async () => {
    const answers: PromiseWithResolvers<void>[] = [];
    const next = {
      consume: () => {
        answers.push(Promise.withResolvers<void>());
        return answers.at(-1)!.promise;
      },
    };
    const processor = await runProcessor(batchProcessor, "{ send_batch_size: 2 }", {
      next: { metrics: next, logs: next, traces: next },
    });
    await processor.consume(records(3));
    await processor.consume(records(4));
    const waiting = Promise.allSettled([processor.consume(records(5))]);
    answers[0]!.reject(new ConsumeError("full", { retryable: true }));
    expect(await waiting).toMatchObject([{ reason: { retryable: true } }]);
    await processor.clock.advance(100);
    answers[1]!.resolve();
    await processor.clock.advance(0);
    answers[2]!.resolve();
    await processor[Symbol.asyncDispose]();
    expect([answers.length, processor.logs]).toEqual([3, []]);
  });

  /** A stage that takes nothing until it is told to, and holds two records when it stops. */
  async function stopping(): Promise<{ processor: RunningProcessor; taken: number[]; open: () => void }> {
    let full = true;
    const taken: number[] = [];
    const next = {
      consume: (batch: Batch) => {
        if (full) throw new ConsumeError("full", { retryable: true, retryAfterMs: 1000 });
        taken.push(batch.itemCount);
        return Promise.resolve();
      },
    };
    const processor = await runProcessor(batchProcessor, "{ send_batch_size: 2, send_batch_max_size: 2 }", {
      next: { metrics: next, logs: next, traces: next },
    });
    await processor.consume(records(2));
    await processor.consume(records(4));
    return { processor, taken, open: () => (full = false) };
  }

  test("tries again while it stops, since what comes after it goes on sending", async () => {
    const { processor, taken, open } = await stopping();
    const stopped = processor[Symbol.asyncDispose]();
    await processor.clock.advance(0);
    await processor.clock.advance(199);
    open();
    expect(taken).toEqual([]);
    await processor.clock.advance(1);
    await stopped;
    expect([taken, processor.logs]).toEqual([[2, 2, 2], []]);
  });

  test("gives up at the end when nothing is taken for two seconds", async () => {
    const { processor, taken } = await stopping();
    const stopped = processor[Symbol.asyncDispose]();
    await processor.clock.advance(0);
    for (let i = 0; i < 9; i++) await processor.clock.advance(200);
    await processor.clock.advance(199);
    expect(processor.logs).toEqual([]);
    await processor.clock.advance(1);
    await stopped;
    expect([taken, processor.logs.map(({ message }) => message)]).toEqual([
      [],
      ["dropped 2 items: full", "dropped 2 items: full", "dropped 2 items: full"],
    ]);
  });

  test("drops and counts what the next stage refuses for good", async () => {
    const refuse = { consume: () => Promise.reject(new ConsumeError("never", { retryable: false })) };
    await using processor = await runProcessor(batchProcessor, "{ send_batch_size: 2 }", {
      next: { metrics: refuse, logs: refuse, traces: refuse },
    });
    await processor.consume(records(2));
    await processor.clock.advance(0);
    expect(processor.logs.map(({ message }) => message)).toEqual(["dropped 2 items: never"]);
  });

  test("refuses a largest size below the size", async () => {
    await expect(runProcessor(batchProcessor, "{ send_batch_size: 5, send_batch_max_size: 4 }")).rejects.toThrow(
      '"send_batch_max_size" is below "send_batch_size"',
    );
  });
});

describe("a batch that was changed in parts", () => {
  const first = records(3);

  test("is passed on as it is where it is enough", async () => {
    await using processor = await runProcessor(batchProcessor, "{ send_batch_size: 5 }");
    const batch = joinParts([first, records(2)]);
    await processor.consume(batch);
    await processor.clock.advance(0);
    expect(processor.out.batches[0]).toBe(batch);
  });

  test("is joined with others, all of it", async () => {
    await using processor = await runProcessor(batchProcessor, "{ send_batch_size: 9, timeout: 1s }");
    const request = encodeProtobuf(records(100));
    const kept = filterLogs(decodeProtobuf("logs", request), (row) => row > 97);
    await processor.consume(joinParts([first, kept]));
    request.fill(0);
    await processor.consume(records(4));
    await processor.clock.advance(0);
    const [batch] = processor.out.batches as Logs[];
    expect([...logRecords(batch!)].map(({ body }) => body)).toEqual(
      [0, 1, 2, 98, 99, 0, 1, 2, 3].map((i) => `record ${i}`),
    );
  });
});
