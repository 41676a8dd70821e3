import { describe, expect, test } from "vitest";
import { defineExporter, type Batch, type ComponentKind, type Consumers, type Sink } from "../../src/core.ts";
import { noOptions } from "../../src/config/config.ts";
import { catchFaults } from "../../src/service/faults.ts";
import { never, points, testGraph, type Behaviour, type TestGraph } from "./graph-fixture.ts";

/** Faults that nobody owns. Vitest's own listeners would fail the test for those that somebody does. */
function onlyOurs(stray: unknown[]): Disposable {
  const events = ["uncaughtException", "unhandledRejection"] as const;
  const theirs = events.map((event) => [event, process.listeners(event as "uncaughtException")] as const);
  for (const event of events) process.removeAllListeners(event);
  const catching = catchFaults((error) => stray.push(error));
  return {
    [Symbol.dispose]() {
      catching[Symbol.dispose]();
      for (const [event, listeners] of theirs) for (const listener of listeners) process.on(event, listener);
    },
  };
}

async function turns(count = 3): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}

const boom = (): never => {
  throw new Error("boom");
};

/** A receiver, the component in question between, and an exporter behind it. */
function between(graph: TestGraph, kind: ComponentKind, behaviour: Behaviour) {
  const odd = graph.component(kind, "odd", behaviour);
  const [inside, out] = [graph.component("receiver", "in"), graph.component("exporter", "out")];
  const pipelines: Record<string, string> =
    kind === "connector" ? { metrics: "in >> odd", "metrics/b": "odd >> out" } : { metrics: "in > odd > out" };
  return graph.config([inside, odd, out], pipelines);
}

describe.each(["processor", "connector"] as const)("a %s", (kind) => {
  const key = kind === "processor" ? 'processor "odd" of pipeline "metrics"' : 'connector "odd"';

  test("that throws in consume has refused the batch, and works again with the next", async () => {
    const graph = testGraph();
    let breaks = true;
    const service = await graph.start(
      between(graph, kind, {
        consume: (batch, next) => (breaks ? boom() : next.metrics.consume(batch as never, never)),
      }),
    );
    const { metrics } = graph.next.get("in")!;
    await expect(metrics.consume(points(2), never)).rejects.toThrow("boom");
    breaks = false;
    await metrics.consume(points(3), never);
    expect(service.edges().map(({ accepted, refused, lost }) => [accepted, refused, lost])).toEqual([
      [3, 2, 0],
      [3, 0, 0],
    ]);
    expect(await service.shutdown()).toMatchObject({ delivered: 3, dropped: 0 });
  });

  test("that throws in a timer is started anew, and what it leaves behind does not end the new one", async () => {
    const stray: unknown[] = [];
    using _only = onlyOurs(stray);
    const graph = testGraph();
    const restarts: string[] = [];
    const first: { leftBehind?: () => void } = {};
    let starts = 0;
    const start = (): void => {
      if (++starts > 1) return;
      const later = Promise.withResolvers<void>();
      void later.promise.then(boom);
      first.leftBehind = later.resolve;
      setImmediate(boom);
    };
    await using service = await graph.start(between(graph, kind, { start }), {
      onRestart: (component) => restarts.push(component),
    });
    await turns();
    await graph.clock.advance(1000);
    expect([starts, restarts]).toEqual([2, [key]]);
    first.leftBehind!();
    await turns(10);
    await graph.clock.advance(60_000);
    expect([starts, restarts]).toEqual([2, [key]]);
    expect(service.components().map(({ status }) => status)).toEqual(["ok", "ok", "ok"]);
    expect(stray).toEqual([]);
    expect(graph.lines.at(-1)).toBe(`WARN  ${kind} odd: ${key} failed after it had stopped: boom`);
  });

  test("that throws when it is disposed, or never ends that, holds nobody up", async () => {
    for (const [stop, line] of [
      [boom, `WARN  ${kind} odd: ${key} failed while it stopped: boom`],
      [() => new Promise<void>(() => {}), `ERROR ${kind} odd: ${key} did not stop within 5000 ms and is left behind`],
    ] as const) {
      const graph = testGraph();
      const service = await graph.start(between(graph, kind, { stop }));
      const stopping = service.shutdown();
      await graph.clock.advance(5000);
      await stopping;
      expect(graph.lines).toContain(line);
      expect(graph.log).toContain("stop out");
    }
  });

  test("that never answers gives the batch back to the sender, once its time is up", async () => {
    const graph = testGraph();
    const service = await graph.start(between(graph, kind, { consume: () => new Promise<void>(() => {}) }));
    const sent = graph.next.get("in")!.metrics.consume(points(1), never);
    sent.catch(() => {}); // It is looked at below.
    await graph.clock.advance(31_000);
    await expect(sent).rejects.toMatchObject({
      message: `${key} did not take the data within 30000 ms`,
      retryable: true,
    });
    const stopping = service.shutdown();
    await graph.clock.advance(5000);
    expect((await stopping).durationMs).toBeLessThanOrEqual(5000);
  });

  test("that sends once it has stopped is not heard: nobody would count it", async () => {
    const graph = testGraph();
    const service = await graph.start(between(graph, kind, {}));
    const { metrics } = graph.next.get("odd")!;
    await service.reload(
      graph.config([graph.component("receiver", "in"), graph.component("exporter", "out")], { metrics: "in >> out" }),
    );
    await expect(metrics.consume(points(1), never)).rejects.toMatchObject({
      message: `${key} has stopped: nobody takes its data`,
      retryable: false,
    });
    expect(await service.shutdown()).toMatchObject({ delivered: 0, dropped: 0 });
  });

  test("that says that it dropped nonsense spoils no sum", async () => {
    const graph = testGraph();
    const service = await graph.start(
      between(graph, kind, {
        start(next) {
          for (const items of [Number.NaN, -5, 2]) next.dropped(items);
        },
      }),
    );
    expect(await service.shutdown()).toMatchObject({ delivered: 0, dropped: 2 });
  });

  test("that changes the batch it was given changes no sum", async () => {
    const graph = testGraph();
    const service = await graph.start(
      between(graph, kind, {
        consume: (batch: Batch) => {
          Object.assign(batch, { itemCount: 1e9 });
        },
      }),
    );
    await graph.next.get("in")!.metrics.consume({ ...points(4) }, never);
    expect(service.edges().map(({ accepted }) => accepted)).toEqual([4, 0]);
    await service.shutdown();
  });
});

