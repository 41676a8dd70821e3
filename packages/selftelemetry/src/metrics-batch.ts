import type { Attributes, HrTime } from "@opentelemetry/api";
import type { DataPoint, ExponentialHistogram, Histogram, MetricData } from "@opentelemetry/sdk-metrics";
import {
  metricFamily,
  MetricsBuilder,
  scope as makeScope,
  series,
  type AttributesInput,
  type MetricDescriptor,
  type MetricFamily,
  type Metrics,
  type Resource,
  type Scope,
  type Series,
} from "@tracecore/core/pdata";
import { meterScopeName, type InstrumentDefinition, type LatencyBuckets } from "@tracecore/core/selftelemetry";
import type { RenamedMetric } from "./renamed-metrics.ts";

/** The SDK's enums; they are handed over since importing them would load the SDK with this package. */
export type SdkEnums = Pick<typeof import("@opentelemetry/sdk-metrics"), "AggregationTemporality" | "DataPointType"> &
  Pick<typeof import("@opentelemetry/api"), "ValueType">;

const ownScope = makeScope({ name: meterScopeName });

/**
 * Turns what was collected into pipeline data, scrape after scrape. A series that the last scrape had and this one has not
 * is marked as gone, which the SDK by itself never does.
 */
export class MetricsBatches {
  readonly #sdk: SdkEnums;
  readonly #resource: Resource;
  readonly #oldNames = new Map<string, string[]>();
  readonly #ownFamilies = new Map<InstrumentDefinition, MetricFamily[]>();
  /** Series of an attributes object that a component keeps: found without building its identity anew. */
  readonly #ownSeries = new Map<MetricFamily, WeakMap<Attributes, Series>>();
  /** Sums of observable counters, which the SDK reports as what was added: only so does it leave out what is gone. */
  readonly #sums = new Map<Series, number>();
  #shown = new Set<Series>();
  #showing = new Set<Series>();
  #builder = new MetricsBuilder(0n);

  constructor(sdk: SdkEnums, resource: Resource, renamed: readonly RenamedMetric[]) {
    this.#sdk = sdk;
    this.#resource = resource;
    for (const { oldName, newName } of renamed) {
      this.#oldNames.set(newName, [...(this.#oldNames.get(newName) ?? []), oldName]);
    }
  }

  begin(timeUnixNano: bigint): void {
    this.#builder = new MetricsBuilder(timeUnixNano);
    this.#showing = new Set();
  }

  /** A number of our own instruments. */
  number(definition: InstrumentDefinition, value: number, attributes: Attributes, startTimeUnixNano: bigint): void {
    for (const one of this.#seriesOf(definition, attributes)) {
      this.#showing.add(one);
      this.#builder.addNumber(one, value, { startTimeUnixNano, integer: definition.valueType === "int" });
    }
  }

  /** A histogram of our own instruments. */
  histogram(
    definition: InstrumentDefinition,
    value: LatencyBuckets,
    attributes: Attributes,
    startTimeUnixNano: bigint,
  ): void {
    const { count, sum, bounds, counts } = value;
    for (const one of this.#seriesOf(definition, attributes)) {
      this.#showing.add(one);
      this.#builder.addHistogram(one, { count, sum, bounds, bucketCounts: Array.from(counts) }, { startTimeUnixNano });
    }
  }

  /** A metric of the SDK. */
  add(
    scope: { readonly name: string; readonly version?: string; readonly schemaUrl?: string },
    metric: MetricData,
  ): void {
    const { name, version = "", schemaUrl = "" } = scope;
    const from = makeScope({ name, version, schemaUrl });
    for (const family of this.#families(from, this.#descriptorOf(metric))) {
      for (const point of metric.dataPoints) {
        const one = series(family, point.attributes as AttributesInput);
        this.#showing.add(one);
        this.#addPoint(one, metric, point);
      }
    }
  }

