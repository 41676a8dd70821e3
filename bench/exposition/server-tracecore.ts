import { systemClock, type EndpointCarrier } from "@tracecore/core";
import {
  attributes,
  metricFamily,
  MetricsBuilder,
  resource,
  scope,
  series,
  type Metrics,
  type Series,
} from "@tracecore/core/pdata";
import { promExporter } from "@tracecore/exporter-prom";
import { testHost, testSettings } from "@tracecore/testkit";
import type { StartServer } from "./server.ts";

/** The real exporter, fed with batches that a receiver would build: every series in each, as a scrape of a device gives them. */
export const startTracecore: StartServer = async (load) => {
  const { families, count } = load;
  const config = promExporter.config.parse({ endpoint: "127.0.0.1:0", without_scope_info: true });
  const component = promExporter.create(testSettings("prom"), config, { clock: systemClock });
  await component.start(testHost());
  const sink = component.running();
  const from = resource({});
  const list: Series[] = Array.from({ length: count }, (_, i) => {
    const { name, labels } = families[i % families.length]!;
    const descriptor = {
      name,
      description: `About ${name}.`,
      unit: "",
      kind: "gauge",
      monotonic: false,
      temporality: "unspecified",
    } as const;
    return series(
      metricFamily(from, scope({ name: "bench" }), descriptor),
      attributes(labels[Math.floor(i / families.length)]!),
    );
  });
  const { signal } = new AbortController();
  return {
    url: (sink as unknown as EndpointCarrier).endpoints()[0]!,
    update(tenth) {
      const values = load.next(tenth);
      const builder = new MetricsBuilder(systemClock.nowUnixNano());
      for (let i = 0; i < count; i++) builder.addNumber(list[i]!, values[i]!);
      const batch: Metrics = builder.build();
      void sink.metrics!.consume(batch, signal);
    },
  };
};
