import {
  attributes,
  metricFamily,
  MetricsBuilder,
  series as internedSeries,
  type AttributesInput,
  type MetricDescriptor,
  type MetricFamily,
  type Metrics,
  type PointOptions,
  type Resource,
  type Scope,
  type Series,
} from "@tracecore/core/pdata";

const ended: PointOptions = { noValue: true };

/** The limit on the number of series, shared by all writers of a receiver. */
export interface SeriesLimit {
  readonly max: number;
  /** Series that exist now. */
  used: number;
}

/** Makes series and writes points, and keeps to the limit on the number of series. */
export class PointWriter {
  readonly limit: SeriesLimit;
  /** Series that were asked for in this batch and refused. */
  refused = 0;
  /** Nanoseconds since 1970 of the points of this batch. */
  nowNs = 0n;
  #builder: MetricsBuilder | undefined;
  #capacity = 64;

  constructor(limit: SeriesLimit) {
    this.limit = limit;
  }

  begin(nowNs: bigint): void {
    this.nowNs = nowNs;
    this.refused = 0;
    this.#builder = new MetricsBuilder(nowNs, this.#capacity);
  }

  /** The series of a metric with these attributes; undefined at the limit. */
  series(family: MetricFamily, input: AttributesInput): Series | undefined {
    if (this.limit.used >= this.limit.max) {
      this.refused++;
      return undefined;
    }
    this.limit.used++;
    return internedSeries(family, attributes(input));
  }

  /** Says that this many series are no longer used. */
  release(count: number): void {
    this.limit.used -= count;
  }

  add(series: Series, value: number | bigint, options?: PointOptions): void {
    this.#builder?.addNumber(series, value, options);
  }

  /** Says that a series has no value any more, so that nobody shows the last one on. */
  end(series: Series): void {
    this.#builder?.addNumber(series, 0, ended);
  }

  /** The finished batch; undefined when it is empty. */
  build(): Metrics | undefined {
    const builder = this.#builder;
    this.#builder = undefined;
    if (builder === undefined || builder.itemCount === 0) return undefined;
    this.#capacity = builder.itemCount;
    return builder.build();
  }
}

/** Builds families with the resource and scope of a receiver. */
export class FamilyMaker {
  readonly #resource: Resource;
  readonly #scope: Scope;
  readonly #families = new Map<string, MetricFamily>();

  constructor(resource: Resource, scope: Scope) {
    this.#resource = resource;
    this.#scope = scope;
  }

  gauge(name: string, unit: string, description: string): MetricFamily {
    return this.#family({ name, unit, description, kind: "gauge", monotonic: false, temporality: "unspecified" });
  }

  counter(name: string, unit: string, description: string): MetricFamily {
    return this.#family({ name, unit, description, kind: "sum", monotonic: true, temporality: "cumulative" });
  }

  upDownCounter(name: string, unit: string, description: string): MetricFamily {
    return this.#family({ name, unit, description, kind: "sum", monotonic: false, temporality: "cumulative" });
  }

  #family(descriptor: MetricDescriptor): MetricFamily {
    const key = `${descriptor.kind} ${descriptor.name}`;
    let family = this.#families.get(key);
    if (family === undefined) {
      family = metricFamily(this.#resource, this.#scope, descriptor);
      this.#families.set(key, family);
    }
    return family;
  }
}
