import { transformProcessor } from "@tracecore/processor-transform";
import {
  emptyResource,
  logRecords,
  logs,
  metricFamily,
  MetricsBuilder,
  numberPoints,
  scope,
  series,
  spans,
  timeAt,
  traces,
  type Logs,
  type MetricKind,
  type Metrics,
  type Series,
  type Traces,
} from "@tracecore/core/pdata";
import { runProcessor } from "@tracecore/testkit";
import { expect, test } from "vitest";

const lib = scope({ name: "lib", version: "1", attributes: { k: 1 } });

async function after<B extends Logs | Metrics | Traces>(yaml: string, batch: B): Promise<B> {
  await using processor = await runProcessor(transformProcessor, yaml);
  await processor.consume(batch);
  expect(processor.logs).toEqual([]);
  return processor.out.batches[0] as B;
}

function aggregates(): Metrics {
  const family = (name: string, kind: MetricKind) =>
    metricFamily(emptyResource, lib, {
      name,
      description: "",
      unit: "ms",
      kind,
      monotonic: false,
      temporality: kind === "summary" ? "unspecified" : "cumulative",
    });
  const builder = new MetricsBuilder(5n);
  const point = { count: 3, sum: 30, min: 1, max: 20 };
  builder.addHistogram(series(family("h", "histogram"), {}), { ...point, bounds: [10, 20], bucketCounts: [1, 1, 1] });
  builder.addExponentialHistogram(series(family("e", "exponential_histogram"), {}), {
    ...point,
    scale: 2,
    zeroCount: 1,
    positive: { offset: 4, counts: [1, 1] },
    negative: { offset: 0, counts: [] },
  });
  builder.addSummary(series(family("s", "summary"), {}), {
    count: 3,
    sum: 30,
    quantiles: [{ quantile: 0.5, value: 10 }],
  });
  builder.addNumber(series(family("n", "sum"), {}), 2n ** 60n, { startTimeUnixNano: 1n });
  return builder.build();
}

test("changes the scope of records and points", async () => {
  const statements = `
    - set(scope.name, Concat([scope.name, scope.version], "@"))
    - set(scope.attributes["j"], scope.attributes["k"] + 1)
    - set(scope.schema_url, "u")
    - set(instrumentation_scope.version, "2")
    - set(scope.dropped_attributes_count, 1)
  `;
  const changed = { name: "lib@1", version: "2", schemaUrl: "u", droppedAttributesCount: 1 };
  const records = await after(
    `log_statements: ${statements}`,
    logs([{ resource: emptyResource, scope: lib, body: 1 }]),
  );
  expect(records.scopes[0]).toMatchObject(changed);
  expect(records.scopes[0]!.attributes.toObject()).toEqual({ k: 1, j: 2 });
  const points = await after(`metric_statements: ${statements}`, aggregates());
  expect(points.summaries.series[0]!.scope).toBe(records.scopes[0]);
});

test("changes points of every kind", async () => {
  const yaml = `metric_statements:
    - context: datapoint
      statements:
        - set(count, count * 2) where metric.type != METRIC_DATA_TYPE_SUM
        - set(sum, sum / 2)  where sum != nil
        - set(time_unix_nano, time_unix_nano + 1)
        - set(start_time, time)
        - set(flags, FLAG_NO_RECORDED_VALUE) where metric.name == "s"
        - set(value_int, value_int + 1) where metric.name == "n"
        - set(attributes["bounds"], explicit_bounds)
        - set(attributes["counts"], bucket_counts)
        - set(attributes["exponential"], [scale, zero_count, positive.offset, positive.bucket_counts[1]]) where scale != nil
        - set(attributes["value"], value_double) where metric.name == "n"
  `;
  const before = aggregates();
  const batch = await after(yaml, before);
  const { histograms, exponentialHistograms, summaries } = batch;
  expect([histograms.counts[0], histograms.sums[0], summaries.counts[0], exponentialHistograms.sums[0]]).toEqual([
    6, 15, 6, 15,
  ]);
  expect([timeAt(histograms.times, 0), timeAt(histograms.startTimes, 0)]).toEqual([6n, 6n]);
  expect(JSON.stringify(histograms.series[0]!.attributes.toObject())).toBe('{"bounds":[10,20],"counts":[1,1,1]}');
  expect(exponentialHistograms.series[0]!.attributes.get("exponential")).toEqual([2, 1, 4, 1]);
  expect(summaries.flags[0]).toBe(2);
  const [number] = numberPoints(batch);
  expect([number!.value, number!.integer, Number(number!.attributes["value"])]).toEqual([
    2n ** 60n + 1n,
    true,
    2 ** 60,
  ]);
  expect(histograms.bucketCounts).toBe(before.histograms.bucketCounts);
  expect(before.histograms.counts[0]).toBe(3);
});

test("scales histograms and summaries with their bounds and quantiles, and makes sums of summaries", async () => {
  const yaml = `metric_statements:
    - statements:
        - scale_metric(10.0, "us") where metric.type != METRIC_DATA_TYPE_EXPONENTIAL_HISTOGRAM
        - convert_summary_sum_val_to_sum("delta", true)
        - convert_summary_count_val_to_sum("cumulative", false, ".n")
        - set(metric.metadata["made"], true) where metric.type == METRIC_DATA_TYPE_SUMMARY
  `;
  const batch = await after(yaml, aggregates());
  const { histograms, summaries, numbers } = batch;
  expect([histograms.sums[0], histograms.mins[0], histograms.maxs[0], histograms.bounds[0]]).toEqual([
    300,
    10,
    200,
    [100, 200],
  ]);
  expect([summaries.sums[0], summaries.quantiles[0]]).toEqual([300, [{ quantile: 0.5, value: 100 }]]);
  expect(summaries.series[0]!.descriptor.metadata!.toObject()).toEqual({ made: true });
  expect(Array.from(numbers.series, (one) => [one.name, one.descriptor.unit, one.descriptor.temporality])).toEqual([
    ["n", "us", "cumulative"],
    ["s_sum", "us", "delta"],
    ["s.n", "us", "cumulative"],
  ]);
  expect([...numberPoints(batch)].map(({ value }) => value)).toEqual([10 * 2 ** 60, 3000, 30]);
});

