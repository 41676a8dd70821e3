import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { catchFaults } from "../../src/service/faults.ts";
import { never, points, testGraph } from "./graph-fixture.ts";

/** Lets timers, immediates and the unhandled-rejection check of Node run. */
async function turns(count = 3): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** Node calls our handlers only when nobody else listens; vitest's own would fail the run. */
function onlyOurs(stray: unknown[]): Disposable {
  const events = ["uncaughtException", "unhandledRejection"] as const;
  const before = events.map((event) => process.listeners(event as "uncaughtException"));
  for (const event of events) process.removeAllListeners(event);
  const caught = catchFaults((error) => stray.push(error));
  return {
    [Symbol.dispose]() {
      caught[Symbol.dispose]();
      for (const [i, event] of events.entries())
        for (const listener of before[i]!) process.on(event as "uncaughtException", listener);
    },
  };
}

describe("isolation", () => {
  test("F30: 10,000 faults of every sort end no process and leave the other components alone", async () => {
    const stray: unknown[] = [];
    using _only = onlyOurs(stray);
    const graph = testGraph();
    let fault: () => unknown = () => {};
    const taken: number[] = [];
    const components = [
      graph.component("receiver", "in"),
      graph.component("exporter", "bad", { consume: () => fault() as Promise<void> }),
      graph.component("exporter", "good", { consume: (batch) => void taken.push(batch.itemCount) }),
    ];
    await using service = await graph.start(graph.config(components, { metrics: "in >> bad good" }));
    const thrown: unknown[] = [new Error("boom"), new TypeError(""), null, undefined, "text", 7, { toString: null }];
    const sorts: ((value: unknown) => unknown)[] = [
      (value) => {
        throw value;
      },
      (value) => Promise.reject(value),
      async (value) => {
        await Promise.resolve();
        throw value;
      },
      (value) =>
        void setImmediate(() => {
          throw value;
        }),
      (value) =>
        queueMicrotask(() => {
          throw value;
        }),
      (value) => void Promise.reject(value),
    ];
    const { metrics } = graph.next.get("in")!;
    const batch = points(1);
    for (let i = 0; i < 10_000; i++) {
      fault = () => sorts[i % sorts.length]!(thrown[i % thrown.length]);
      await metrics.consume(batch, never).catch(() => {});
      if (i % 100 === 0) {
        await turns(1);
        await graph.clock.advance(60_000);
      }
    }
    await turns();
    await graph.clock.advance(120_000);
    expect(taken).toHaveLength(10_000);
    expect(stray).toEqual([]);
    expect(service.components().find(({ id }) => id === "good")!.status).toBe("ok");
    fault = () => {};
    await metrics.consume(batch, never);
    expect(service.components().find(({ id }) => id === "bad")!.status).toBe("ok");
  }, 60_000);

  test("starts a component anew that threw in a timer, and counts it", async () => {
    const stray: unknown[] = [];
    using _only = onlyOurs(stray);
    const graph = testGraph();
    const restarted: string[] = [];
    let starts = 0;
    const start = () => {
      starts++;
      if (starts === 1)
        setImmediate(() => {
          throw new Error("lost the device");
        });
    };
    const components = [graph.component("receiver", "in", { start }), graph.component("exporter", "out")];
    await using service = await graph.start(graph.config(components, { metrics: "in >> out" }), {
      onRestart: (component) => restarted.push(component),
    });
    await turns();
    expect(service.components().find(({ id }) => id === "in")).toMatchObject({
      status: "recoverable_error",
      error: "lost the device",
    });
    await graph.clock.advance(1000);
    expect(starts).toBe(2);
    expect(restarted).toEqual(['receiver "in"']);
    expect(service.components().find(({ id }) => id === "in")!.status).toBe("ok");
    expect(graph.lines).toEqual([
      'ERROR receiver in: receiver "in" failed and is started anew: lost the device',
      'INFO  receiver in: receiver "in" runs again',
    ]);
  });

  test("a throw while a component starts ends that start, and leaves one instance and not two", async () => {
    const stray: unknown[] = [];
    using _only = onlyOurs(stray);
    const graph = testGraph();
    let running = 0;
    let starts = 0;
    const start = async () => {
      starts++;
      if (starts === 1) {
        setImmediate(() => {
          throw new Error("lost the device");
        });
        await graph.clock.sleep(2500);
      }
      running++;
    };
    const stop = () => void running--;
    const components = [
      graph.component("receiver", "in", { start, stop }, { startup: "retry" }),
      graph.component("exporter", "out"),
    ];
    const service = await graph.start(graph.config(components, { metrics: "in >> out" }));
    await turns();
    expect(service.components().find(({ id }) => id === "in")).toMatchObject({
      status: "recoverable_error",
      error: 'cannot start receiver "in" (test.yaml:1:1): lost the device',
    });
    await graph.clock.advance(5000);
    expect([starts, running]).toEqual([2, 1]);
    await service.shutdown();
    expect(running).toBe(0);
  });

  test("a component that throws what cannot even be printed is still only a failed component", async () => {
    const gotcha = (): never => {
      throw new Error("gotcha");
    };
    const throws = { get: gotcha };
    const hostile: unknown[] = [
      Object.create(null, { message: throws, retryable: throws }),
      Object.defineProperty(new Error("hidden"), "message", throws),
      new Proxy(new Error("hidden"), { get: gotcha, has: gotcha, getPrototypeOf: gotcha }),
    ];
    const graph = testGraph();
    let thrown: unknown;
    const components = [
      graph.component("receiver", "in"),
      graph.component("exporter", "bad", { consume: () => Promise.reject(thrown) }),
      graph.component("exporter", "good"),
    ];
    await using service = await graph.start(graph.config(components, { metrics: "in >> bad good" }));
    for (thrown of hostile) await graph.next.get("in")!.metrics.consume(points(2), never);
    expect(service.edges().map(({ to, accepted, failed, lost }) => [to, accepted, failed, lost])).toEqual([
      ['exporter "bad"', 0, 6, 6],
      ['exporter "good"', 6, 0, 0],
    ]);
    await service.shutdown();
    const lost = 'exporter "bad" did not take data of receiver "in", which is lost here; other branches took it';
    expect(graph.lines).toEqual([
      `ERROR exporter bad: dropped 2 items: ${lost}: a value that is not an error was thrown: {} items=2`,
      `ERROR exporter bad: dropped 4 more items: ${lost}: an error that throws when it is asked for its message items=4`,
    ]);
  });

  test("counts exactly: what is offered on an edge is accepted, refused or failed", async () => {
    const { ConsumeError } = await import("@tracecore/core");
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.nat(50), fc.constantFrom("take", "refuse", "fail"))), async (offers) => {
        const graph = testGraph();
        let what = "take";
        const components = [
          graph.component("receiver", "in"),
          graph.component("processor", "p"),
          graph.component("exporter", "out", {
            consume() {
              if (what !== "take") throw new ConsumeError(what, { retryable: what === "refuse" });
            },
          }),
        ];
        const service = await graph.start(graph.config(components, { metrics: "in > p > out" }));
        const expected = { take: 0, refuse: 0, fail: 0 };
        for (const [count, outcome] of offers) {
          what = outcome;
          expected[outcome] += count;
          await graph.next
            .get("in")!
            .metrics.consume(points(count), never)
            .catch(() => {});
        }
        for (const edge of service.edges()) {
          expect([edge.accepted, edge.refused, edge.failed]).toEqual([expected.take, expected.refuse, expected.fail]);
        }
        const { delivered, dropped } = await service.shutdown();
        expect([delivered, dropped]).toEqual([expected.take, expected.fail]);
      }),
      { numRuns: 50 },
    );
  });
});
