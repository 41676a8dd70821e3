import { manualClock, type ManualClock } from "@tracecore/core";
import {
  emptyScope,
  metricFamily,
  MetricsBuilder,
  resource,
  series,
  type AttributesInput,
  type MetricDescriptor,
  type Metrics,
  type Resource,
  type Scope,
  type Series,
} from "@tracecore/core/pdata";
import { negotiateFormat, plainText, PrometheusRegistry, type RegistryOptions } from "../src/prometheus.ts";
import { parseExposition, type ParsedExposition } from "./parse-exposition.ts";

export const openMetrics = negotiateFormat("application/openmetrics-text;version=1.0.0");
export const openMetricsUtf8 = negotiateFormat("application/openmetrics-text;version=1.0.0;escaping=allow-utf-8");

/** A registry as the exporter makes it, less what the test changes. */
export function registry(changes: Partial<RegistryOptions> = {}): PrometheusRegistry & { clock: ManualClock } {
  const clock = manualClock();
  const options: RegistryOptions = {
    strategy: "UnderscoreEscapingWithSuffixes",
    scopeLabels: false,
    targetInfo: false,
    resourceToTelemetry: false,
    sendTimestamps: false,
    maxSeries: 10_000,
    metricExpirationMs: 300_000,
    clock,
    ...changes,
  };
  return Object.assign(new PrometheusRegistry(options), { clock });
}

export interface Origin {
  readonly resource?: Resource;
  readonly scope?: Scope;
}

/** A series; by default a gauge without unit, resource or scope. */
export function seriesOf(
  name: string,
  attributes: AttributesInput = {},
  descriptor: Partial<MetricDescriptor> = {},
  { resource: from = resource({}), scope = emptyScope }: Origin = {},
): Series {
  const kind = descriptor.kind ?? "gauge";
  const full: MetricDescriptor = {
    name,
    description: "",
    unit: "",
    kind,
    monotonic: kind === "sum",
    temporality: kind === "gauge" || kind === "summary" ? "unspecified" : "cumulative",
    ...descriptor,
  };
  return series(metricFamily(from, scope, full), attributes);
}

/** A batch of one kind or many. */
export function batch(add: (builder: MetricsBuilder) => void): Metrics {
  const builder = new MetricsBuilder(1_700_000_000_123_000_000n);
  add(builder);
  return builder.build();
}

export function numbers(...points: readonly (readonly [Series, number | bigint])[]): Metrics {
  return batch((builder) => {
    for (const [one, value] of points) builder.addNumber(one, value);
  });
}

/** The exposition as text, with the padding of the plain format made one space. */
export function text(from: PrometheusRegistry, format = plainText): string {
  return Buffer.from(from.render(format))
    .toString()
    .replaceAll(/ +(?=\S+$)/gm, " ");
}

export function parsed(from: PrometheusRegistry, format = plainText): ParsedExposition {
  return parseExposition(from.render(format), { openMetrics: format.syntax === "openmetrics" });
}
