import { transformProcessor } from "@tracecore/processor-transform";
import {
  emptyScope,
  encodedBatch,
  logRecords,
  logs,
  MetricsBuilder,
  metricFamily,
  resource,
  scope,
  series,
  traces,
  type LogRecord,
  type Logs,
  type Metrics,
  type Span,
  type Traces,
} from "@tracecore/core/pdata";
import { flatGroups } from "@tracecore/ottl";
import { decodeProtobuf, encodeProtobuf } from "@tracecore/otlp";
import { conformance, metricsOf, runProcessor } from "@tracecore/testkit";
import { describe, expect, test } from "vitest";

const web = resource({ "service.name": "web", zone: "a1" });
const db = resource({ "service.name": "db" });
const record = (body: LogRecord["body"], more: Partial<LogRecord> = {}): LogRecord => ({
  resource: web,
  scope: emptyScope,
  body,
  ...more,
});
const span = (name: string, more: Partial<Span> = {}): Span => ({
  resource: web,
  scope: emptyScope,
  traceId: "01".repeat(16),
  spanId: "02".repeat(8),
  name,
  startTimeUnixNano: 1_000_000_000n,
  endTimeUnixNano: 3_500_000_000n,
  ...more,
});

async function logsAfter(yaml: string, records: readonly LogRecord[]): Promise<Required<LogRecord>[]> {
  await using processor = await runProcessor(transformProcessor, yaml);
  await processor.consume(logs(records));
  return [...processor.out.logRecords];
}