describe("an exporter", () => {
  const exporter = (start: () => unknown) =>
    defineExporter({ type: "test", stability: { metrics: "stable" }, config: noOptions(), start: start as () => Sink });

  test.each([
    ["nothing", () => undefined],
    ["a thing that cannot be disposed", () => ({ metrics: { consume: () => Promise.resolve() } })],
  ])("whose start gives back %s cannot start, and is named", async (_what, start) => {
    const graph = testGraph();
    const components = [
      graph.component("receiver", "in"),
      graph.component("exporter", "out", {}, { factory: exporter(start) }),
    ];
    await expect(graph.start(graph.config(components, { metrics: "in >> out" }))).rejects.toMatchObject({
      message: 'cannot start exporter "out" (test.yaml:1:1)',
      cause: { message: "its start call gave nothing back that has [Symbol.asyncDispose]" },
    });
  });

  test("with parts that throw when they are looked at is an exporter that refuses", async () => {
    const graph = testGraph();
    const factory = exporter(() => ({
      get metrics(): Consumers["metrics"] {
        return boom();
      },
      endpoints: boom,
      configReloaded: boom,
      [Symbol.asyncDispose]: () => Promise.resolve(),
    }));
    const components = [graph.component("receiver", "in"), graph.component("exporter", "out", {}, { factory })];
    const config = graph.config(components, { metrics: "in >> out" });
    await using service = await graph.start(config);
    await expect(graph.next.get("in")!.metrics.consume(points(1), never)).rejects.toThrow("boom");
    expect(service.endpoints()).toEqual([]);
    await service.reload(config);
    expect(graph.lines).toEqual([
      'ERROR exporter "out" cannot say where it listens: boom',
      'ERROR exporter out: exporter "out" could not take part in the reload: boom',
    ]);
  });

  test("takes a batch of two million points like any other", async () => {
    const graph = testGraph();
    const components = [graph.component("receiver", "in"), graph.component("exporter", "out")];
    const service = await graph.start(graph.config(components, { metrics: "in >> out" }));
    await graph.next.get("in")!.metrics.consume({ ...points(1), itemCount: 2_000_000 }, never);
    expect(await service.shutdown()).toMatchObject({ delivered: 2_000_000 });
  });

  test("that a reload removed while it still takes a batch has it counted when it comes to an end", async () => {
    const graph = testGraph();
    const gate = Promise.withResolvers<void>();
    const inside = graph.component("receiver", "in");
    const slow = graph.component("exporter", "slow", { consume: () => gate.promise });
    const service = await graph.start(graph.config([inside, slow], { metrics: "in >> slow" }));
    const sent = graph.next.get("in")!.metrics.consume(points(7), never);
    const reloading = service.reload(
      graph.config([inside, graph.component("exporter", "new")], { metrics: "in >> new" }),
    );
    await graph.clock.advance(5000); // The time to stop is up: slow is left behind.
    await reloading;
    gate.resolve();
    await sent;
    expect(await service.shutdown()).toMatchObject({ delivered: 7, dropped: 0 });
  });
});
