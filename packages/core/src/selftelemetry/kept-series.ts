import type { MeterProvider } from "@opentelemetry/api";
import type { ComponentKind } from "../component-id.ts";
import { knownRegistryOf } from "./component-registry.ts";
import { newExporter } from "./handles.ts";
import type { ExporterTelemetry, FailureRateReader } from "./producer.ts";

/** The runtime's hold on the series of a component: they outlast its instances, and tell of what no instance can tell. */
export interface KeptSeries {
  /** An instance could not start: a receiver is degraded from now on. */
  startFailed(): void;
  /** An instance runs. */
  started(): void;
  /** Counts the calls that came while no instance of an exporter ran, as failures of kind `init`. */
  readonly missedCalls?: ExporterTelemetry & FailureRateReader;
}

/** Keeps the series that the create call of a component has made; undefined when it made none. */
export function keepSeries(
  meterProvider: MeterProvider | undefined,
  kind: ComponentKind,
  id: string,
): KeptSeries | undefined {
  const registry = meterProvider === undefined ? undefined : knownRegistryOf(meterProvider);
  if (kind === "receiver") {
    const state = registry?.receivers.get(id);
    if (state === undefined) return undefined;
    state.holders++;
    return {
      startFailed() {
        state.errors.add("init");
        state.startFailed();
      },
      started: () => state.started(),
    };
  }
  if (kind === "processor") {
    const state = registry?.processors.get(id);
    if (state === undefined) return undefined;
    state.holders++;
    return { startFailed: () => state.errors.add("init"), started() {} };
  }
  if (kind !== "exporter" || registry?.exporters.has(id) !== true) return undefined;
  return { startFailed() {}, started() {}, missedCalls: newExporter(id, meterProvider) };
}
