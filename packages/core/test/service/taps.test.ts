import { describe, expect, test } from "vitest";
import type { Batch } from "../../src/consumer.ts";
import type { TapListener, TapPlace } from "../../src/service/taps.ts";
import { never, points, testGraph, type TestGraph } from "./graph-fixture.ts";

/** A listener that keeps what it hears. */
function recorder(): TapListener & { readonly seen: [number, TapPlace][]; readonly heard: unknown[] } {
  const seen: [number, TapPlace][] = [];
  const heard: unknown[] = [];
  return {
    seen,
    heard,
    batch: (batch: Batch, place) => void seen.push([batch.itemCount, place]),
    rewired: (places) => void heard.push(places),
    ended: (reason) => void heard.push(reason),
  };
}

function fixture() {
  const graph = testGraph();
  const component = {
    in: graph.component("receiver", "otlp"),
    batch: graph.component("processor", "batch"),
    a: graph.component("exporter", "otlp"),
    b: graph.component("exporter", "b"),
  };
  const config = graph.config([component.in, component.batch, component.a, component.b], {
    metrics: "otlp > batch > otlp b",
  });
  return { graph, component, config };
}

function send(graph: TestGraph, count: number): Promise<void> {
  return graph.next.get("otlp")!.metrics.consume(points(count), never);
}

const between: TapPlace = {
  pipelines: ["metrics"],
  signal: "metrics",
  from: 'processor "batch" of pipeline "metrics"',
  to: ['exporter "otlp"', 'exporter "b"'],
};

describe("taps", () => {
  test("shows a batch that goes to two exporters once, and no more once the tap is taken off", async () => {
    const { graph, config } = fixture();
    await using service = await graph.start(config);
    const one = recorder();
    await send(graph, 1);
    const tap = service.tap({ component: "batch" }, one);
    expect(tap.places).toEqual([between]);
    await send(graph, 2);
    tap[Symbol.dispose]();
    await send(graph, 3);
    expect(one.seen).toEqual([[2, between]]);
    expect(one.heard).toEqual([]);
  });

  test("shows what goes into an exporter that shares its ID with a receiver when its kind is named", async () => {
    const { graph, config } = fixture();
    await using service = await graph.start(config);
    const one = recorder();
    using _tap = service.tap({ component: "exporter/otlp" }, one);
    await send(graph, 2);
    expect(one.seen).toEqual([[2, { ...between, to: ['exporter "otlp"'] }]]);
  });

  test("several look at one edge, and each goes when it likes", async () => {
    const { graph, config } = fixture();
    await using service = await graph.start(config);
    const [one, other] = [recorder(), recorder()];
    const first = service.tap({ component: "batch" }, one);
    using _second = service.tap({ component: "batch" }, other);
    await send(graph, 1);
    first[Symbol.dispose]();
    await send(graph, 2);
    expect([one.seen.length, other.seen.length]).toEqual([1, 2]);
  });

  test("a listener that throws changes nothing of what flows", async () => {
    const { graph, config } = fixture();
    const service = await graph.start(config);
    const broken: TapListener = {
      ...recorder(),
      batch: () => {
        throw new Error("no room");
      },
    };
    using _tap = service.tap({ component: "batch" }, broken);
    await send(graph, 5);
    expect(await service.shutdown()).toMatchObject({ delivered: 10, dropped: 0 });
  });

  test("follows a reload to the new edges, and says so", async () => {
    const { graph, config, component } = fixture();
    await using service = await graph.start(config);
    const one = recorder();
    using tap = service.tap({ component: "batch" }, one);
    await service.reload(graph.config([component.in, component.batch, component.b], { metrics: "otlp > batch > b" }));
    await send(graph, 4);
    const after = { ...between, to: ['exporter "b"'] };
    expect(one.seen).toEqual([[4, after]]);
    expect(one.heard).toEqual([[after]]);
    expect(tap.places).toEqual([after]);
  });

  test("follows a component that a reload restarts, without a word", async () => {
    const { graph, config, component } = fixture();
    await using service = await graph.start(config);
    const one = recorder();
    using _tap = service.tap({ component: "b" }, one);
    const again = { ...component.b, fingerprint: "2" };
    await service.reload(
      graph.config([component.in, component.batch, component.a, again], { metrics: "otlp > batch > otlp b" }),
    );
    await send(graph, 4);
    expect(one.seen.map(([items]) => items)).toEqual([4]);
    expect(one.heard).toEqual([]);
  });

  test("ends with the reason when a reload removes the component", async () => {
    const { graph, config, component } = fixture();
    await using service = await graph.start(config);
    const one = recorder();
    service.tap({ component: "b" }, one);
    await service.reload(
      graph.config([component.in, component.batch, component.a], { metrics: "otlp > batch > otlp" }),
    );
    await send(graph, 4);
    expect(one.seen).toEqual([]);
    expect(one.heard).toEqual(['the collector was reloaded: no component "b" runs']);
  });

  test("ends when the collector stops, after what it still delivered", async () => {
    const { graph, config } = fixture();
    const service = await graph.start(config);
    const one = recorder();
    service.tap({ component: "batch" }, one);
    await send(graph, 4);
    await service.shutdown();
    expect(one.seen.length).toBe(1);
    expect(one.heard).toEqual(["the collector has stopped"]);
  });

  test.each([
    [
      { component: "bach" },
      'no component "bach" runs. Did you mean "batch"? There are receiver/otlp, processor/batch, exporter/otlp, exporter/b',
    ],
    [
      { component: "kafka" },
      'no component "kafka" runs. There are receiver/otlp, processor/batch, exporter/otlp, exporter/b',
    ],
    [{ component: "otlp" }, '"otlp" is more than one component. Write receiver/otlp or exporter/otlp'],
    [
      { component: "batch", signal: "logs" as const },
      'no logs go out of processor "batch". There: metrics in pipeline "metrics"',
    ],
    [
      { component: "batch", pipeline: "traces" },
      'no data goes out of processor "batch" in pipeline "traces". There: metrics in pipeline "metrics"',
    ],
    [{ component: "b", direction: "out" as const }, 'no data goes out of exporter "b". Try --direction in'],
  ])("refuses %j", async (request, message) => {
    const { graph, config } = fixture();
    await using service = await graph.start(config);
    const tap = (): unknown => service.tap(request, recorder());
    expect(tap).toThrow(expect.objectContaining({ code: expect.stringMatching(/^tap-/) }));
    try {
      tap();
    } catch (error) {
      const { message: what, remedy } = error as { message: string; remedy: string };
      expect(`${what}. ${remedy}`).toBe(message);
    }
  });
});
