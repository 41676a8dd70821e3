import type { MeterProvider } from "@opentelemetry/api";
import { serviceInstruments, type Service } from "@tracecore/core/service";

/** Shows the edges of the graph and the state of its components as metrics; read at each scrape, costing nothing between. */
export function registerServiceMetrics(
  meterProvider: MeterProvider,
  service: Service,
  { countBytes }: { readonly countBytes: boolean },
): void {
  const meter = meterProvider.getMeter("tracecore");
  const { edgeItems, edgeBytes, componentStatus } = serviceInstruments;
  meter
    .createObservableCounter(edgeItems.name, { unit: edgeItems.unit, description: edgeItems.description })
    .addCallback((result) => {
      for (const { pipeline, from, to, accepted, refused, failed } of service.edges()) {
        const edge = { pipeline, from, to };
        result.observe(accepted, { ...edge, outcome: "accepted" });
        result.observe(refused, { ...edge, outcome: "refused" });
        result.observe(failed, { ...edge, outcome: "failed" });
      }
    });
  if (countBytes) {
    meter
      .createObservableCounter(edgeBytes.name, { unit: edgeBytes.unit, description: edgeBytes.description })
      .addCallback((result) => {
        for (const { pipeline, from, to, bytes } of service.edges()) {
          const edge = { pipeline, from, to };
          result.observe(bytes.accepted, { ...edge, outcome: "accepted" });
          result.observe(bytes.refused, { ...edge, outcome: "refused" });
          result.observe(bytes.failed, { ...edge, outcome: "failed" });
        }
      });
  }
  meter
    .createObservableUpDownCounter(componentStatus.name, {
      unit: componentStatus.unit,
      description: componentStatus.description,
    })
    .addCallback((result) => {
      for (const { id, kind, status } of service.components()) {
        result.observe(1, { component_id: id, component_kind: kind, status });
      }
    });
}
