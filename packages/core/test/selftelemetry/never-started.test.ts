import { createNoopMeter, type MeterProvider } from "@opentelemetry/api";
import { describe, expect, test } from "vitest";
import { defineReceiver, scrape, zeroBuildInfo } from "../../src/core.ts";
import { noOptions } from "../../src/config/config.ts";
import { emptyResource } from "../../src/pdata/pdata.ts";
import {
  adoptMeterProvider,
  type ExporterTelemetry,
  type FailureRateReader,
} from "../../src/selftelemetry/selftelemetry.ts";
import { capturedLogger } from "../http/captured-logger.ts";
import { never, points, testGraph } from "../service/graph-fixture.ts";

/** What a scrape would show, as `name{labels}` and value; zero for the count of a histogram that saw nothing. */
function shownSeries() {
  const meterProvider: MeterProvider = { getMeter: () => createNoopMeter() };
  const collect = adoptMeterProvider(meterProvider);
  const shown = (): Record<string, number> => {
    const series: Record<string, number> = {};
    const key = (name: string, attributes: object): string =>
      `${name.replace(/^tracecore\./, "")} ${Object.values(attributes).join(" ")}`.trim();
    collect({
      number: ({ name }, value, attributes) => void (series[key(name, attributes)] = value),
      histogram: ({ name }, { count }, attributes) => void (series[key(name, attributes)] = count),
    });
    return series;
  };
  return { meterProvider, shown };
}

const fails = (): never => {
  throw new Error("no library");
};

