import type { MeterProvider } from "@opentelemetry/api";
import { meterOf, optionsOf } from "@tracecore/core/selftelemetry";
import { surfaceInstruments } from "./surface-instruments.ts";

/** A metric that has another name since a release after 1.0. */
export interface RenamedMetric {
  readonly oldName: string;
  readonly newName: string;
}

/** Renamed metrics whose old name is still shown; an entry stays for one minor release at least. */
export const renamedMetrics: readonly RenamedMetric[] = [];

/** Names each bridge in `tracecore_deprecated_metric`, so that an alert can find who still reads an old name. */
export function registerRenamedMetrics(meterProvider: MeterProvider, renamed: readonly RenamedMetric[]): void {
  if (renamed.length === 0) return;
  const { deprecatedMetric } = surfaceInstruments;
  meterOf(meterProvider)
    .createObservableCounter(deprecatedMetric.name, optionsOf(deprecatedMetric))
    .addCallback((result) => {
      for (const { oldName, newName } of renamed) result.observe(1, { old_name: oldName, new_name: newName });
    });
}