  /** The batch of this scrape. */
  end(): Metrics {
    for (const one of this.#shown) {
      if (!this.#showing.has(one)) this.#builder.addNumber(one, 0, { noValue: true });
    }
    this.#shown = this.#showing;
    return this.#builder.build();
  }

  #addPoint(one: Series, metric: MetricData, point: DataPoint<unknown>): void {
    const startTimeUnixNano = unixNano(point.startTime);
    const { value } = point;
    const { AggregationTemporality, DataPointType, ValueType } = this.#sdk;
    if (metric.dataPointType === DataPointType.HISTOGRAM) {
      const { count, sum, min, max, buckets } = value as Histogram;
      const bucketCounts = buckets.counts;
      this.#builder.addHistogram(
        one,
        { count, sum, min, max, bounds: buckets.boundaries, bucketCounts },
        { startTimeUnixNano },
      );
    } else if (metric.dataPointType === DataPointType.EXPONENTIAL_HISTOGRAM) {
      const { count, sum, min, max, scale, zeroCount, positive, negative } = value as ExponentialHistogram;
      const input = {
        count,
        sum,
        min,
        max,
        scale,
        zeroCount,
        positive: { offset: positive.offset, counts: positive.bucketCounts },
        negative: { offset: negative.offset, counts: negative.bucketCounts },
      };
      this.#builder.addExponentialHistogram(one, input, { startTimeUnixNano });
    } else {
      let number = value as number;
      if (
        metric.dataPointType === DataPointType.SUM &&
        metric.aggregationTemporality === AggregationTemporality.DELTA
      ) {
        number += this.#sums.get(one) ?? 0;
        this.#sums.set(one, number);
      }
      this.#builder.addNumber(one, number, {
        startTimeUnixNano,
        integer: metric.descriptor.valueType === ValueType.INT,
      });
    }
  }

  #descriptorOf(metric: MetricData): MetricDescriptor {
    const { name, description, unit } = metric.descriptor;
    const { DataPointType } = this.#sdk;
    const own = { name, description, unit };
    if (metric.dataPointType === DataPointType.GAUGE) {
      return { ...own, kind: "gauge", monotonic: false, temporality: "unspecified" };
    }
    if (metric.dataPointType === DataPointType.SUM) {
      return { ...own, kind: "sum", monotonic: metric.isMonotonic, temporality: "cumulative" };
    }
    const kind = metric.dataPointType === DataPointType.HISTOGRAM ? "histogram" : "exponential_histogram";
    return { ...own, kind, monotonic: false, temporality: "cumulative" };
  }

  #seriesOf(definition: InstrumentDefinition, attributes: Attributes): Series[] {
    let families = this.#ownFamilies.get(definition);
    if (families === undefined) {
      families = this.#families(ownScope, ownDescriptor(definition));
      this.#ownFamilies.set(definition, families);
    }
    return families.map((family) => {
      let known = this.#ownSeries.get(family);
      if (known === undefined) this.#ownSeries.set(family, (known = new WeakMap()));
      let one = known.get(attributes);
      if (one === undefined) known.set(attributes, (one = series(family, attributes as AttributesInput)));
      return one;
    });
  }

  /** The family under its name, and under names that it had. */
  #families(scope: Scope, descriptor: MetricDescriptor): MetricFamily[] {
    const names = [descriptor.name, ...(this.#oldNames.get(descriptor.name) ?? [])];
    return names.map((name) => metricFamily(this.#resource, scope, { ...descriptor, name }));
  }
}

function ownDescriptor({ name, description, unit, kind }: InstrumentDefinition): MetricDescriptor {
  const counter = kind === "counter";
  return {
    name,
    description,
    unit,
    kind: counter ? "sum" : kind,
    monotonic: counter,
    temporality: kind === "gauge" ? "unspecified" : "cumulative",
  };
}

function unixNano([seconds, nanos]: HrTime): bigint {
  return BigInt(seconds) * 1_000_000_000n + BigInt(nanos);
}