describe("self-telemetry of a component that has not started", () => {
  test("is there from the create call on, with zeros", () => {
    const { meterProvider, shown } = shownSeries();
    const receiver = defineReceiver({
      type: "test",
      stability: { metrics: "stable" },
      config: noOptions(),
      start: (_config, ctx) => scrape(ctx, { intervalMs: 1000 }, () => Promise.resolve()),
    });
    const telemetry = { logger: capturedLogger(), meterProvider, resource: emptyResource };
    const made = receiver.create({ id: "test/a", telemetry, buildInfo: zeroBuildInfo }, {}, {});
    expect(Object.keys(shown()).toSorted()).toEqual([
      "receiver.collection_latency_seconds test/a",
      "receiver.degraded_seconds_total test/a",
      "receiver.emissions_total test/a",
      "receiver.last_activity_unix_seconds test/a",
    ]);
    expect(shown()["receiver.emissions_total test/a"]).toBe(0);
    return made.shutdown().then(() => expect(shown()).toEqual({}));
  });

  test("a receiver counts an error of kind init and is degraded until it starts", async () => {
    const { meterProvider, shown } = shownSeries();
    const graph = testGraph();
    let broken = true;
    const start = () => (broken ? fails() : undefined);
    const components = [
      graph.component("receiver", "in", { start }, { startup: "retry" }),
      graph.component("exporter", "out"),
    ];
    await using _service = await graph.start(graph.config(components, { metrics: "in >> out" }), { meterProvider });
    await graph.clock.advance(500);
    expect(shown()).toMatchObject({
      "receiver.degraded_seconds_total in": 0.5,
      "receiver.emissions_total in": 0,
      "receiver.errors_total in init": 1,
    });
    await graph.clock.advance(2000); // The second try, at 1 s, fails as well and ends no degraded time.
    expect(shown()).toMatchObject({ "receiver.degraded_seconds_total in": 2.5, "receiver.errors_total in init": 2 });
    broken = false;
    await graph.clock.advance(60_000); // The third comes at 3 s.
    expect(shown()).toMatchObject({ "receiver.degraded_seconds_total in": 3, "receiver.errors_total in init": 2 });
  });

  test("a receiver that starts degraded by its own word stays so", async () => {
    const { meterProvider, shown } = shownSeries();
    const graph = testGraph();
    const factory = defineReceiver({
      type: "test",
      stability: { metrics: "stable" },
      config: noOptions(),
      start(_config, { telemetry }) {
        telemetry.setDegraded(true);
        return { [Symbol.asyncDispose]: () => Promise.resolve() };
      },
    });
    const components = [graph.component("receiver", "in", {}, { factory }), graph.component("exporter", "out")];
    await using _service = await graph.start(graph.config(components, { metrics: "in >> out" }), { meterProvider });
    await graph.clock.advance(2000);
    expect(shown()["receiver.degraded_seconds_total in"]).toBe(2);
  });

  test("an exporter shows no calls until it misses one, and is in the failure rate", async () => {
    const { meterProvider, shown } = shownSeries();
    const graph = testGraph();
    let readers: readonly (ExporterTelemetry & Partial<FailureRateReader>)[] = [];
    const components = [
      graph.component("receiver", "in"),
      graph.component("exporter", "dead", { start: fails }, { startup: "degrade" }),
    ];
    await using _service = await graph.start(graph.config(components, { metrics: "in >> dead" }), {
      meterProvider,
      onExporters: (exporters) => (readers = exporters),
    });
    expect(shown()["exporter.calls_total dead success"]).toBe(0);
    expect(new Set(readers.map(({ componentId }) => componentId))).toEqual(new Set(["dead"]));
    await graph.next
      .get("in")!
      .metrics.consume(points(1), never)
      .catch(() => {});
    expect(shown()["exporter.calls_total dead failure init"]).toBe(1);
    expect(readers.reduce((sum, reader) => sum + reader.failureCount!(), 0)).toBe(1);
  });

  test("a receiver beside a dead exporter does its work: the reading counts as emitted, and nothing as an error", async () => {
    const { meterProvider, shown } = shownSeries();
    const graph = testGraph();
    const factory = defineReceiver({
      type: "test",
      stability: { metrics: "stable" },
      config: noOptions(),
      start: (_config, ctx) => scrape(ctx, { intervalMs: 1000 }, ({ emit }) => emit(ctx.next.metrics, points(3))),
    });
    const components = [
      graph.component("receiver", "in", {}, { factory }),
      graph.component("exporter", "dead", { start: fails }, { startup: "degrade" }),
      graph.component("exporter", "good"),
    ];
    const service = await graph.start(graph.config(components, { metrics: "in >> dead good" }), { meterProvider });
    await graph.clock.advance(500);
    expect(shown()).toMatchObject({
      "exporter.calls_total dead failure init": 1,
      "receiver.degraded_seconds_total in": 0,
      "receiver.emissions_total in": 1,
    });
    expect(shown()).not.toHaveProperty("receiver.errors_total in downstream");
    expect(await service.shutdown()).toMatchObject({ delivered: 3, dropped: 3 });
  });

  test("a component that only a refused reload had leaves no series", async () => {
    const { meterProvider, shown } = shownSeries();
    const graph = testGraph();
    const [inside, out] = [graph.component("receiver", "in"), graph.component("exporter", "out")];
    await using service = await graph.start(graph.config([inside, out], { metrics: "in >> out" }), { meterProvider });
    const before = Object.keys(shown());
    const more = [graph.component("exporter", "new"), graph.component("receiver", "broken", { start: fails })];
    const reload = service.reload(graph.config([inside, out, ...more], { metrics: "in broken >> out new" }));
    await expect(reload).rejects.toMatchObject({ code: "start-failed" });
    expect(Object.keys(shown())).toEqual(before);
  });
});

test("what a refused reload carried and lost is in the final sum", async () => {
  const graph = testGraph();
  const [inside, out] = [graph.component("receiver", "in"), graph.component("exporter", "out")];
  const service = await graph.start(graph.config([inside, out], { metrics: "in >> out" }));
  await graph.next.get("in")!.metrics.consume(points(1), never);
  const { ConsumeError } = await import("@tracecore/core");
  const more = [
    graph.component("exporter", "picky", {
      consume() {
        throw new ConsumeError("bad data", { retryable: false });
      },
    }),
    graph.component("receiver", "early", {
      async start(next) {
        next.dropped(2);
        await next.metrics.consume(points(4), never); // Taken by one of two branches, lost in the other.
      },
    }),
    graph.component("receiver", "broken", { start: fails }),
  ];
  const reload = service.reload(
    graph.config([inside, out, ...more], { metrics: "in >> out", "metrics/new": "early broken >> out picky" }),
  );
  await expect(reload).rejects.toMatchObject({ message: 'cannot start receiver "broken" (test.yaml:1:1)' });
  // 1 + 4 taken by out; 2 dropped by the receiver and 4 lost before picky.
  expect(await service.shutdown()).toMatchObject({ delivered: 5, dropped: 6 });
});
