import { createNoopMeter, type MeterProvider } from "@opentelemetry/api";
import { expect, test } from "vitest";
import { adoptMeterProvider, newExporter } from "../../src/selftelemetry/selftelemetry.ts";
import { testGraph } from "../service/graph-fixture.ts";

test("a component that a reload takes out of the config leaves no series, and one that only changes keeps its counts", async () => {
  const meterProvider: MeterProvider = { getMeter: () => createNoopMeter() };
  const collect = adoptMeterProvider(meterProvider);
  const shown = () => {
    const series: Record<string, number> = {};
    collect({
      number: (_instrument, value, attributes) => {
        if (attributes["result"] === "success") series[String(attributes["component_id"])] = value;
      },
      histogram: () => {},
    });
    return series;
  };
  const graph = testGraph();
  const reporting = { start: (id: string) => newExporter(id, meterProvider).incCallSuccess() };
  const inside = graph.component("receiver", "in");
  const gone = graph.component("exporter", "gone", { start: () => reporting.start("gone") });
  const changes = graph.component(
    "exporter",
    "changes",
    { start: () => reporting.start("changes") },
    { fingerprint: "1" },
  );
  const pipelines = { metrics: "in >> gone changes" };
  await using service = await graph.start(graph.config([inside, gone, changes], pipelines), { meterProvider });
  expect(shown()).toEqual({ changes: 1, gone: 1 });
  const after = graph.config([inside, { ...changes, fingerprint: "2" }], { metrics: "in >> changes" });
  await service.reload(after);
  expect(shown()).toEqual({ changes: 2 });
});
