import {
  emptyResource,
  emptyScope,
  metricFamily,
  MetricsBuilder,
  series,
  type AttributesInput,
  type MetricDescriptor,
  type Metrics,
  type Resource,
} from "@tracecore/core/pdata";

/** A gauge or sum point for a test. */
export interface TestPoint extends Partial<MetricDescriptor> {
  readonly name: string;
  readonly value: number | bigint;
  readonly attributes?: AttributesInput;
  readonly resource?: Resource;
  readonly timeUnixNano?: bigint;
}

/** A batch of these points; a point is a gauge without a unit unless it says otherwise. */
export function metricsOf(points: readonly TestPoint[]): Metrics {
  const builder = new MetricsBuilder(1_700_000_000_000_000_000n);
  for (const { value, attributes = {}, resource = emptyResource, timeUnixNano, ...descriptor } of points) {
    const family = metricFamily(resource, emptyScope, {
      description: "",
      unit: "",
      kind: "gauge",
      monotonic: false,
      temporality: descriptor.kind === "sum" ? "cumulative" : "unspecified",
      ...descriptor,
    });
    builder.addNumber(series(family, attributes), value, timeUnixNano === undefined ? undefined : { timeUnixNano });
  }
  return builder.build();
}
