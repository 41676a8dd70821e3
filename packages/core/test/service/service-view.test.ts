import { defineExtension, serviceView, type LogLineView, type ServiceView } from "@tracecore/core";
import { noOptions } from "@tracecore/core/config";
import { describe, expect, test } from "vitest";
import { never, points, testGraph, type Behaviour, type TestGraph } from "./graph-fixture.ts";

/** An extension that keeps what it may see. */
function looker(graph: TestGraph) {
  const seen: { view?: ServiceView | undefined } = {};
  const factory = defineExtension({
    type: "look",
    stability: "stable",
    config: noOptions(),
    start(_config, { host }) {
      seen.view = serviceView(host);
      return { [Symbol.asyncDispose]: () => Promise.resolve() };
    },
  });
  return { seen, component: graph.component("extension", "look", {}, { factory }) };
}

function fixture(out: Behaviour = {}) {
  const graph = testGraph();
  const { seen, component } = looker(graph);
  const parts = [
    component,
    graph.component("receiver", "in"),
    graph.component("processor", "p"),
    graph.component("exporter", "out", out, { startup: "retry" }),
  ];
  return { graph, seen, config: graph.config(parts, { metrics: "in > p > out" }, ["look"]) };
}

describe("what an extension may see of the service", () => {
  test("is its pipelines, components and edges, from the first moment on", async () => {
    const { graph, seen, config } = fixture();
    await using service = await graph.start(config);
    const view = seen.view!;
    await graph.next.get("in")!.metrics.consume(points(3), never);
    expect(view.ready).toBe(service.ready);
    expect(view.pipelines()).toEqual([
      {
        id: "metrics",
        signal: "metrics",
        receivers: ['receiver "in"'],
        processors: ['processor "p" of pipeline "metrics"'],
        exporters: ['exporter "out"'],
      },
    ]);
    expect(view.components().map(({ key, status, restarts }) => [key, status, restarts])).toEqual([
      ['extension "look"', "ok", 0],
      ['exporter "out"', "ok", 0],
      ['processor "p" of pipeline "metrics"', "ok", 0],
      ['receiver "in"', "ok", 0],
    ]);
    expect(view.edges().map(({ from, to, accepted }) => [from, to, accepted])).toEqual([
      ['receiver "in"', 'processor "p" of pipeline "metrics"', 3],
      ['processor "p" of pipeline "metrics"', 'exporter "out"', 3],
    ]);
  });

  test("counts the time that a component is unwell through its restarts, until it is well", async () => {
    let works = false;
    const { graph, seen, config } = fixture({
      start() {
        if (!works) throw new Error("no backend");
      },
    });
    await using _service = await graph.start(config);
    const out = () => seen.view!.components().find(({ key }) => key === 'exporter "out"')!;
    expect(out()).toMatchObject({ status: "recoverable_error", unwellForMs: 0, restarts: 0 });
    expect(out().error).toBe('cannot start exporter "out" (test.yaml:1:1): no backend');
    await graph.clock.advance(10_000);
    expect(out()).toMatchObject({ status: "recoverable_error", unwellForMs: 10_000, restarts: 3 });
    works = true;
    await graph.clock.advance(60_000);
    expect(out()).toMatchObject({ status: "ok", unwellForMs: undefined, error: undefined });
  });

  test("is the log from then on, as it is written, without secrets", async () => {
    const { graph, seen, config } = fixture({
      consume: () => {
        throw new Error("full\nof lines");
      },
    });
    await using _service = await graph.start(config);
    const lines: LogLineView[] = [];
    const following = seen.view!.followLog((line) => lines.push(line));
    using _broken = seen.view!.followLog(() => {
      throw new Error("not my day");
    });
    const { logger } = graph;
    logger.forComponent("receiver in").warn("came\nlate", { password: "hunter2", after: "3 s" });
    logger.debug("below the level");
    following[Symbol.dispose]();
    logger.error("too late");
    expect(lines).toEqual([
      {
        timeUnixMs: graph.clock.nowMs(),
        level: "warn",
        component: "receiver in",
        message: "came\\nlate",
        fields: "password=[redacted] after=3 s",
      },
    ]);
  });

  test("is nothing for components in pipelines, and no config where there is no document", async () => {
    const { graph, seen, config } = fixture();
    await using _service = await graph.start(config);
    expect(seen.view!.config()).toEqual([]);
    expect(serviceView({ getExtensions: () => new Map() })).toBeUndefined();
  });
});
