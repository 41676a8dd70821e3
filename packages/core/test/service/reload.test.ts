import { defineExporter, type ReloadListener, type Sink } from "@tracecore/core";
import { noOptions } from "@tracecore/core/config";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { setImmediate } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { never, points, testGraph } from "./graph-fixture.ts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

describe("reload", () => {
  test("lets go of the components of the configs before", async () => {
    const graph = testGraph();
    const inside = graph.component("receiver", "in");
    const gone: WeakRef<object>[] = [];
    const exporter = (fingerprint: string) => {
      const held = { large: true };
      gone.push(new WeakRef(held));
      return graph.component("exporter", "out", { consume: () => void held.large }, { fingerprint });
    };
    await using service = await graph.start(graph.config([inside, exporter("0")], { metrics: "in >> out" }));
    for (let i = 1; i <= 10; i++) {
      await service.reload(graph.config([inside, exporter(String(i))], { metrics: "in >> out" }));
    }
    for (let i = 0; i < 3; i++) {
      await setImmediate();
      collectGarbage();
    }
    // The one that runs, and the last one before.
    expect(gone.filter((one) => one.deref() !== undefined).length).toBeLessThan(3);
    expect(service.ready).toBe(true);
  });

  test("restarts only what has changed and keeps the rest running", async () => {
    const graph = testGraph();
    const inside = graph.component("receiver", "in");
    const same = graph.component("exporter", "same");
    const before = graph.component("exporter", "changes", {}, { fingerprint: "1" });
    const service = await graph.start(graph.config([inside, same, before], { metrics: "in >> same changes" }));
    graph.log.length = 0;
    const after = { ...before, fingerprint: "2" };
    const report = await service.reload(graph.config([inside, same, after], { metrics: "in >> same changes" }));
    expect(graph.log).toEqual(["start changes", "stop changes"]);
    expect(report).toEqual({
      started: ['exporter "changes"'],
      stopped: ['exporter "changes"'],
      unchanged: ['exporter "same"', 'receiver "in"'],
    });
    await service.shutdown();
  });

  test("wires a running receiver to a new pipeline without stopping it", async () => {
    const graph = testGraph();
    const taken: string[] = [];
    const inside = graph.component("receiver", "in");
    const a = graph.component("exporter", "a", { consume: () => void taken.push("a") });
    const b = graph.component("exporter", "b", { consume: () => void taken.push("b") });
    await using service = await graph.start(graph.config([inside, a], { metrics: "in >> a" }));
    const { metrics } = graph.next.get("in")!;
    await metrics.consume(points(1), never);
    await service.reload(graph.config([inside, a, b], { metrics: "in >> a", "metrics/b": "in >> b" }));
    await metrics.consume(points(1), never);
    expect(taken).toEqual(["a", "a", "b"]);
    expect(graph.log).toEqual(["start a", "start in", "start b"]);
  });

  test("F39: keeps the running graph when a new component does not start, and undoes what had started", async () => {
    const graph = testGraph();
    const fails = () => {
      throw new Error("address in use");
    };
    const inside = graph.component("receiver", "in");
    const out = graph.component("exporter", "out");
    await using service = await graph.start(graph.config([inside, out], { metrics: "in >> out" }));
    graph.log.length = 0;
    const more = [graph.component("exporter", "fresh"), graph.component("receiver", "broken", { start: fails })];
    const reload = service.reload(graph.config([inside, out, ...more], { metrics: "in broken >> out fresh" }));
    await expect(reload).rejects.toMatchObject({ message: 'cannot start receiver "broken" (test.yaml:1:1)' });
    expect(graph.log).toEqual(["start fresh", "stop fresh"]);
    await graph.next.get("in")!.metrics.consume(points(3), never);
    expect(service.edges().map(({ to, accepted }) => [to, accepted])).toEqual([['exporter "out"', 3]]);
    expect(service.ready).toBe(true);
  });

  test("loses and refuses nothing of what flows while it changes exporters", async () => {
    const graph = testGraph();
    let taken = 0;
    const slow = async (batch: { itemCount: number }) => {
      await graph.clock.sleep(50);
      taken += batch.itemCount;
    };
    const inside = graph.component("receiver", "in");
    const exporter = (fingerprint: string) => graph.component("exporter", "out", { consume: slow }, { fingerprint });
    const service = await graph.start(graph.config([inside, exporter("0")], { metrics: "in >> out" }));
    const { metrics } = graph.next.get("in")!;
    const sent: Promise<void>[] = [];
    for (let i = 1; i <= 20; i++) {
      sent.push(metrics.consume(points(1), never));
      const reloading = service.reload(graph.config([inside, exporter(String(i))], { metrics: "in >> out" }));
      sent.push(metrics.consume(points(1), never));
      await graph.clock.advance(60);
      await reloading;
    }
    await Promise.all(sent);
    expect(taken).toBe(40);
    expect(await service.shutdown()).toMatchObject({ delivered: 40, dropped: 0 });
  });

  test("tells components that stay of the reload, so that they can read their files again", async () => {
    const graph = testGraph();
    let told = 0;
    const factory = defineExporter({
      type: "test",
      stability: { metrics: "stable" },
      config: noOptions(),
      start: (): Sink & ReloadListener => ({
        metrics: { consume: () => Promise.resolve() },
        configReloaded: () => void told++,
        [Symbol.asyncDispose]: () => Promise.resolve(),
      }),
    });
    const config = graph.config(
      [graph.component("receiver", "in"), graph.component("exporter", "out", {}, { factory })],
      { metrics: "in >> out" },
    );
    await using service = await graph.start(config);
    await service.reload(config);
    expect(told).toBe(1);
  });

  test("is not ready, and spends the drain budget, from the moment it is told to stop, also during a reload", async () => {
    const graph = testGraph();
    const hang = { stop: () => new Promise<void>(() => {}) };
    const inside = graph.component("receiver", "in");
    const before = graph.component("exporter", "out", hang, { fingerprint: "1" });
    const service = await graph.start(graph.config([inside, before], { metrics: "in >> out" }));
    const after = graph.component("exporter", "out", {}, { fingerprint: "2" });
    const reloading = service.reload(graph.config([inside, after], { metrics: "in >> out" }));
    await graph.clock.advance(100);
    const stopping = service.shutdown();
    expect(service.ready).toBe(false);
    await graph.clock.advance(10_500);
    await reloading;
    expect((await stopping).durationMs).toBeLessThanOrEqual(10_500);
  });

  test("gives a component that could not start another chance, though nothing about it has changed", async () => {
    const graph = testGraph();
    let broken = true;
    const start = () => {
      if (broken) throw new Error("address in use");
    };
    const config = graph.config(
      [graph.component("receiver", "in"), graph.component("exporter", "out", { start }, { startup: "degrade" })],
      { metrics: "in >> out" },
    );
    await using service = await graph.start(config);
    expect(service.components().find(({ id }) => id === "out")!.status).toBe("permanent_error");
    broken = false;
    await service.reload(config);
    await graph.next.get("in")!.metrics.consume(points(1), never);
    expect(service.components().find(({ id }) => id === "out")!.status).toBe("ok");
  });

  test("refuses to reload once it stops", async () => {
    const graph = testGraph();
    const config = graph.config([graph.component("receiver", "in"), graph.component("exporter", "out")], {
      metrics: "in >> out",
    });
    const service = await graph.start(config);
    await service.shutdown();
    await expect(service.reload(config)).rejects.toThrow("the collector is stopping");
  });
});
