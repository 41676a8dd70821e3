import type { Batch } from "@tracecore/core";
import {
  emptyScope,
  filterPoints,
  logs,
  metricFamily,
  MetricsBuilder,
  resource,
  scope,
  series,
  setParts,
  traces,
  type MetricFamily,
  type Metrics,
} from "@tracecore/core/pdata";
import { encodeJson } from "@tracecore/otlp";
import { transform, type Signal, type StatementGroup } from "@tracecore/ottl";
import { inParts } from "@tracecore/testkit";
import fc from "fast-check";
import { expect, test } from "vitest";

const resources = ["web", "db", "web"].map((name, i) => resource({ name, n: i }));
const scopes = [emptyScope, scope({ name: "lib", version: "1" }), scope({ name: "lib", attributes: { n: 1 } })];
/** Metrics of few names: some are alike but for their unit or kind. */
const metrics = (["gauge", "sum", "histogram", "summary"] as const).flatMap((kind) =>
  ["a", "a_count", "b"].map((name) => ({ name, description: "", unit: kind === "sum" ? "ms" : "s", kind })),
);

interface Row {
  readonly origin: number;
  readonly metric: number;
  readonly value: number;
}
const rows = fc.array(fc.record({ origin: fc.nat(5), metric: fc.nat(metrics.length - 1), value: fc.nat(4) }), {
  minLength: 4,
  maxLength: 30,
});

function familyOf({ origin, metric }: Row): MetricFamily {
  const { kind, ...descriptor } = metrics[metric]!;
  return metricFamily(resources[origin % 3]!, scopes[origin % 2]!, {
    ...descriptor,
    kind,
    monotonic: kind === "sum",
    temporality: kind === "sum" ? "delta" : kind === "histogram" ? "cumulative" : "unspecified",
  });
}

const batches: Readonly<Record<Signal, (all: readonly Row[]) => Batch>> = {
  logs: (all) =>
    logs(
      all.map(({ origin, value }, i) => ({
        resource: resources[origin % 3]!,
        scope: scopes[origin % 2]!,
        body: `message ${i}`,
        attributes: { v: value, [`k${value}`]: i },
      })),
    ),
  traces: (all) =>
    traces(
      all.map(({ origin, value }, i) => ({
        resource: resources[origin % 3]!,
        scope: scopes[origin % 2]!,
        traceId: "01".repeat(16),
        spanId: "02".repeat(8),
        name: `span ${i}`,
        startTimeUnixNano: BigInt(i),
        endTimeUnixNano: BigInt(i + value),
        attributes: { v: value, [`k${value}`]: i },
        events: Array.from({ length: value % 3 }, (_, e) => ({
          timeUnixNano: 1n,
          name: `e${e}`,
          attributes: { v: e },
        })),
      })),
    ),
  metrics(all) {
    const builder = new MetricsBuilder(5n);
    for (const [i, row] of all.entries()) {
      const { value } = row;
      const family = familyOf(row);
      const one = series(family, { v: value, [`k${value}`]: `${i % 4}` });
      if (family.descriptor.kind === "histogram") {
        builder.addHistogram(one, { count: value, sum: value / 2, bounds: [1], bucketCounts: [value, 0] });
      } else if (family.descriptor.kind === "summary") {
        builder.addSummary(one, { count: value, sum: value / 2, quantiles: [{ quantile: 0.5, value }] });
      } else builder.addNumber(one, i % 2 === 0 ? value + 0.5 : BigInt(value));
    }
    return builder.build();
  },
};

const values = [
  '"x"',
  "1",
  "nil",
  'resource.attributes["last"]',
  "scope.name",
  'Concat([resource.attributes["last"], "+"], "")',
];
const upward = [
  'resource.attributes["last"]',
  'resource.attributes["n"]',
  "resource.schema_url",
  "scope.name",
  'scope.attributes["last"]',
];
const above = [
  'resource.attributes["name"] == "web"',
  "scope.name == nil",
  'scope.name == "lib"',
  'resource.attributes["n"] == 0',
];

/** Statements of each context: what they write to, what they write, and where. */
const contexts = {
  scope: { targets: upward, values, conditions: above, calls: [] },
  log: {
    targets: [...upward, 'log.attributes["last"]', "log.body"],
    values: [...values, "log.body", 'log.attributes["v"]', 'log.attributes["k1"] + 1'],
    conditions: [...above, 'log.attributes["v"] == 1', 'log.attributes["k2"] != nil'],
    calls: [],
  },
  span: {
    targets: [...upward, 'span.attributes["last"]', "span.name"],
    values: [...values, "span.name", 'span.attributes["v"]'],
    conditions: [...above, 'span.attributes["v"] == 1'],
    calls: [],
  },
  spanevent: {
    targets: [...upward, 'span.attributes["last"]', "spanevent.name"],
    values: [...values, "spanevent.name", "span.name"],
    conditions: [...above, 'spanevent.attributes["v"] == 1'],
    calls: [],
  },
  metric: {
    targets: [...upward, "metric.name", "metric.description", "metric.unit"],
    values: [...values, "metric.name", "metric.unit"],
    conditions: [
      ...above,
      'metric.name == "a"',
      'metric.name == "x"',
      'HasAttrKeyOnDatapoint("k1")',
      'HasAttrKeyOnDatapoint("k4")',
      'HasAttrOnDatapoint("k2", "3")',
      'HasAttrKeyOnDatapoint(Concat(["k", metric.unit], ""))',
      'HasAttrKeyOnDatapoint(Concat(["k", "3"], ""))',
      'HasAttrOnDatapoint("k0", Concat(["", "2"], ""))',
    ],
    calls: [
      'copy_metric(name="b")',
      'copy_metric(name="a_count", unit="1")',
      "scale_metric(2.5)",
      "extract_count_metric(true)",
      'extract_sum_metric(false, "_s")',
      "convert_sum_to_gauge()",
      'convert_summary_count_val_to_sum("delta", true)',
    ],
  },
  datapoint: {
    targets: [...upward, "metric.description", "metric.name", 'datapoint.attributes["last"]', "datapoint.value_double"],
    values: [
      ...values,
      "metric.name",
      'datapoint.attributes["v"]',
      "datapoint.value_double",
      'datapoint.attributes["k1"]',
    ],
    conditions: [...above, 'metric.name == "a"', 'datapoint.attributes["v"] == 1', "datapoint.value_double > 2.0"],
    calls: [],
  },
} as const;

