import {
  attributes,
  metricFamily,
  POINT_INTEGER,
  POINT_NO_VALUE,
  RecurringNumbers,
  series as internedSeries,
  splitTime,
  type AttributesInput,
  type MetricDescriptor,
  type MetricFamily,
  type Metrics,
  type Resource,
  type Scope,
  type Series,
} from "@tracecore/core/pdata";

/** What a point has beside its value. */
export interface PointOptions {
  readonly startTimeUnixNano?: bigint;
  readonly integer?: boolean;
}

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
  readonly #rows = new RecurringNumbers();

  constructor(limit: SeriesLimit) {
    this.limit = limit;
  }

  begin(nowNs: bigint): void {
    this.nowNs = nowNs;
    this.refused = 0;
    this.#rows.begin(nowNs);
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

  /** For points that are few. */
  add(series: Series, value: number, { startTimeUnixNano = 0n, integer }: PointOptions = {}): void {
    const { high, low } = splitTime(startTimeUnixNano);
    this.#rows.add(series, value, integer === true ? POINT_INTEGER : 0, high, low);
  }

  /** For points that are many; `startHigh` and `startLow` are the halves of the start time. */
  put(series: Series, value: number, flags: number, startHigh: number, startLow: number): void {
    this.#rows.add(series, value, flags, startHigh, startLow);
  }

  /** The same for an integer that a double may not hold. */
  putExact(series: Series, value: bigint, flags: number, startHigh: number, startLow: number): void {
    this.#rows.addExact(series, value, flags, startHigh, startLow);
  }

  /** Says that a series has no value any more, so that nobody shows the last one on. */
  end(series: Series): void {
    this.#rows.add(series, 0, POINT_NO_VALUE);
  }

  /** The finished batch; undefined when it is empty. */
  build(): Metrics | undefined {
    return this.#rows.itemCount === 0 ? undefined : this.#rows.build();
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
