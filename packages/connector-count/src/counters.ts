import type { Batch } from "@tracecore/core";
import {
  metricFamily,
  MetricsBuilder,
  series,
  type MetricDescriptor,
  type MetricFamily,
  type Metrics,
  type Scope,
} from "@tracecore/core/pdata";
import {
  dropLogs,
  dropMetrics,
  dropPoints,
  dropSpanEvents,
  dropSpans,
  readsAllPoints,
  type DropOptions,
} from "@tracecore/ottl";
import type { CountAttribute, CountConfig, CountConnectorConfig, Counted } from "./config.ts";
import { tally, type Tally } from "./tally.ts";

/** One metric that is made of what passes. */
interface Counter {
  readonly counted: Counted;
  readonly descriptor: MetricDescriptor;
  readonly by: readonly CountAttribute[];
  /** The batch without what fits the conditions; undefined where all is counted. Of a part, `all` are the parts. */
  readonly without: ((batch: never, all?: readonly Metrics[]) => Batch) | undefined;
  /** The conditions look at all points of a metric. */
  readonly readsAllPoints: boolean;
}

/** Counts one batch, which may come in parts. */
export interface Count {
  /** Whether {@link add} has to know all parts of metrics. */
  readonly asksAllPoints: boolean;
  add(part: Batch, whole?: readonly Metrics[]): void;
  build(): Metrics;
}

const drops: Readonly<
  Record<
    Counted,
    (conditions: readonly string[], options: DropOptions) => (batch: never, all?: readonly Metrics[]) => Batch
  >
> = {
  spans: dropSpans,
  spanevents: dropSpanEvents,
  metrics: dropMetrics,
  datapoints: dropPoints,
  logs: dropLogs,
};

/** What is counted where the config names no metric of its own. */
const defaults: Readonly<Record<Counted, Readonly<Record<string, CountConfig>>>> = {
  spans: { "trace.span.count": { description: "The number of spans observed." } },
  spanevents: { "trace.span.event.count": { description: "The number of span events observed." } },
  metrics: { "metric.count": { description: "The number of metrics observed." } },
  datapoints: { "metric.datapoint.count": { description: "The number of data points observed." } },
  logs: { "log.record.count": { description: "The number of log records observed." } },
};

const kinds: Readonly<Record<Batch["signal"], readonly Counted[]>> = {
  traces: ["spans", "spanevents"],
  metrics: ["metrics", "datapoints"],
  logs: ["logs"],
};

/** Makes the function that begins to count a batch; `time` is that of the counts, in nanoseconds since 1970. */
export function counters(
  config: CountConnectorConfig,
  scope: Scope,
  options: DropOptions,
): (signal: Batch["signal"], time: bigint) => Count {
  const counterOf = (counted: Counted, name: string, own: CountConfig): Counter => {
    const { description = "", attributes: by = [], conditions = [] } = own;
    const without = conditions.length === 0 ? undefined : drops[counted](conditions, options);
    const descriptor = { name, description, unit: "", kind: "sum", monotonic: true, temporality: "delta" } as const;
    return { counted, descriptor, by, without, readsAllPoints: counted === "metrics" && readsAllPoints(conditions) };
  };
  const of = (signal: Batch["signal"]): readonly Counter[] =>
    kinds[signal].flatMap((counted) => {
      const own = config[counted];
      const metrics = own === undefined || Object.keys(own).length === 0 ? defaults[counted] : own;
      return Object.entries(metrics).map(([name, one]) => counterOf(counted, name, one));
    });
  const bySignal = { traces: of("traces"), metrics: of("metrics"), logs: of("logs") };
  return (signal, time) => {
    const counting = bySignal[signal].map((counter) => ({
      counter,
      counts: new Map() as Tally,
      all: { times: 1, seen: new Set<MetricFamily>() },
      // What the conditions hold for is what is gone without it.
      left: { times: -1, seen: new Set<MetricFamily>() },
    }));
    return {
      asksAllPoints: counting.some(({ counter }) => counter.readsAllPoints),
      add(part, whole) {
        for (const { counter, counts, all, left } of counting) {
          const { counted, by, without } = counter;
          tally(counts, part, counted, by, all);
          if (without !== undefined) tally(counts, without(part as never, whole), counted, by, left);
        }
      },
      build() {
        const builder = new MetricsBuilder(time);
        for (const { counter, counts } of counting) {
          for (const [resource, sets] of counts) {
            const family = metricFamily(resource, scope, counter.descriptor);
            for (const [set, count] of sets) {
              if (count > 0) builder.addNumber(series(family, set), count, { integer: true });
            }
          }
        }
        return builder.build();
      },
    };
  };
}
