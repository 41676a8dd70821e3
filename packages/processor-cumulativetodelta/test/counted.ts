import { MeterProvider, MetricReader } from "@opentelemetry/sdk-metrics";

/** Reads back what components count of themselves. */
export class Reader extends MetricReader {
  readonly meterProvider: MeterProvider = new MeterProvider({ readers: [this] });

  protected override onShutdown(): Promise<void> {
    return Promise.resolve();
  }
  protected override onForceFlush(): Promise<void> {
    return Promise.resolve();
  }
  /** Items that ended in a processor, by kind. */
  async dropped(): Promise<Record<string, unknown>> {
    const { resourceMetrics } = await this.collect();
    const metrics = resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics);
    const points = metrics
      .filter(({ descriptor }) => descriptor.name === "tracecore.processor.items_dropped_total")
      .flatMap(({ dataPoints }) => dataPoints.map(({ attributes, value }) => [String(attributes["kind"]), value]));
    return Object.fromEntries(points) as Record<string, unknown>;
  }
}
