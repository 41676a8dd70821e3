import type { Attributes, Histogram, Meter, MeterProvider, ValueType } from "@opentelemetry/api";
import type { ComponentKind } from "../component-id.ts";
import { TracecoreError } from "../errors.ts";
import { ExporterState, ProcessorState, ReceiverState } from "./component-states.ts";
import { componentInstruments as table, meterScopeName, type InstrumentDefinition } from "./instruments.ts";
import { defaultMaxUnknownKinds } from "./kind-counts.ts";
import { LatencyBuckets, type Latency } from "./latency.ts";

/** The roles that report of themselves. */
export type TelemetryRole = "receiver" | "exporter" | "processor";

/** Gets what the components of a provider have counted. */
export interface ComponentMetricsSink {
  number(instrument: InstrumentDefinition, value: number, attributes: Attributes, startTimeUnixNano: bigint): void;
  histogram(
    instrument: InstrumentDefinition,
    value: LatencyBuckets,
    attributes: Attributes,
    startTimeUnixNano: bigint,
  ): void;
}

/** The components of one meter provider. */
export interface ComponentRegistry {
  readonly maxUnknownKinds: number;
  readonly receivers: Map<string, ReceiverState>;
  readonly exporters: Map<string, ExporterState>;
  readonly processors: Map<string, ProcessorState>;
  /** How durations of this instrument are kept for a component. */
  latency(instrument: InstrumentDefinition, attributes: Attributes): Latency;
}

type NumberReader = (
  registry: ComponentRegistry,
  emit: (value: number, attributes: Attributes, start: bigint) => void,
) => void;

/** Where the value of each instrument stands. */
const numbers: readonly (readonly [InstrumentDefinition, NumberReader])[] = [
  [
    table.receiverErrors,
    ({ receivers }, emit) => {
      for (const r of receivers.values()) r.errors.forEach((n, a) => emit(n, a, r.startTimeUnixNano));
    },
  ],
  [
    table.receiverEmissions,
    ({ receivers }, emit) => {
      for (const r of receivers.values()) emit(r.emissions, r.attributes, r.startTimeUnixNano);
    },
  ],
  [
    table.receiverDegradedSeconds,
    ({ receivers }, emit) => {
      for (const r of receivers.values()) emit(r.degradedSeconds(), r.attributes, r.startTimeUnixNano);
    },
  ],
  [
    table.receiverLastActivity,
    ({ receivers }, emit) => {
      for (const r of receivers.values()) emit(Math.floor(r.lastActivityMs / 1_000), r.attributes, 0n);
    },
  ],
  [
    table.exporterCalls,
    ({ exporters }, emit) => {
      for (const e of exporters.values()) {
        emit(e.successes, e.successAttributes, e.startTimeUnixNano);
        e.failures.forEach((n, a) => emit(n, a, e.startTimeUnixNano));
      }
    },
  ],
  [
    table.processorItemsIn,
    ({ processors }, emit) => {
      for (const p of processors.values()) emit(p.itemsIn, p.attributes, p.startTimeUnixNano);
    },
  ],
  [
    table.processorItemsOut,
    ({ processors }, emit) => {
      for (const p of processors.values()) emit(p.itemsOut, p.attributes, p.startTimeUnixNano);
    },
  ],
  [
    table.processorItemsDropped,
    ({ processors }, emit) => {
      for (const p of processors.values()) p.dropped.forEach((n, a) => emit(n, a, p.startTimeUnixNano));
    },
  ],
  [
    table.processorErrors,
    ({ processors }, emit) => {
      for (const p of processors.values()) p.errors.forEach((n, a) => emit(n, a, p.startTimeUnixNano));
    },
  ],
];

const registries = new WeakMap<MeterProvider, ComponentRegistry>();

/** The registry of a provider. The first call for a provider that nobody has adopted registers its instruments there. */
export function registryOf(meterProvider: MeterProvider): ComponentRegistry {
  let registry = registries.get(meterProvider);
  if (registry === undefined) {
    registry = registerInstruments(meterProvider);
    registries.set(meterProvider, registry);
  }
  return registry;
}

/** The registry of a provider that components use already. */
export function knownRegistryOf(meterProvider: MeterProvider): ComponentRegistry | undefined {
  return registries.get(meterProvider);
}

