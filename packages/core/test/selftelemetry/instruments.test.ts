import { describe, expect, test } from "vitest";
import { componentInstruments, initErrors, isShownAt, metricsLevels } from "../../src/selftelemetry/selftelemetry.ts";

const all = [...Object.values(componentInstruments), initErrors];

describe("the instruments of components", () => {
  test("have the Prometheus names of the contract", () => {
    expect(all.map(({ prometheusName }) => prometheusName).sort()).toEqual([
      "tracecore_exporter_calls_total",
      "tracecore_processor_errors_total",
      "tracecore_processor_items_dropped_total",
      "tracecore_processor_items_in_total",
      "tracecore_processor_items_out_total",
      "tracecore_processor_processing_latency_seconds",
      "tracecore_receiver_collection_latency_seconds",
      "tracecore_receiver_degraded_seconds_total",
      "tracecore_receiver_emissions_total",
      "tracecore_receiver_errors_total",
      "tracecore_receiver_last_activity_unix_seconds",
      "tracecore_selftelemetry_init_errors_total",
    ]);
  });

  test("say their unit in their name, and counters that they are ones", () => {
    for (const { name, kind, unit, boundaries } of all) {
      expect(name.endsWith("_total")).toBe(kind === "counter");
      expect(name.includes("_seconds")).toBe(unit === "s");
      expect(boundaries?.toSorted((a, b) => a - b)).toEqual(boundaries);
    }
  });
});

test("each level shows what the ones before it show", () => {
  const shown = metricsLevels.map((level) => metricsLevels.filter((needs) => isShownAt(level, needs)));
  expect(shown).toEqual(metricsLevels.map((_, i) => metricsLevels.slice(0, i + 1)));
});