test("makes sums of summaries in the context of data points too, as the Collector has it", async () => {
  const yaml = `metric_statements:
    - context: datapoint
      conditions: [metric.type == METRIC_DATA_TYPE_SUMMARY]
      statements:
        - convert_summary_sum_val_to_sum("delta", true) where metric.name == "s"
        - convert_summary_count_val_to_sum("cumulative", false, ".n") where metric.name == "t"
  `;
  const { numbers } = await after(yaml, aggregates());
  expect(Array.from(numbers.series, (one) => [one.name, one.descriptor.temporality])).toEqual([
    ["n", "cumulative"],
    ["s_sum", "delta"],
  ]);
});

test("changes every field of a span", async () => {
  const yaml = `trace_statements:
    - context: span
      statements:
        - set(trace_id, TraceID("${"0c".repeat(16)}"))
        - set(span_id.string, "${"0d".repeat(8)}")
        - set(parent_span_id, 0x0000000000000000)
        - set(attributes["root"], IsRootSpan())
        - set(trace_state, "a=1,b=2")
        - set(attributes["b"], trace_state["b"])
        - set(attributes["no member"], trace_state["c"])
        - set(attributes["no parent"], parent_span_id.string)
        - set(kind.deprecated_string, "SPAN_KIND_PRODUCER")
        - set(start_time_unix_nano, 1)
        - set(end_time, Unix(0, 2))
        - set(status.code, STATUS_CODE_OK)
        - set(status.message, kind.string)
        - set(dropped_events_count, 3)
        - set(flags, 257)
  `;
  const span = { resource: emptyResource, scope: lib, name: "a", startTimeUnixNano: 5n, endTimeUnixNano: 6n };
  const ids = { traceId: "01".repeat(16), spanId: "02".repeat(8), parentSpanId: "03".repeat(8) };
  const before = traces([{ ...span, ...ids }]);
  const [one] = spans(await after(yaml, before));
  expect(one).toMatchObject({
    traceId: "0c".repeat(16),
    spanId: "0d".repeat(8),
    parentSpanId: "",
    traceState: "a=1,b=2",
    kind: "producer",
    startTimeUnixNano: 1n,
    endTimeUnixNano: 2n,
    statusCode: "ok",
    statusMessage: "Producer",
    droppedEventsCount: 3,
    flags: 257,
    attributes: { root: true, b: "2", "no member": "", "no parent": "00".repeat(8) },
  });
  expect([...spans(before)][0]).toMatchObject(ids);
});

test("leaves the batch that it is given as it is", async () => {
  const attributes = { list: [1, 2], map: { a: { b: 1 } }, text: "x" };
  const batch = logs([{ resource: emptyResource, scope: lib, body: { a: [1] }, attributes }]);
  const before = structuredClone([...logRecords(batch)][0]!.attributes);
  const out = await after(
    `log_statements:
      - context: log
        statements:
          - set(attributes["map"]["a"]["b"], 2)
          - set(attributes["list"][0], 9)
          - append(attributes["list"], 3)
          - delete_key(attributes, "text")
          - set(body["a"][0], 2)
          - flatten(body)
    `,
    batch,
  );
  const [one] = logRecords(out);
  expect([one!.attributes, one!.body]).toEqual([{ list: [9, 2, 3], map: { a: { b: 2 } } }, { "a.0": 2 }]);
  expect([...logRecords(batch)][0]!.attributes).toEqual(before);
  expect([...logRecords(batch)][0]!.body).toEqual({ a: [1] });
});

test("copies metrics, which later statements see", async () => {
  const yaml = `metric_statements:
    - statements:
        - scale_metric(2.0) where metric.name == "h"
        - copy_metric(name = Concat([metric.name, "copy"], "."), unit = "x") where metric.name != "e"
        - scale_metric(10.0) where metric.name == "h.copy"
        - set(metric.description, "copied") where metric.unit == "x"
        - copy_metric(name = "again", description = "twice") where metric.name == "h.copy"
        - set(resource.attributes["asked"], HasAttrKeyOnDatapoint("none")) where metric.name == "again"
  `;
  const batch = await after(yaml, aggregates());
  expect(batch.itemCount).toBe(8);
  const shown = (points: { readonly series: readonly Series[] }): unknown[] =>
    points.series.map(({ name, descriptor }) => [name, descriptor.unit, descriptor.description]);
  expect(shown(batch.histograms)).toEqual([
    ["h", "ms", ""],
    ["h.copy", "x", "copied"],
    ["again", "x", "copied"],
  ]);
  expect(Array.from(batch.histograms.sums)).toEqual([60, 600, 600]);
  expect(Array.from(batch.histograms.bucketCounts)).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 1]);
  expect([shown(batch.summaries), shown(batch.exponentialHistograms)]).toEqual([
    [
      ["s", "ms", ""],
      ["s.copy", "x", "copied"],
    ],
    [["e", "ms", ""]],
  ]);
  expect([...numberPoints(batch)].map(({ name, value }) => [name, value])).toEqual([
    ["n", 2n ** 60n],
    ["n.copy", 2n ** 60n],
  ]);
  expect(batch.numbers.series[0]!.resource.attributes.toObject()).toEqual({ asked: false });
});
