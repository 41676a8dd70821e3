import { createServer } from "node:http";
import { PrometheusExporter } from "@opentelemetry/exporter-prometheus";
import { MeterProvider } from "@opentelemetry/sdk-metrics";
import type { StartServer } from "./server.ts";
import { listening } from "./listening.ts";

/** The OpenTelemetry SDK with its Prometheus exporter, which does not compress. */
export const startOtel: StartServer = async (load) => {
  const { families, count } = load;
  const exporter = new PrometheusExporter({ preventServerStart: true });
  const provider = new MeterProvider({
    readers: [exporter],
    views: [{ instrumentName: "*", aggregationCardinalityLimit: count + 1 }],
  });
  const meter = provider.getMeter("bench");
  const gauges = families.map(({ name }) => meter.createGauge(name, { description: `About ${name}.` }));
  return {
    url: await listening(createServer((request, response) => exporter.getMetricsRequestHandler(request, response))),
    update(tenth) {
      const values = load.next(tenth);
      for (const i of load.changed(tenth)) {
        const family = i % families.length;
        gauges[family]!.record(values[i]!, families[family]!.labels[Math.floor(i / families.length)]);
      }
    },
  };
};
