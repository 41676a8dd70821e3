import type { MeterProvider as Meters } from "@opentelemetry/api";
import { MeterProvider, MetricReader } from "@opentelemetry/sdk-metrics";

/** Reads back what a processor counts of itself. */
export interface CountedItems {
  /** To be given to the processor under test. */
  readonly meterProvider: Meters;
  /** Items that ended in it, by kind. */
  dropped(): Promise<Readonly<Record<string, number>>>;
  /** Errors, by kind. */
  errors(): Promise<Readonly<Record<string, number>>>;
}

/** Counts for one processor under test. */
export function countedItems(): CountedItems {
  const reader = new Reader();
  const byKind = async (name: string): Promise<Record<string, number>> => {
    const { resourceMetrics } = await reader.collect();
    const metrics = resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics);
    const points = metrics
      .filter(({ descriptor }) => descriptor.name === name)
      .flatMap(({ dataPoints }) => dataPoints.map(({ attributes, value }) => [attributes["kind"], value]));
    return Object.fromEntries(points) as Record<string, number>;
  };
  return {
    meterProvider: new MeterProvider({ readers: [reader] }),
    dropped: () => byKind("tracecore.processor.items_dropped_total"),
    errors: () => byKind("tracecore.processor.errors_total"),
  };
}

class Reader extends MetricReader {
  protected override onShutdown(): Promise<void> {
    return Promise.resolve();
  }
  protected override onForceFlush(): Promise<void> {
    return Promise.resolve();
  }
}