/** What the owner of a meter provider may set for the components that use it. */
export interface AdoptOptions {
  /** See {@link HandleOptions.maxUnknownKinds}. */
  readonly maxUnknownKinds?: number;
}

/**
 * Says that the owner of `meterProvider` reads what components count by itself, through the returned function, instead of
 * through instruments of the SDK: counting is then an addition, values stay exact, and a component that is gone leaves no
 * series behind. Call it before the first component is made.
 */
export function adoptMeterProvider(
  meterProvider: MeterProvider,
  { maxUnknownKinds = defaultMaxUnknownKinds }: AdoptOptions = {},
): (sink: ComponentMetricsSink) => void {
  if (registries.has(meterProvider)) {
    throw new Error("BUG: a meter provider was adopted after components had registered with it. Please report it");
  }
  const registry: ComponentRegistry = {
    ...emptyRegistry(maxUnknownKinds),
    latency: (instrument) => new LatencyBuckets(instrument.boundaries ?? []),
  };
  registries.set(meterProvider, registry);
  return (sink) => {
    for (const [instrument, read] of numbers) {
      read(registry, (value, attributes, start) => sink.number(instrument, value, attributes, start));
    }
    for (const r of registry.receivers.values()) {
      sink.histogram(table.receiverLatency, r.latency as LatencyBuckets, r.attributes, r.startTimeUnixNano);
    }
    for (const p of registry.processors.values()) {
      sink.histogram(table.processorLatency, p.latency as LatencyBuckets, p.attributes, p.startTimeUnixNano);
    }
  };
}

/** Lets go of a component that the config no longer has: its series end. An ID that comes back starts from zero. */
export function forgetComponent(meterProvider: MeterProvider | undefined, kind: ComponentKind, id: string): void {
  const registry = meterProvider === undefined ? undefined : registries.get(meterProvider);
  if (kind === "receiver" || kind === "exporter" || kind === "processor") registry?.[`${kind}s`].delete(id);
}

function emptyRegistry(maxUnknownKinds: number): Omit<ComponentRegistry, "latency"> {
  return { maxUnknownKinds, receivers: new Map(), exporters: new Map(), processors: new Map() };
}

/** The way for any other provider: observable instruments where the API has them, and histograms as they are. */
function registerInstruments(meterProvider: MeterProvider): ComponentRegistry {
  const meter = meterOf(meterProvider);
  const histograms = new Map<string, Histogram>();
  const registry: ComponentRegistry = {
    ...emptyRegistry(defaultMaxUnknownKinds),
    latency: ({ name }, attributes) => ({ record: (seconds) => histograms.get(name)!.record(seconds, attributes) }),
  };
  for (const definition of [table.receiverLatency, table.processorLatency]) {
    const boundaries = [...(definition.boundaries ?? [])];
    const options = { ...optionsOf(definition), advice: { explicitBucketBoundaries: boundaries } };
    histograms.set(definition.name, meter.createHistogram(definition.name, options));
  }
  for (const [definition, read] of numbers) {
    const observable =
      definition.kind === "gauge"
        ? meter.createObservableGauge(definition.name, optionsOf(definition))
        : meter.createObservableCounter(definition.name, optionsOf(definition));
    observable.addCallback((result) => read(registry, (value, attributes) => result.observe(value, attributes)));
  }
  return registry;
}

/** The meter of self-telemetry, or an error that says that this is no OpenTelemetry meter provider. */
export function meterOf(meterProvider: MeterProvider): Meter {
  const meter: Partial<Meter> | undefined =
    typeof meterProvider.getMeter === "function" ? meterProvider.getMeter(meterScopeName) : undefined;
  if (typeof meter?.createObservableCounter !== "function" || typeof meter.createHistogram !== "function") {
    throw new TracecoreError(
      "unsupported-meter-provider",
      "the meter provider does not have the OpenTelemetry metrics API 1.x",
      {
        remedy: "Pass a MeterProvider of @opentelemetry/sdk-metrics 2 or later",
      },
    );
  }
  return meter as Meter;
}

/** What the API's create calls want to know. The numbers are the API's ValueType, which core does not load for two values. */
export function optionsOf({ description, unit, valueType }: InstrumentDefinition): {
  description: string;
  unit: string;
  valueType: ValueType;
} {
  // oxlint-disable-next-line typescript/no-unsafe-enum-assignment -- loading the API for two numbers costs start time
  return { description, unit, valueType: valueType === "int" ? 0 : 1 };
}
