import { defineMetrics, systemClock } from "@tracecore/core";
import {
  attributes,
  emptyResource,
  mapSeries,
  metricFamily,
  MetricsBuilder,
  scope,
  series,
  type Metrics,
  type Series,
} from "@tracecore/core/pdata";
import { plainText, PrometheusRegistry } from "@tracecore/prometheus";
import { workload } from "../exposition/workload.ts";
import type { Form } from "./variant.ts";

const ITEMS = 10_000;
const by = scope({ name: "bench" });

/** An object per point with its own attributes, as SDKs and most JavaScript collectors hold them. */
export function metricsAsObjects(): Form {
  interface Point {
    readonly name: string;
    readonly unit: string;
    readonly attributes: Readonly<Record<string, string>>;
    readonly value: number;
    readonly timeUnixNano: bigint;
    readonly startTimeUnixNano: bigint;
    readonly resource: object;
    readonly scope: object;
  }
  const load = workload(ITEMS);
  const { families } = load;
  let points: Point[] = [];
  let edited: Point[] = [];
  return {
    items: ITEMS,
    steps: {
      build() {
        const values = load.next(false);
        const timeUnixNano = systemClock.nowUnixNano();
        points = [];
        for (let i = 0; i < ITEMS; i++) {
          const { name, labels } = families[i % families.length]!;
          points.push({
            name,
            unit: "",
            attributes: { ...labels[Math.floor(i / families.length)]! },
            value: values[i]!,
            timeUnixNano,
            startTimeUnixNano: 0n,
            resource: emptyResource,
            scope: by,
          });
        }
      },
      iterate() {
        let sum = 0;
        for (const { value, timeUnixNano } of points) if (timeUnixNano > 0n) sum += value;
        return sum;
      },
      edit() {
        edited = [];
        for (const point of points) edited.push({ ...point, attributes: { ...point.attributes, cluster: "a" } });
      },
      render() {
        let text = "";
        for (const point of edited) {
          text += `${point.name}{`;
          for (const [key, value] of Object.entries(point.attributes)) {
            text += `${key}="${/["\\\n]/.test(value) ? JSON.stringify(value) : value}",`;
          }
          text += `} ${point.value}\n`;
        }
        return Buffer.from(text);
      },
    },
  };
}

/** Interned series that the receiver keeps, values in columns. */
export function metricsAsColumns(): Form {
  const load = workload(ITEMS);
  const { families } = load;
  const list: Series[] = Array.from({ length: ITEMS }, (_, i) => {
    const { name, labels } = families[i % families.length]!;
    const descriptor = {
      name,
      description: "",
      unit: "",
      kind: "gauge",
      monotonic: false,
      temporality: "unspecified",
    } as const;
    return series(metricFamily(emptyResource, by, descriptor), attributes(labels[Math.floor(i / families.length)]!));
  });
  return columnSteps(() => {
    const values = load.next(false);
    const builder = new MetricsBuilder(systemClock.nowUnixNano());
    for (let i = 0; i < ITEMS; i++) builder.addNumber(list[i]!, values[i]!);
    return builder.build();
  });
}

/** The same, but each point names its attributes, as `defineMetrics` lets authors do: interning is part of building. */
export function metricsByAttributes(): Form {
  const load = workload(ITEMS);
  const { families } = load;
  const keys = Object.keys(families[0]!.labels[0]!);
  const described = Object.fromEntries(keys.map((key) => [key, ""]));
  const metrics = defineMetrics(
    Object.fromEntries(
      families.map(({ name }) => [name, { kind: "gauge" as const, unit: "", description: "", attributes: described }]),
    ),
  );
  const settings = { telemetry: { resource: emptyResource } };
  return columnSteps(() => {
    const values = load.next(false);
    const batch = metrics.batch({ scope: by, clock: systemClock, settings });
    for (let i = 0; i < ITEMS; i++) {
      const { name, labels } = families[i % families.length]!;
      batch.add(name, values[i]!, { ...labels[Math.floor(i / families.length)]! });
    }
    return batch.build();
  });
}

function columnSteps(build: () => Metrics): Form {
  const registry = new PrometheusRegistry({
    strategy: "UnderscoreEscapingWithSuffixes",
    scopeLabels: false,
    targetInfo: false,
    resourceToTelemetry: false,
    sendTimestamps: false,
    maxSeries: ITEMS,
    metricExpirationMs: 300_000,
    clock: systemClock,
  });
  // A processor keeps what it made of a series for as long as that is the same object.
  const known = new WeakMap<Series, Series>();
  let batch = build();
  let edited = batch;
  return {
    items: ITEMS,
    steps: {
      build() {
        batch = build();
      },
      iterate() {
        const { values, times, length } = batch.numbers;
        let sum = 0;
        for (let i = 0; i < length; i++) if (times.high[i]! > 0) sum += values[i]!;
        return sum;
      },
      edit() {
        edited = mapSeries(batch, (one) => {
          let other = known.get(one);
          if (other === undefined) {
            other = one.withAttributes(one.attributes.with({ cluster: "a" }));
            known.set(one, other);
          }
          return other;
        });
      },
      render() {
        registry.update(edited);
        using lease = registry.lease(plainText);
        return lease.bytes.length;
      },
    },
  };
}