describe("transform processor", () => {
  conformance(transformProcessor, `metric_statements: ['set(datapoint.attributes["a"], 1)']`);

  test("sets, deletes, renames and converts attributes of log records, where a condition holds", async () => {
    const yaml = `log_statements:
      - set(log.attributes["level"], ConvertCase(log.severity_text, "upper")) where log.severity_text != ""
      - set(log.attributes["http.status"], Int(log.attributes["status"]))
      - delete_key(log.attributes, "status")
      - delete_key(log.attributes, "secret") where resource.attributes["service.name"] == "web"
    `;
    const out = await logsAfter(yaml, [
      record("a", { severityText: "warn", attributes: { status: "404", secret: 1 } }),
      record("b", { resource: db, attributes: { secret: 2, other: true } }),
    ]);
    expect(out.map(({ body, attributes }) => [body, attributes])).toEqual([
      ["a", { level: "WARN", "http.status": 404 }],
      ["b", { secret: 2, other: true }],
    ]);
  });

  test("runs the statements of a list where one of its conditions holds", async () => {
    const yaml = `log_statements:
      - context: log
        conditions: ['IsMap(body) and body["object"] != nil', 'severity_number >= SEVERITY_NUMBER_ERROR']
        statements: ['set(attributes["seen"], true)', 'set(body, attributes["route"])']
    `;
    const out = await logsAfter(yaml, [
      record({ object: 1 }, { attributes: { route: "/a" } }),
      record({ other: 1 }),
      record("bad", { severityNumber: 17 }),
    ]);
    expect(out.map(({ body, attributes }) => [body, attributes["seen"]])).toEqual([
      ["/a", true],
      [{ other: 1 }, undefined],
      ["bad", true],
    ]);
  });

  test("changes every field of a log record", async () => {
    const out = await logsAfter(
      `log_statements:
        - context: log
          statements:
            - set(time_unix_nano, 5)
            - set(observed_time, Unix(1, 1))
            - set(severity_number, SEVERITY_NUMBER_WARN2)
            - set(severity_text, "w")
            - set(body["a"]["b"], 1.0)
            - set(trace_id.string, "${"0a".repeat(16)}")
            - set(span_id, SpanID("${"0b".repeat(8)}"))
            - set(flags, 1)
            - set(event_name, "e")
            - set(dropped_attributes_count, 2)
            - set(cache["n"], 1)
            - set(attributes["n"], cache["n"] + 1)
      `,
      [record(undefined)],
    );
    expect(out).toMatchObject([
      {
        timeUnixNano: 5n,
        observedTimeUnixNano: 1_000_000_001n,
        severityNumber: 14,
        severityText: "w",
        traceId: "0a".repeat(16),
        spanId: "0b".repeat(8),
        flags: 1,
        eventName: "e",
        droppedAttributesCount: 2,
        attributes: { n: 2 },
      },
    ]);
    expect(JSON.stringify(out[0]!.body)).toBe('{"a":{"b":1}}');
  });

  test("changes spans and their events", async () => {
    const yaml = `trace_statements:
      - set(span.attributes["slow"], true) where span.end_time - span.start_time > Duration("2s")
      - set(span.name, Concat([span.kind.string, span.name], " "))
      - set(span.status.code, STATUS_CODE_ERROR) where span.attributes["slow"]
      - set(span.trace_state["vendor"], "x")
      - set(spanevent.attributes["of"], span.name) where spanevent.event_index == 1
      - set(spanevent.name, "first") where spanevent.event_index == 0
      - set(spanevent.dropped_attributes_count, 0)
    `;
    await using processor = await runProcessor(transformProcessor, yaml);
    const events = [
      { timeUnixNano: 1n, name: "a", attributes: {}, droppedAttributesCount: 4 },
      { timeUnixNano: 2n, name: "b", attributes: { k: 1 } },
    ];
    await processor.consume(traces([span("GET", { kind: "server", events, traceState: "o=1" })]));
    expect(processor.out.spans).toMatchObject([
      {
        name: "Server GET",
        statusCode: "error",
        attributes: { slow: true },
        traceState: "vendor=x,o=1",
        events: [
          { name: "first", attributes: {}, droppedAttributesCount: 0 },
          { name: "b", attributes: { k: 1, of: "Server GET" } },
        ],
      },
    ]);
  });

  test("changes what a metric is, and scales its values", async () => {
    const yaml = `metric_statements:
      - set(metric.name, "renamed") where metric.name == "a"
      - convert_sum_to_gauge() where metric.name == "renamed"
      - convert_gauge_to_sum("cumulative", true) where metric.name == "b"
      - scale_metric(0.001, "s") where metric.unit == "ms"
      - set(datapoint.value_int, datapoint.value_int * 10) where metric.name == "b"
    `;
    await using processor = await runProcessor(transformProcessor, yaml);
    await processor.consume(
      metricsOf([
        { name: "a", value: 1500, unit: "ms", kind: "sum", monotonic: true },
        { name: "b", value: 2n },
        { name: "c", value: 3 },
      ]),
    );
    const shown = processor.out.points.map(({ name, value, series: { descriptor } }) => [name, value, descriptor.kind]);
    expect(shown).toEqual([
      ["renamed", 1.5, "gauge"],
      ["b", 20, "sum"],
      ["c", 3, "gauge"],
    ]);
    expect(processor.out.points[0]!.series.descriptor).toMatchObject({ unit: "s", monotonic: false });
    expect(processor.out.points[1]!.series.descriptor).toMatchObject({ monotonic: true, temporality: "cumulative" });
  });

  test("makes sums of the counts and sums of histograms, which later statements see", async () => {
    const family = metricFamily(web, emptyScope, {
      name: "latency",
      description: "d",
      unit: "s",
      kind: "histogram",
      monotonic: false,
      temporality: "delta",
    });
    const builder = new MetricsBuilder(7n);
    builder.addHistogram(series(family, { a: 1 }), { count: 3, sum: 4.5, bounds: [1], bucketCounts: [1, 2] });
    builder.addHistogram(series(family, { a: 2 }), { count: 9, bounds: [1], bucketCounts: [4, 5] });
    const yaml = `metric_statements:
      - statements:
          - extract_count_metric(true)
          - extract_sum_metric(true, ".sum")
          - set(metric.description, "made") where metric.type == METRIC_DATA_TYPE_SUM
    `;
    await using processor = await runProcessor(transformProcessor, yaml);
    await processor.consume(builder.build());
    const [batch] = processor.out.batches as [Metrics];
    expect(batch.itemCount).toBe(5);
    expect(batch.histograms.length).toBe(2);
    expect(
      processor.out.points.map(({ name, value, integer, attributes, series: { descriptor }, timeUnixNano }) => [
        [name, value, integer, attributes["a"], timeUnixNano],
        [descriptor.temporality, descriptor.monotonic, descriptor.description],
      ]),
    ).toEqual([
      [
        ["latency_count", 3, true, 1, 7n],
        ["delta", true, "made"],
      ],
      [
        ["latency_count", 9, true, 2, 7n],
        ["delta", true, "made"],
      ],
      [
        ["latency.sum", 4.5, false, 1, 7n],
        ["delta", true, "made"],
      ],
    ]);
  });

  test("does not decode what is under the resource that a statement changes", async () => {
    await using processor = await runProcessor(
      transformProcessor,
      `log_statements: ['set(resource.attributes["cluster"], "c") where resource.attributes["zone"] == "a1"']`,
    );
    const bytes = encodeProtobuf(logs([record("x", { attributes: { a: 1 } }), record("y", { resource: db })]));
    await processor.consume(decodeProtobuf("logs", bytes));
    const [out] = processor.out.batches as [Logs];
    expect(encodedBatch(out)).toBeDefined();
    expect([...logRecords(out)].map((one) => [one.body, one.resource.attributes.get("cluster")])).toEqual([
      ["x", "c"],
      ["y", undefined],
    ]);
  });

  test("passes a batch on as it is where conditions do not hold or values are the same", async () => {
    await using processor = await runProcessor(
      transformProcessor,
      `
      metric_statements:
        - set(resource.attributes["zone"], "b") where resource.attributes["zone"] == nil
        - set(scope.name, "n") where scope.name == "other"
        - set(metric.unit, "s") where metric.name == "none"
        - delete_key(datapoint.attributes, "none")
        - set(datapoint.value_double, 1.0) where datapoint.value_double > 1000
      log_statements:
        - set(log.attributes["a"], 1)
        - set(log.severity_number, 9)
        - delete_key(log.attributes, "none")
      trace_statements:
        - set(span.name, "x") where span.name == "y"
        - set(spanevent.name, "z") where spanevent.name == "y"
      `,
    );
    const batches = [
      metricsOf([{ name: "m", value: 1.5, resource: web, attributes: { a: 1 } }]),
      logs([record("x", { attributes: { a: 1 }, severityNumber: 9 })]),
      traces([span("GET", { events: [{ timeUnixNano: 1n, name: "e", attributes: {} }] })]),
    ];
    for (const batch of batches) await processor.consume(batch);
    for (const [i, batch] of batches.entries()) expect(processor.out.batches[i]).toBe(batch);
  });

  test("shares what lies above the records: all under a resource see what one of them wrote", async () => {
    const out = await logsAfter(
      `log_statements:
        - context: log
          statements:
            - set(resource.attributes["last"], body)
            - set(instrumentation_scope.name, "lib") where body == "a"
      `,
      [record("a"), record("b"), record("c", { resource: db, scope: scope({ name: "own" }) })],
    );
    expect(out.map((one) => [one.resource.attributes.get("last"), one.scope.name])).toEqual([
      ["b", "lib"],
      ["b", "lib"],
      ["c", "own"],
    ]);
  });

  test("changes a shared resource, scope and metric from the points under them", async () => {
    const yaml = `metric_statements:
      - context: datapoint
        statements:
          - set(metric.description, attributes["gpu"]) where value_double > 1.5
          - set(scope.version, "2")
          - set(resource.attributes["points"], Concat([resource.attributes["points"], value_double], ""))
    `;
    await using processor = await runProcessor(transformProcessor, yaml);
    const point = { name: "m", resource: resource({ points: "" }) };
    await processor.consume(
      metricsOf([
        { ...point, value: 1.25, attributes: { gpu: "0" } },
        { ...point, value: 2.5, attributes: { gpu: "1" } },
      ]),
    );
    for (const { series: one } of processor.out.points) {
      expect([one.descriptor.description, one.scope.version, one.resource.attributes.get("points")]).toEqual([
        "1",
        "2",
        "1.252.5",
      ]);
    }
  });

  test("does not touch the prototype of anything", async () => {
    const yaml = `log_statements:
      - set(log.attributes["__proto__"], "a")
      - set(log.body["__proto__"]["polluted"], true)
      - set(log.attributes["from"], log.attributes["constructor"])
      - merge_maps(log.attributes, ParseJSON(log.attributes["json"]), "upsert")
      - flatten(log.attributes)
    `;
    const json = '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}';
    const [one] = await logsAfter(yaml, [record({ a: 1 }, { attributes: { json } })]);
    expect(Object.entries(one!.attributes).map(([key, value]) => [key, Number(value)])).toEqual([
      ["json", Number.NaN],
      ["__proto__.polluted", 1],
      ["constructor.prototype.polluted", 1],
    ]);
    expect(JSON.stringify(one!.body)).toBe('{"a":1,"__proto__":{"polluted":true}}');
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });

  test("runs statements in a row together only where nobody can tell", async () => {
    const yaml = `log_statements:
      - set(log.cache["n"], 1)
      - set(log.attributes["n"], log.cache["n"])
      - set(resource.attributes["last"], log.body)
      - set(log.attributes["last"], resource.attributes["last"])
    `;
    const out = await logsAfter(yaml, [record("a"), record("b")]);
    expect(out.map(({ attributes }) => attributes)).toEqual([
      { n: 1, last: "b" },
      { n: 1, last: "b" },
    ]);
    expect(
      flatGroups("metrics", [
        'set(datapoint.attributes["a"], 1)',
        'delete_key(datapoint.attributes, "b") where metric.name == "m"',
        "set(datapoint.value_int, 1)",
        'set(metric.name, "n")',
        'set(metric.unit, "s")',
        "convert_sum_to_gauge()",
      ]).map(({ statements }) => statements.length),
    ).toEqual([2, 1, 2, 1]);
  });

  test("keeps what it made of a series for the next batch", async () => {
    await using processor = await runProcessor(
      transformProcessor,
      `metric_statements: ['set(datapoint.attributes["host"], resource.attributes["service.name"])']`,
    );
    const point = { name: "m", value: 1, resource: web, attributes: { a: 1 } };
    await processor.consume(metricsOf([point]));
    await processor.consume(metricsOf([point]));
    const [first, second] = processor.out.points;
    expect(first!.attributes).toEqual({ a: 1, host: "web" });
    expect(second!.series).toBe(first!.series);
  });

  test("sees the clock of the collector", async () => {
    await using processor = await runProcessor(
      transformProcessor,
      `trace_statements: ['set(resource.attributes["at"], UnixMilli(Now()))']`,
    );
    const before = processor.clock.nowMs();
    await processor.consume(traces([span("a")]));
    await processor.clock.advance(1000);
    await processor.consume(traces([span("a")]));
    const batches = processor.out.batches as [Traces, Traces];
    expect(batches.map(({ resources }) => resources[0]!.attributes.get("at"))).toEqual([before, before + 1000]);
  });
});
