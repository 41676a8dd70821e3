import type { MeterProvider } from "@opentelemetry/api";
import { systemClock } from "../clock/clock.ts";
import { TracecoreError } from "../errors.ts";
import { registryOf, type ComponentRegistry, type TelemetryRole } from "./component-registry.ts";
import { ExporterState, ProcessorState, ReceiverState, type HandleOptions } from "./component-states.ts";
import { componentInstruments as table } from "./instruments.ts";
import type { ExporterTelemetry, FailureRateReader, ProcessorTelemetry, ReceiverTelemetry } from "./producer.ts";

/** Self-telemetry of a receiver. Disposing the last handle of an ID ends its series. Throws `nil-meter-provider`. */
export function newReceiver(
  id: string,
  meterProvider: MeterProvider | undefined,
  options: HandleOptions = {},
): ReceiverTelemetry & Disposable {
  const registry = requireRegistry("receiver", id, meterProvider);
  const { clock = systemClock } = options;
  let state = registry.receivers.get(id);
  if (state === undefined) {
    const latency = registry.latency(table.receiverLatency, { component_id: id });
    state = new ReceiverState(id, latency, options.maxUnknownKinds ?? registry.maxUnknownKinds, options);
  } else {
    state.takeOver(clock);
  }
  const own = state;
  return {
    incError: (kind) => own.errors.add(kind),
    incEmissions(count) {
      if (count > 0) own.emissions += count;
    },
    observeLatency(durationMs) {
      if (durationMs >= 0) own.latency.record(durationMs / 1_000);
    },
    setDegraded: (degraded) => own.setDegraded(degraded),
    markActivity() {
      own.lastActivityMs = clock.nowMs();
    },
    [Symbol.dispose]: hold(registry.receivers, id, own),
  };
}

/** Self-telemetry of an exporter. It reads back what went through this handle. Throws `nil-meter-provider`. */
export function newExporter(
  id: string,
  meterProvider: MeterProvider | undefined,
  options: HandleOptions = {},
): ExporterTelemetry & FailureRateReader & Disposable {
  const registry = requireRegistry("exporter", id, meterProvider);
  const own =
    registry.exporters.get(id) ?? new ExporterState(id, options.maxUnknownKinds ?? registry.maxUnknownKinds, options);
  let successes = 0;
  let failures = 0;
  let queue = (): number => 0;
  return {
    incCallSuccess() {
      successes++;
      own.successes++;
    },
    incCallFailure(kind) {
      failures++;
      own.failures.add(kind);
    },
    successCount: () => successes,
    failureCount: () => failures,
    observeQueue(ratio) {
      queue = ratio;
    },
    queueDepthRatio: () => queue(),
    componentId: id,
    [Symbol.dispose]: hold(registry.exporters, id, own),
  };
}

/** Self-telemetry of a processor; instances of one ID in several pipelines count together. Throws `nil-meter-provider`. */
export function newProcessor(
  id: string,
  meterProvider: MeterProvider | undefined,
  options: HandleOptions = {},
): ProcessorTelemetry & Disposable {
  const registry = requireRegistry("processor", id, meterProvider);
  const own =
    registry.processors.get(id) ??
    new ProcessorState(
      id,
      registry.latency(table.processorLatency, { component_id: id }),
      options.maxUnknownKinds ?? registry.maxUnknownKinds,
      options,
    );
  return {
    incItemsIn(count) {
      if (count > 0) own.itemsIn += count;
    },
    incItemsOut(count) {
      if (count > 0) own.itemsOut += count;
    },
    incItemsDropped(count, kind) {
      if (count > 0) own.dropped.add(kind, count);
    },
    observeLatency(durationMs) {
      if (durationMs >= 0) own.latency.record(durationMs / 1_000);
    },
    incError: (kind) => own.errors.add(kind),
    [Symbol.dispose]: hold(registry.processors, id, own),
  };
}

function requireRegistry(role: TelemetryRole, id: string, meterProvider: MeterProvider | undefined): ComponentRegistry {
  if (meterProvider === undefined) {
    throw new TracecoreError(
      "nil-meter-provider",
      `cannot make the self-telemetry of ${role} "${id}": there is no meter provider`,
      {
        remedy: `Pass one, or use ${role}Telemetry(settings), which does without`,
      },
    );
  }
  return registryOf(meterProvider);
}

/** Counts a handle in, and gives back what counts it out, once. */
function hold<S extends { holders: number }>(states: Map<string, S>, id: string, state: S): () => void {
  states.set(id, state);
  state.holders++;
  let held = true;
  return () => {
    if (!held) return;
    held = false;
    state.holders--;
    if (state.holders === 0 && states.get(id) === state) states.delete(id);
  };
}
