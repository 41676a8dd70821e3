import type { Attributes } from "@opentelemetry/api";
import { MeterProvider, MetricReader, type Histogram } from "@opentelemetry/sdk-metrics";

class Reader extends MetricReader {
  protected override async onShutdown(): Promise<void> {}
  protected override async onForceFlush(): Promise<void> {}
}

export interface ReadPoint {
  readonly name: string;
  readonly scope: string;
  readonly attributes: Attributes;
  readonly value: number | Histogram;
}

/** The real SDK with a reader that gives back plain points. */
export interface SdkFixture {
  readonly meterProvider: MeterProvider;
  read(): Promise<ReadPoint[]>;
  /** The value of the one point with this name and these attributes. */
  valueOf(name: string, attributes?: Attributes): Promise<number | Histogram | undefined>;
}

export function sdkFixture(): SdkFixture {
  const reader = new Reader();
  const meterProvider = new MeterProvider({ readers: [reader] });
  const read = async (): Promise<ReadPoint[]> => {
    const { resourceMetrics, errors } = await reader.collect();
    if (errors.length > 0) throw new AggregateError(errors, "a callback failed");
    return resourceMetrics.scopeMetrics.flatMap(({ scope, metrics }) =>
      metrics.flatMap((metric) =>
        metric.dataPoints.map(({ attributes, value }) => ({
          name: metric.descriptor.name,
          scope: scope.name,
          attributes,
          value: value as number | Histogram,
        })),
      ),
    );
  };
  return {
    meterProvider,
    read,
    async valueOf(name, attributes = {}) {
      const wanted = Object.entries(attributes);
      const points = await read();
      return points.find((point) => point.name === name && wanted.every(([k, v]) => point.attributes[k] === v))?.value;
    },
  };
}