const signals = {
  logs: ["scope", "log"],
  traces: ["scope", "span", "spanevent"],
  metrics: ["scope", "metric", "datapoint"],
} as const satisfies Record<Signal, readonly (keyof typeof contexts)[]>;

const groups = (context: keyof typeof contexts): fc.Arbitrary<StatementGroup> => {
  const { targets, values: all, conditions, calls } = contexts[context];
  const set = fc.tuple(fc.constantFrom(...targets), fc.constantFrom(...all)).map(([to, from]) => `set(${to}, ${from})`);
  const editor = calls.length === 0 ? set : fc.oneof(set, fc.constantFrom(...calls));
  const statement = fc
    .tuple(editor, fc.option(fc.constantFrom(...conditions)))
    .map(([edit, where]) => (where === null ? edit : `${edit} where ${where}`));
  return fc.record({
    context: fc.constant(context),
    conditions: fc.array(fc.constantFrom(...conditions), { maxLength: 2 }),
    statements: fc.array(statement, { minLength: 1, maxLength: 3 }),
  });
};

type Json = Readonly<Record<string, unknown>>;
const listed = (of: Json, name: string): readonly Json[] => (of[name] ?? []) as readonly Json[];

/** The points of a batch with all that is above them, in any order: a part has what statements make of its metrics behind its own. */
function pointsOf(batch: Metrics): string[] {
  const points: string[] = [];
  for (const { scopeMetrics, ...origin } of listed(JSON.parse(encodeJson(batch)) as Json, "resourceMetrics")) {
    for (const { metrics: own, ...under } of listed({ scopeMetrics }, "scopeMetrics")) {
      for (const metric of listed({ own }, "own")) {
        const kind = ["gauge", "sum", "histogram", "summary"].find((name) => name in metric)!;
        const { dataPoints, ...data } = metric[kind] as Json;
        for (const point of dataPoints as Json[]) {
          points.push(JSON.stringify([origin, under, { ...metric, [kind]: data }, point]));
        }
      }
    }
  }
  return points.toSorted();
}

/** In parts as those of a request are: each has points of all kinds, so that they do not come in the order of the whole. */
function inMixedParts(batch: Metrics, size: number): Metrics {
  const copy = { ...batch };
  setParts(copy, function* () {
    for (let from = 0; from < batch.itemCount; from += size) {
      yield filterPoints(batch, (_, row) => row >= from && row < from + size);
    }
  });
  return copy;
}

function shown(batch: Batch): unknown {
  return batch.signal === "metrics" ? pointsOf(batch) : { ...batch };
}

test.each(Object.keys(signals) as Signal[])(
  "whatever statements write to what items share, a batch of %s in parts becomes what it becomes as a whole",
  { timeout: 120_000 },
  async (signal) => {
    const seen = { changed: 0, same: 0, failed: 0 };
    const group = fc.oneof(...signals[signal].map(groups));
    await fc.assert(
      fc.asyncProperty(rows, group, fc.integer({ min: 1, max: 9 }), async (all, statements, size) => {
        const run = async (batch: Batch): Promise<{ out: Batch; failed: Set<string> }> => {
          const failed = new Set<string>();
          const sink = (error: unknown, text: string): void => void failed.add(`${text}: ${String(error)}`);
          return { out: await transform(signal, statements, { now: () => 1n, sink })(batch), failed };
        };
        const batch = batches[signal](all);
        const before = shown(batch);
        const divided = batch.signal === "metrics" ? inMixedParts(batch, size) : inParts(batch, size);
        const whole = await run(batch);
        const parts = await run(divided);
        expect(shown(parts.out)).toEqual(shown(whole.out));
        expect(parts.out === divided).toBe(whole.out === batch);
        expect(parts.failed).toEqual(whole.failed);
        expect(shown(batch)).toEqual(before);
        seen[whole.out === batch ? "same" : "changed"]++;
        if (whole.failed.size > 0) seen.failed++;
      }),
      { numRuns: 1_000, seed: 1 },
    );
    expect(Math.min(...Object.values(seen)), JSON.stringify(seen)).toBeGreaterThan(20);
  },
);
