import type { AttributeValue } from "./pdata/attribute-value.ts";
import { attributes } from "./pdata/attributes.ts";
import { MetricsBuilder, type PointOptions } from "./pdata/metrics-builder.ts";
import type { Metrics } from "./pdata/metrics.ts";
import type { Resource } from "./pdata/resource.ts";
import type { Scope } from "./pdata/scope.ts";
import { metricFamily, series, type MetricFamily } from "./pdata/series.ts";

/** A metric that a plugin emits, as data: types, README tables and the catalogue come from it. */
export interface MetricDefinition {
  readonly kind: "gauge" | "sum";
  /** For sums: whether the value only rises. Sums are cumulative. */
  readonly monotonic?: boolean;
  /** UCUM: `s`, `By`, `1`, `{error}`. */
  readonly unit: string;
  /** `int` for values that are whole by nature; default `double`. */
  readonly valueType?: "int" | "double";
  readonly description: string;
  /** What each attribute says, by name. */
  readonly attributes: Readonly<Record<string, string>>;
}

export type MetricDefinitions = Readonly<Record<string, MetricDefinition>>;

/** What a batch needs to know of its component. */
export interface BatchContext {
  readonly scope: Scope;
  readonly clock: { nowUnixNano(): bigint };
  readonly settings: { readonly telemetry: { readonly resource: Resource } };
}

export interface MetricSet<D extends MetricDefinitions = MetricDefinitions> {
  readonly definitions: D;
  /** Begins a batch whose points have the time of this call. */
  batch(ctx: BatchContext): MetricBatch<D>;
}

/** A batch under construction; names and attributes are checked against the declaration. */
export interface MetricBatch<D extends MetricDefinitions = MetricDefinitions> {
  add<N extends keyof D & string>(
    name: N,
    value: number | bigint,
    attributes: { readonly [K in keyof D[N]["attributes"]]?: AttributeValue },
    options?: PointOptions,
  ): void;
  readonly itemCount: number;
  /** The finished batch. */
  build(): Metrics;
}

/** Declares the metrics of a plugin. */
export function defineMetrics<const D extends MetricDefinitions>(definitions: D): MetricSet<D> {
  return {
    definitions,
    batch(ctx) {
      const builder = new MetricsBuilder(ctx.clock.nowUnixNano());
      const families = new Map<string, MetricFamily>();
      return {
        add(name, value, input, options) {
          const definition = definitions[name];
          if (definition === undefined) throw new Error(`BUG: the metric ${name} is not declared. Please report it`);
          let family = families.get(name);
          if (family === undefined) {
            family = familyOf(ctx, name, definition);
            families.set(name, family);
          }
          const point = definition.valueType === "int" ? { integer: true, ...options } : options;
          builder.addNumber(series(family, attributes(input as Record<string, AttributeValue>)), value, point);
        },
        get itemCount() {
          return builder.itemCount;
        },
        build: () => builder.build(),
      };
    },
  };
}

function familyOf(ctx: BatchContext, name: string, definition: MetricDefinition): MetricFamily {
  return metricFamily(ctx.settings.telemetry.resource, ctx.scope, {
    name,
    description: definition.description,
    unit: definition.unit,
    kind: definition.kind,
    monotonic: definition.monotonic ?? false,
    temporality: definition.kind === "sum" ? "cumulative" : "unspecified",
  });
}
