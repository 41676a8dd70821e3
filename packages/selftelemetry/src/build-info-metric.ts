import type { MeterProvider } from "@opentelemetry/api";
import { TracecoreError } from "@tracecore/core";
import { meterOf, optionsOf } from "@tracecore/core/selftelemetry";
import { surfaceInstruments } from "./surface-instruments.ts";

const LABEL = /^(?!__)[a-zA-Z_][a-zA-Z0-9_]*$/;

/** Registers `tracecore_build_info` with these labels. Throws `label-invalid` for a name that Prometheus would refuse. */
export function registerBuildInfo(meterProvider: MeterProvider, labels: Readonly<Record<string, string>>): void {
  for (const key of Object.keys(labels)) {
    if (LABEL.test(key)) continue;
    throw new TracecoreError("label-invalid", `registerBuildInfo: the label "${key}" is not a Prometheus label name`, {
      remedy: "Use letters, digits and underscores; begin with a letter, and not with two underscores",
    });
  }
  const { buildInfo } = surfaceInstruments;
  meterOf(meterProvider)
    .createObservableGauge(buildInfo.name, optionsOf(buildInfo))
    .addCallback((result) => result.observe(1, { ...labels }));
}
