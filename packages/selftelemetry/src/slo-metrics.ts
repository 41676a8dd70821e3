import type { MeterProvider } from "@opentelemetry/api";
import { TracecoreError } from "@tracecore/core";
import { meterOf, optionsOf } from "@tracecore/core/selftelemetry";
import type { SloSource } from "./slo-source.ts";
import { surfaceInstruments as table } from "./surface-instruments.ts";

/** Registers the service-level gauges. Throws `argument-missing` naming the argument. */
export function registerSloMetrics(
  meterProvider: MeterProvider | null | undefined,
  source: SloSource | null | undefined,
): void {
  if (meterProvider === null || meterProvider === undefined) throw missing("meterProvider");
  if (source === null || source === undefined) throw missing("source");
  const meter = meterOf(meterProvider);
  meter.createObservableGauge(table.failureRate.name, optionsOf(table.failureRate)).addCallback((result) => {
    result.observe(source.failureRate());
    source.eachFailureRate((id, rate) => result.observe(rate, { component_id: id }));
  });
  meter
    .createObservableGauge(table.queueDepth.name, optionsOf(table.queueDepth))
    .addCallback((result) => result.observe(source.queueDepthRatio()));
  meter
    .createObservableGauge(table.restarts.name, optionsOf(table.restarts))
    .addCallback((result) => result.observe(source.restartsPerHour()));
}

function missing(argument: string): TracecoreError {
  return new TracecoreError("argument-missing", `registerSloMetrics: ${argument} is missing`);
}
