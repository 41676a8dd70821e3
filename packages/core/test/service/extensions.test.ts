import { defineExtension, defineReceiver, type Host } from "@tracecore/core";
import { noOptions } from "@tracecore/core/config";
import type { StatusWatcher } from "@tracecore/core/componentstatus";
import { expect, test } from "vitest";
import { testGraph } from "./graph-fixture.ts";

/** An extension that keeps what it is told of the others. */
function watching(told: string[], fails = false) {
  return defineExtension({
    type: "watch",
    stability: "stable",
    config: noOptions(),
    start: (): StatusWatcher & AsyncDisposable => ({
      componentStatusChanged({ kind, id }, { status }) {
        told.push(`${kind} ${id} ${status}`);
        if (fails) throw new Error("the watcher is broken");
      },
      [Symbol.asyncDispose]: () => Promise.resolve(),
    }),
  });
}

test("an extension that watches hears of every component", async () => {
  const graph = testGraph();
  const told: string[] = [];
  const components = [
    graph.component("extension", "watch", {}, { factory: watching(told) }),
    graph.component("receiver", "in"),
    graph.component("exporter", "out"),
  ];
  const service = await graph.start(graph.config(components, { metrics: "in >> out" }, ["watch"]));
  await service.shutdown();
  expect(told.filter((line) => !line.startsWith("extension"))).toEqual([
    "exporter out starting",
    "exporter out ok",
    "receiver in starting",
    "receiver in ok",
    "receiver in stopping",
    "receiver in stopped",
    "exporter out stopping",
    "exporter out stopped",
  ]);
});

test("a watcher that throws hurts nobody", async () => {
  const graph = testGraph();
  const components = [
    graph.component("extension", "watch", {}, { factory: watching([], true) }),
    graph.component("receiver", "in"),
    graph.component("exporter", "out"),
  ];
  await using service = await graph.start(graph.config(components, { metrics: "in >> out" }, ["watch"]));
  expect(service.components().map(({ status }) => status)).toEqual(["ok", "ok", "ok"]);
  expect(graph.lines).toContain("ERROR a status watcher failed: the watcher is broken");
});

test("components find running extensions through the host, also after a reload has replaced one", async () => {
  const graph = testGraph();
  let host: Host | undefined;
  const factory = defineReceiver({
    type: "test",
    stability: { metrics: "stable" },
    config: noOptions(),
    start(_config, ctx) {
      host = ctx.host;
      return { [Symbol.asyncDispose]: () => Promise.resolve() };
    },
  });
  const rest = [graph.component("receiver", "in", {}, { factory }), graph.component("exporter", "out")];
  const extension = (fingerprint: string) =>
    graph.component("extension", "auth", {}, { factory: watching([]), fingerprint });
  await using service = await graph.start(graph.config([extension("1"), ...rest], { metrics: "in >> out" }, ["auth"]));
  const before = host!.getExtensions().get("auth");
  expect(before).toBeDefined();
  await service.reload(graph.config([extension("2"), ...rest], { metrics: "in >> out" }, ["auth"]));
  const after = host!.getExtensions().get("auth");
  expect(after).toBeDefined();
  expect(after).not.toBe(before);

  const broken = graph.component("exporter", "broken", {
    start: () => {
      throw new Error("no");
    },
  });
  const refused = graph.config([extension("3"), ...rest, broken], { metrics: "in >> out broken" }, ["auth"]);
  await expect(service.reload(refused)).rejects.toThrow('cannot start exporter "broken"');
  expect(host!.getExtensions().get("auth")).toBe(after);
});
