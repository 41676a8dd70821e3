import { defineExporter } from "@tracecore/core";
import { noOptions } from "@tracecore/core/config";
import { describe, expect, test } from "vitest";
import { batchSize } from "../../src/pdata/batch-size.ts";
import { never, points, testGraph } from "./graph-fixture.ts";

describe("the runtime", () => {
  test("starts exporters first and receivers last, and stops in the reverse order", async () => {
    const graph = testGraph();
    const components = [
      graph.component("receiver", "in"),
      graph.component("processor", "first"),
      graph.component("processor", "second"),
      graph.component("exporter", "out"),
      graph.component("extension", "ext"),
    ];
    const service = await graph.start(graph.config(components, { metrics: "in > first second > out" }, ["ext"]));
    expect(graph.log.splice(0)).toEqual(["start ext", "start out", "start second", "start first", "start in"]);
    await service.shutdown();
    expect(graph.log).toEqual(["stop in", "stop first", "stop second", "stop out", "stop ext"]);
  });

  test("unwinds what had started when a start fails, and names the culprit with its place", async () => {
    const graph = testGraph();
    const fails = () => {
      throw new Error("no such device");
    };
    const components = [graph.component("receiver", "in", { start: fails }), graph.component("exporter", "out")];
    const starting = graph.start(graph.config(components, { metrics: "in >> out" }));
    await expect(starting).rejects.toMatchObject({
      code: "start-failed",
      message: 'cannot start receiver "in" (test.yaml:1:1)',
      cause: new Error("no such device"),
    });
    expect(graph.log).toEqual(["start out", "stop out"]);
  });

  test("gives every pipeline its own processors and shares receivers and exporters", async () => {
    const graph = testGraph();
    const components = [
      graph.component("receiver", "in"),
      graph.component("processor", "p"),
      graph.component("exporter", "out"),
    ];
    await using service = await graph.start(
      graph.config(components, { "metrics/a": "in > p > out", "metrics/b": "in > p > out" }),
    );
    expect(graph.log.toSorted()).toEqual(["start in", "start out", "start p", "start p"]);
    await graph.next.get("in")!.metrics.consume(points(3), never);
    const into = service.edges().filter(({ to }) => to === 'exporter "out"');
    expect(into.map(({ pipeline, accepted }) => [pipeline, accepted])).toEqual([
      ["metrics/a", 3],
      ["metrics/b", 3],
    ]);
  });

  test("fans out the same batch to every branch, without a copy", async () => {
    const graph = testGraph();
    const seen: unknown[] = [];
    const keep = { consume: (batch: unknown) => void seen.push(batch) };
    const components = [
      graph.component("receiver", "in"),
      graph.component("exporter", "a", keep),
      graph.component("exporter", "b", keep),
    ];
    await using _service = await graph.start(graph.config(components, { metrics: "in >> a b" }));
    const batch = points(1);
    await graph.next.get("in")!.metrics.consume(batch, never);
    expect(seen).toHaveLength(2);
    expect(seen.every((one) => one === batch)).toBe(true);
  });

  test("a branch that does not take a batch loses it alone: the sender has done its work", async () => {
    const { ConsumeError } = await import("@tracecore/core");
    const graph = testGraph();
    const refuse = (retryable: boolean) => ({
      consume() {
        throw new ConsumeError(retryable ? "busy" : "bad data", { retryable });
      },
    });
    const components = [
      graph.component("receiver", "in"),
      graph.component("exporter", "busy", refuse(true)),
      graph.component("exporter", "picky", refuse(false)),
      graph.component("exporter", "good"),
    ];
    const service = await graph.start(graph.config(components, { metrics: "in >> busy picky good" }));
    await graph.next.get("in")!.metrics.consume(points(4), never);
    expect(
      service.edges().map(({ to, accepted, refused, failed, lost }) => [to, accepted, refused, failed, lost]),
    ).toEqual([
      ['exporter "busy"', 0, 0, 4, 4],
      ['exporter "picky"', 0, 0, 4, 4],
      ['exporter "good"', 4, 0, 0, 0],
    ]);
    expect(graph.lines).toEqual([
      'ERROR exporter busy: dropped 4 items: exporter "busy" did not take data of receiver "in", which is lost here; other branches took it: busy items=4',
      'ERROR exporter picky: dropped 4 items: exporter "picky" did not take data of receiver "in", which is lost here; other branches took it: bad data items=4',
    ]);
    expect(await service.shutdown()).toMatchObject({ delivered: 4, dropped: 8 });
  });

  test("edges count the bytes of what they count the items of, when they are told to", async () => {
    const { ConsumeError } = await import("@tracecore/core");
    const graph = testGraph();
    let error: Error | undefined;
    const out = graph.component("exporter", "out", {
      consume() {
        if (error !== undefined) throw error;
      },
    });
    const config = graph.config([graph.component("receiver", "in"), out], { metrics: "in >> out" });
    const batch = points(10);
    const size = batchSize(batch);
    for (const countBytes of [true, false]) {
      await using service = await graph.start(config, { countBytes });
      const { metrics } = graph.next.get("in")!;
      error = undefined;
      await metrics.consume(batch, never);
      error = new ConsumeError("busy", { retryable: true });
      for (let i = 0; i < 2; i++) await metrics.consume(batch, never).catch(() => {});
      error = new ConsumeError("bad data", { retryable: false });
      for (let i = 0; i < 3; i++) await metrics.consume(batch, never).catch(() => {});
      expect(service.edges().map(({ bytes }) => bytes)).toEqual([
        countBytes ? { accepted: size, refused: 2 * size, failed: 3 * size } : { accepted: 0, refused: 0, failed: 0 },
      ]);
    }
  });

  test("a batch that no branch takes stays with the sender when all of them ask for that, else it is lost in each", async () => {
    const { ConsumeError } = await import("@tracecore/core");
    const graph = testGraph();
    let retryable = true;
    const components = [
      graph.component("receiver", "in"),
      graph.component("exporter", "a", {
        consume() {
          throw new ConsumeError("busy", { retryable: true, retryAfterMs: 50 });
        },
      }),
      graph.component("exporter", "b", {
        consume() {
          throw new ConsumeError("no", { retryable, retryAfterMs: 700 });
        },
      }),
    ];
    const service = await graph.start(graph.config(components, { metrics: "in >> a b" }));
    const { metrics } = graph.next.get("in")!;
    const message = "none of 2 branches took the data: busy; no";
    await expect(metrics.consume(points(3), never)).rejects.toMatchObject({
      message,
      retryable: true,
      retryAfterMs: 700,
    });
    retryable = false;
    await expect(metrics.consume(points(2), never)).rejects.toMatchObject({ message, retryable: false });
    expect(service.edges().map(({ refused, failed, lost }) => [refused, failed, lost])).toEqual([
      [3, 2, 2],
      [3, 2, 2],
    ]);
    expect(await service.shutdown()).toMatchObject({ delivered: 0, dropped: 4 });
  });

  test("leads data through a connector from one pipeline into another", async () => {
    const graph = testGraph();
    const taken: number[] = [];
    const components = [
      graph.component("receiver", "in"),
      graph.component("connector", "forward"),
      graph.component("exporter", "out", { consume: (batch) => void taken.push(batch.itemCount) }),
    ];
    const service = await graph.start(
      graph.config(components, { "metrics/a": "in >> forward", "metrics/b": "forward >> out" }),
    );
    await graph.next.get("in")!.metrics.consume(points(4), never);
    expect(taken).toEqual([4]);
    expect(graph.log.splice(0)).toEqual(["start out", "start forward", "start in"]);
    await service.shutdown();
    expect(graph.log).toEqual(["stop in", "stop forward", "stop out"]);
  });

  test("names the component that does not start in time", async () => {
    const graph = testGraph();
    const components = [
      graph.component("receiver", "in"),
      graph.component("exporter", "out", { start: () => new Promise<void>(() => {}) }),
    ];
    const starting = graph.start(graph.config(components, { metrics: "in >> out" }));
    const caught = starting.catch((error: unknown) => error);
    await graph.clock.advance(30_000);
    expect(await caught).toMatchObject({
      message: 'cannot start exporter "out" (test.yaml:1:1)',
      cause: { message: "it did not start within 30000 ms" },
    });
  });

  test("leaves a component behind that does not stop in time, names it, and stops the others", async () => {
    const graph = testGraph();
    const components = [
      graph.component("receiver", "in"),
      graph.component("exporter", "hangs", { stop: () => new Promise<void>(() => {}) }),
      graph.component("exporter", "out"),
    ];
    const service = await graph.start(graph.config(components, { metrics: "in >> hangs out" }));
    const stopping = service.shutdown();
    await graph.clock.advance(5000);
    await stopping;
    expect(graph.log.slice(3)).toEqual(["stop in", "stop out"]);
    expect(graph.lines).toContain(
      'ERROR exporter hangs: exporter "hangs" did not stop within 5000 ms and is left behind',
    );
  });

  test("says nothing of a component that uses all of its time, and stops when that is up", async () => {
    const graph = testGraph();
    const untilTold = (signal: AbortSignal): Promise<void> =>
      new Promise((resolve) => {
        signal.addEventListener("abort", () => resolve(), { once: true });
      });
    const components = [graph.component("receiver", "in"), graph.component("exporter", "drains", { stop: untilTold })];
    const service = await graph.start(graph.config(components, { metrics: "in >> drains" }));
    const stopping = service.shutdown();
    await graph.clock.advance(5000);
    expect((await stopping).durationMs).toBeLessThanOrEqual(5000);
    expect(graph.lines.filter((line) => line.startsWith("ERROR"))).toEqual([]);
  });

  test("cuts everything off when the drain budget is spent", async () => {
    const graph = testGraph();
    const hang = { stop: () => new Promise<void>(() => {}) };
    const components = [
      graph.component("receiver", "in", hang),
      graph.component("processor", "p", hang),
      graph.component("processor", "q", hang),
      graph.component("exporter", "out", hang),
    ];
    const service = await graph.start(graph.config(components, { metrics: "in > p q > out" }));
    const stopping = service.shutdown();
    await graph.clock.advance(10_500);
    const { durationMs } = await stopping;
    expect(durationMs).toBeLessThanOrEqual(10_500);
  });

  test("says at the end what was delivered and what was dropped", async () => {
    const graph = testGraph();
    const { ConsumeError } = await import("@tracecore/core");
    let refuse = false;
    const components = [
      graph.component("receiver", "in"),
      graph.component("exporter", "out", {
        consume() {
          if (refuse) throw new ConsumeError("bad data", { retryable: false });
        },
      }),
    ];
    const service = await graph.start(graph.config(components, { metrics: "in >> out" }));
    const next = graph.next.get("in")!;
    await next.metrics.consume(points(5), never);
    refuse = true;
    await expect(next.metrics.consume(points(2), never)).rejects.toThrow("bad data");
    next.dropped(1);
    expect(await service.shutdown()).toMatchObject({ delivered: 5, persisted: 0, dropped: 3 });
  });

  test("counts what an exporter lost after it had taken it as dropped, not as delivered", async () => {
    const graph = testGraph();
    const factory = defineExporter({
      type: "test",
      stability: { metrics: "stable" },
      config: noOptions(),
      start: (_config, { dropped }) => ({
        metrics: {
          consume() {
            dropped(3);
            return Promise.resolve();
          },
        },
        [Symbol.asyncDispose]: () => Promise.resolve(),
      }),
    });
    const components = [graph.component("receiver", "in"), graph.component("exporter", "out", {}, { factory })];
    const service = await graph.start(graph.config(components, { metrics: "in >> out" }));
    await graph.next.get("in")!.metrics.consume(points(5), never);
    expect(await service.shutdown()).toMatchObject({ delivered: 2, dropped: 3 });
  });

  test("gives a consume call that hangs back to the caller, and says who hangs", async () => {
    const graph = testGraph();
    const components = [
      graph.component("receiver", "in"),
      graph.component("exporter", "out", { consume: () => new Promise<void>(() => {}) }),
    ];
    await using _service = await graph.start(graph.config(components, { metrics: "in >> out" }));
    const consuming = graph.next
      .get("in")!
      .metrics.consume(points(1), never)
      .catch((error: unknown) => error);
    await graph.clock.advance(31_000);
    expect(await consuming).toMatchObject({
      message: 'exporter "out" did not take the data within 30000 ms',
      retryable: true,
    });
  });

  test("goes on without a component whose startup is degrade", async () => {
    const graph = testGraph();
    const fails = () => {
      throw new Error("no library");
    };
    const components = [
      graph.component("receiver", "gpu", { start: fails }, { startup: "degrade" }),
      graph.component("receiver", "in"),
      graph.component("exporter", "out"),
    ];
    await using service = await graph.start(graph.config(components, { metrics: "gpu in >> out" }));
    expect(service.components().map(({ id, status, error }) => [id, status, error])).toEqual([
      ["out", "ok", undefined],
      ["gpu", "permanent_error", 'cannot start receiver "gpu" (test.yaml:1:1): no library'],
      ["in", "ok", undefined],
    ]);
  });

  test("does not wait long for a component whose start may fail, and uses it once it runs", async () => {
    const graph = testGraph();
    const gate = Promise.withResolvers<void>();
    const components = [
      graph.component("receiver", "in"),
      graph.component("exporter", "slow", { start: () => gate.promise }, { startup: "retry" }),
      graph.component("exporter", "out"),
    ];
    const starting = graph.start(graph.config(components, { metrics: "in >> out", "metrics/slow": "in >> slow" }));
    await graph.clock.advance(1000);
    await using service = await starting;
    expect(graph.log).toEqual(["start out", "start in"]);
    gate.resolve();
    await graph.clock.advance(1);
    expect(service.components().map(({ status }) => status)).toEqual(["ok", "ok", "ok"]);
  });

  test("goes on trying a component whose startup is retry, with a growing pause", async () => {
    const graph = testGraph();
    let tries = 0;
    const start = () => {
      tries++;
      if (tries < 4) throw new Error("unreachable");
    };
    const components = [
      graph.component("receiver", "in"),
      graph.component("exporter", "out", { start }, { startup: "retry" }),
    ];
    const restarts: string[] = [];
    await using service = await graph.start(graph.config(components, { metrics: "in >> out" }), {
      onRestart: (component) => restarts.push(component),
    });
    const refused = graph.next.get("in")!.metrics.consume(points(1), never);
    await expect(refused).rejects.toMatchObject({
      message: 'exporter "out" is not running (recoverable_error)',
      retryable: true,
    });
    await graph.clock.advance(1000);
    expect(tries).toBe(2);
    await graph.clock.advance(1999);
    expect(tries).toBe(2);
    await graph.clock.advance(1);
    expect(tries).toBe(3);
    await graph.clock.advance(4000);
    await graph.next.get("in")!.metrics.consume(points(1), never);
    expect(service.components().map(({ status }) => status)).toEqual(["ok", "ok"]);
    expect(restarts).toEqual(['exporter "out"', 'exporter "out"', 'exporter "out"']);
  });

  test("stops cleanly when it is told to while components start", async () => {
    const graph = testGraph();
    const stop = new AbortController();
    const components = [
      graph.component("receiver", "in"),
      graph.component("exporter", "slow", { start: () => new Promise<void>(() => {}) }),
      graph.component("exporter", "out"),
    ];
    const starting = graph
      .start(graph.config(components, { metrics: "in >> out slow" }), { signal: stop.signal })
      .catch((error: unknown) => error);
    await graph.clock.advance(10);
    stop.abort();
    await graph.clock.advance(200);
    expect(await starting).toMatchObject({ cause: { message: "it was told to stop while it started" } });
    expect(graph.log).toEqual(["start out", "stop out"]);
  });
});
