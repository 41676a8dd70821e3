import type { MeterProvider } from "@opentelemetry/api";
import type {
  AggregationTemporality,
  CollectionResult,
  IMetricReader,
  InstrumentType,
} from "@opentelemetry/sdk-metrics";
import { messageOf, type Clock, type Logger } from "@tracecore/core";
import type { Resource } from "@tracecore/core/pdata";
import {
  adoptMeterProvider,
  componentInstruments,
  initErrors,
  isShownAt,
  type MetricsLevel,
} from "@tracecore/core/selftelemetry";
import { PrometheusRegistry } from "@tracecore/prometheus";
import { MetricsBatches } from "./metrics-batch.ts";
import { renamedMetrics, type RenamedMetric } from "./renamed-metrics.ts";
import { surfaceInstruments } from "./surface-instruments.ts";

export interface MeterStackOptions {
  readonly level: Exclude<MetricsLevel, "none">;
  readonly maxUnknownKinds: number;
  readonly maxSeries: number;
  readonly collectionTimeoutMs: number;
  readonly resource: Resource;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly renamed?: readonly RenamedMetric[];
}

/** A meter provider and the exposition of what is measured with it. */
export interface MeterStack {
  readonly meterProvider: MeterProvider;
  readonly registry: PrometheusRegistry;
  /** Brings the registry up to date; gives what callbacks threw. Calls at the same time share one collection. */
  collect(): Promise<readonly unknown[]>;
  shutdown(): Promise<void>;
}

/** Loads the SDK and sets it up. */
export async function createMeterStack(options: MeterStackOptions): Promise<MeterStack> {
  const { level, clock, logger, resource, renamed = renamedMetrics } = options;
  const [sdk, api] = await Promise.all([import("@opentelemetry/sdk-metrics"), import("@opentelemetry/api")]);
  const reader = new PullReader(sdk, options.maxSeries);
  const known = [...Object.values(componentInstruments), ...Object.values(surfaceInstruments), initErrors];
  const meterProvider = new sdk.MeterProvider({
    readers: [reader],
    views: known
      .filter((instrument) => !isShownAt(level, instrument.level))
      .map(({ name }) => ({ instrumentName: name, aggregation: { type: sdk.AggregationType.DROP } })),
  });
  const readComponents = adoptMeterProvider(meterProvider, { maxUnknownKinds: options.maxUnknownKinds });
  const batches = new MetricsBatches({ ...sdk, ValueType: api.ValueType }, resource, renamed);
  const registry = new PrometheusRegistry({
    // The names carry their units and _total already.
    strategy: "UnderscoreEscapingWithoutSuffixes",
    scopeLabels: true,
    identityLabels: false,
    targetInfo: false,
    resourceToTelemetry: false,
    sendTimestamps: false,
    maxSeries: options.maxSeries,
    // What is gone is said to be gone with the next scrape; nothing has to grow old.
    metricExpirationMs: Number.POSITIVE_INFINITY,
    clock,
  });

  const collect = async (): Promise<readonly unknown[]> => {
    const { resourceMetrics, errors } = await reader.collect({ timeoutMillis: options.collectionTimeoutMs });
    batches.begin(clock.nowUnixNano());
    readComponents({
      number(instrument, value, attributes, start) {
        if (isShownAt(level, instrument.level)) batches.number(instrument, value, attributes, start);
      },
      histogram(instrument, value, attributes, start) {
        if (isShownAt(level, instrument.level)) batches.histogram(instrument, value, attributes, start);
      },
    });
    for (const { scope, metrics } of resourceMetrics.scopeMetrics)
      for (const metric of metrics) batches.add(scope, metric);
    const { refused, messages } = registry.update(batches.end());
    if (refused > 0) {
      for (const message of Object.values(messages))
        logger.warn(`some of the process's own metrics are not shown: ${message}`);
    }
    for (const error of errors) logger.error(`a metric callback failed: ${messageOf(error)}`);
    return errors;
  };

  let collecting: Promise<readonly unknown[]> | undefined;
  let stopping: Promise<void> | undefined;
  return {
    meterProvider,
    registry,
    collect() {
      collecting ??= collect().finally(() => {
        collecting = undefined;
      });
      return collecting;
    },
    shutdown: () => (stopping ??= meterProvider.shutdown()),
  };
}

type Sdk = typeof import("@opentelemetry/sdk-metrics");

/** A reader of the SDK that is asked for each scrape. */
class PullReader implements IMetricReader {
  readonly #sdk: Sdk;
  readonly #cardinalityLimit: number;
  #producer: Parameters<IMetricReader["setMetricProducer"]>[0] | undefined;

  constructor(sdk: Sdk, cardinalityLimit: number) {
    this.#sdk = sdk;
    this.#cardinalityLimit = cardinalityLimit;
  }

  setMetricProducer(producer: Parameters<IMetricReader["setMetricProducer"]>[0]): void {
    this.#producer = producer;
  }

  selectAggregation(): ReturnType<IMetricReader["selectAggregation"]> {
    return { type: this.#sdk.AggregationType.DEFAULT };
  }

  /** Observables as what was added since the last time: the SDK shows others for ever once it has seen them. */
  selectAggregationTemporality(type: InstrumentType): AggregationTemporality {
    const { CUMULATIVE, DELTA } = this.#sdk.AggregationTemporality;
    return type.startsWith("OBSERVABLE_") ? DELTA : CUMULATIVE;
  }

  selectCardinalityLimit(): number {
    return this.#cardinalityLimit;
  }

  async collect(options?: { timeoutMillis?: number }): Promise<CollectionResult> {
    if (this.#producer === undefined)
      throw new Error("BUG: a reader was asked before it had a provider. Please report it");
    return this.#producer.collect(options);
  }

  async forceFlush(): Promise<void> {}
  async shutdown(): Promise<void> {}
}
