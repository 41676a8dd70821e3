import { filterProcessor } from "@tracecore/processor-filter";
import { emptyScope, logs, resource, traces, type LogRecord, type Span } from "@tracecore/core/pdata";
import { conformance, failingSink, metricsOf, runProcessor, wholeAndInParts } from "@tracecore/testkit";
import { countedItems } from "@tracecore/testkit/metrics";
import { describe, expect, test } from "vitest";

const web = resource({ "service.name": "web", zone: "a1" });
const db = resource({ "service.name": "db", zone: "b2" });
const points = [
  { name: "gpu.power", value: 1, attributes: { gpu: 0 }, resource: web },
  { name: "gpu.power", value: 2, attributes: { gpu: 1 }, resource: db },
  { name: "cpu.time", value: 3, attributes: {}, resource: db },
];
const record = (body: string, more: Partial<LogRecord> = {}): LogRecord => ({
  resource: web,
  scope: emptyScope,
  body,
  ...more,
});
const records = [
  record("1 trace of it", { severityNumber: 1, severityText: "trace" }),
  record("2 GET /healthz", { severityNumber: 9, attributes: { path: "/healthz" } }),
  record("3 disk full", { severityNumber: 17, severityText: "error", resource: db }),
  record("4 nobody knows", {}),
];
const span = (name: string, more: Partial<Span> = {}): Span => ({
  resource: web,
  scope: emptyScope,
  traceId: "01".repeat(16),
  spanId: "02".repeat(8),
  name,
  startTimeUnixNano: 1n,
  endTimeUnixNano: 2n,
  ...more,
});

describe("filter processor", () => {
  conformance(filterProcessor, "metrics: { exclude: { match_type: strict, metric_names: [a] } }");

  test.each([
    ["include: { match_type: strict, metric_names: [cpu.time] }", [3]],
    ["exclude: { match_type: strict, metric_names: [cpu.time] }", [1, 2]],
    ["include: { match_type: regexp, metric_names: ['^gpu\\.', '^disk'] }", [1, 2]],
    ["include: { match_type: strict, metric_names: [cpu] }", []],
    ["exclude: { match_type: strict, attributes: [{ key: gpu, value: 0 }] }", [2, 3]],
    ["include: { match_type: strict, metric_names: [gpu.power], attributes: [{ key: gpu, value: 1 }] }", [2]],
    ["include: { match_type: strict, resource_attributes: [{ key: service.name, value: db }] }", [2, 3]],
    ["exclude: { match_type: regexp, resource_attributes: [{ key: zone, value: ^a }] }", [2, 3]],
    [
      "exclude: { match_type: strict, metric_names: [cpu.time], resource_attributes: [{ key: service.name, value: web }] }",
      [2],
    ],
    [
      "include: { match_type: strict, metric_names: [gpu.power], resource_attributes: [{ key: service.name, value: db }] }",
      [2],
    ],
    [
      "{ include: { match_type: regexp, metric_names: [power] }, exclude: { match_type: strict, attributes: [{ key: gpu, value: 0 }] } }",
      [2],
    ],
  ])("with %s keeps the data points %o", async (match, left) => {
    const options = match.startsWith("{") ? match : `{ ${match} }`;
    await using processor = await runProcessor(filterProcessor, `metrics: ${options}`);
    await processor.consume(metricsOf(points));
    expect(processor.out.points.map(({ value }) => value)).toEqual(left);
  });

  test.each([
    ["include: { match_type: strict, severity_number: { min: INFO } }", [2, 3]],
    ["include: { match_type: strict, severity_number: { min: info, match_undefined: true } }", [2, 3, 4]],
    ["include: { match_type: strict, severity_number: { min: 17 } }", [3]],
    ["include: { severity_number: { min: 17 } }", [3]],
    ["include: { record_attributes: [{ key: path }] }", [2]],
    ["include: { match_type: strict, severity_number: { min: 18 } }", []],
    ["exclude: { match_type: strict, severity_texts: [trace] }", [2, 3, 4]],
    ["exclude: { match_type: regexp, bodies: [healthz, '(?i)NOBODY'] }", [1, 3]],
    ["exclude: { match_type: strict, record_attributes: [{ key: path, value: /healthz }] }", [1, 3, 4]],
    ["include: { match_type: strict, resource_attributes: [{ key: service.name, value: db }] }", [3]],
    [
      "exclude: { match_type: strict, severity_texts: [error], resource_attributes: [{ key: service.name, value: web }] }",
      [1, 2, 3, 4],
    ],
  ])("with %s keeps the log records %o", async (match, left) => {
    await using processor = await runProcessor(filterProcessor, `logs: { ${match} }`);
    await processor.consume(logs(records));
    expect(processor.out.logRecords.map(({ body }) => Number((body as string)[0]))).toEqual(left);
  });

  test("no text makes a pattern take long", async () => {
    const long = "a".repeat(100_000);
    const match = "exclude: { match_type: regexp, bodies: ['(a+)+$'] }";
    await using processor = await runProcessor(filterProcessor, `logs: { ${match} }`);
    await processor.consume(logs([record(`${long}b`), record(long)]));
    expect(processor.out.logRecords.map(({ body }) => body)).toEqual([`${long}b`]);
  });

  test.each([
    ["exclude: { match_type: strict, span_names: [GET /healthz] }", ["POST"]],
    ["include: { match_type: strict, span_kinds: [SPAN_KIND_CLIENT] }", ["POST"]],
    ["include: { match_type: strict, services: [web] }", ["GET /healthz"]],
    ["include: { match_type: strict, services: [web], libraries: [], span_names: [] }", ["GET /healthz"]],
    ["include: { match_type: strict, attributes: [{ key: a }] }", ["POST"]],
  ])("with %s keeps the spans %o", async (match, left) => {
    await using processor = await runProcessor(filterProcessor, `spans: { ${match} }`);
    const events = [{ timeUnixNano: 1n, name: "retry", attributes: {} }];
    const all = [span("GET /healthz"), span("POST", { kind: "client", resource: db, attributes: { a: 1 }, events })];
    await processor.consume(traces(all));
    expect(processor.out.spans.map(({ name }) => name)).toEqual(left);
    for (const { name, events: own } of processor.out.spans) expect(own).toEqual(name === "POST" ? events : []);
  });

  test.each([
    [`metric: ['name == "cpu.time"', 'IsMatch(name, "^disk")']`, [1, 2]],
    [`metric: ['resource.attributes["zone"] == "a1"']`, [2, 3]],
    [`metric: ['HasAttrKeyOnDatapoint("gpu")']`, [3]],
    [`metric: ['HasAttrOnDatapoint("gpu", "none") or name == "cpu.time"']`, [1, 2]],
    ["datapoint: ['attributes[\"gpu\"] == 0']", [2, 3]],
    ["datapoint: ['attributes[\"gpu\"] == nil', 'metric.type == METRIC_DATA_TYPE_SUM']", [1, 2]],
    ["datapoint: ['value_double >= 2.0']", [1]],
    ["{ metric: ['name == \"cpu.time\"'], datapoint: ['value_double > 1'] }", [1]],
  ])("with the conditions %s keeps the data points %o", async (conditions, left) => {
    const options = conditions.startsWith("{") ? conditions : `{ ${conditions} }`;
    await using processor = await runProcessor(filterProcessor, `metrics: ${options}`);
    for (let times = 0; times < 2; times++) {
      processor.out.clear();
      await processor.consume(metricsOf(points));
      expect(processor.out.points.map(({ value }) => value)).toEqual(left);
    }
  });

  test("drops log records, spans and events of spans for which a condition holds", async () => {
    const yaml = `
      logs: { log_record: ['severity_number < SEVERITY_NUMBER_INFO and severity_number > 0', 'IsMatch(body, "healthz")'] }
      traces: { span: ['kind == SPAN_KIND_CLIENT'], spanevent: ['name == "retry" and span.name == "a"'] }
    `;
    await using processor = await runProcessor(filterProcessor, yaml);
    await processor.consume(logs(records));
    expect(processor.out.logRecords.map(({ body }) => body)).toEqual(["3 disk full", "4 nobody knows"]);
    const events = ["retry", "other"].map((name) => ({ timeUnixNano: 1n, name, attributes: {} }));
    await processor.consume(traces([span("a", { events }), span("b", { events }), span("c", { kind: "client" })]));
    expect(processor.out.spans.map((one) => [one.name, one.events.map(({ name }) => name)])).toEqual([
      ["a", ["other"]],
      ["b", ["retry", "other"]],
    ]);
  });

  test("keeps what a condition fails on, and says so; or refuses the batch", async () => {
    const list = "logs: { log_record: ['ParseJSON(body)[\"drop\"]'] }";
    const input = logs([record("no"), record('{"drop":true}')]);
    await using processor = await runProcessor(filterProcessor, list);
    await processor.consume(input);
    expect(processor.out.logRecords.map(({ body }) => body)).toEqual(["no"]);
    expect(processor.logs.map(({ message }) => message)).toEqual(["a statement failed: the text is no JSON"]);
    await using strict = await runProcessor(filterProcessor, `error_mode: propagate\n${list}`);
    await expect(strict.consume(input)).rejects.toThrow(
      'the statement "ParseJSON(body)[\\"drop\\"]" failed: the text is no JSON',
    );
  });

  test("passes a batch of which it wants all on as it is, and other signals", async () => {
    await using processor = await runProcessor(
      filterProcessor,
      "metrics: { exclude: { match_type: strict, metric_names: [none] } }",
    );
    const batches = [metricsOf(points), logs(records), traces([span("a")])];
    for (const batch of batches) await processor.consume(batch);
    for (const [i, batch] of batches.entries()) expect(processor.out.batches[i]).toBe(batch);
  });

  test("counts what it drops as filtered, once the rest was taken", async () => {
    const counted = countedItems();
    const { meterProvider } = counted;
    const yaml = "metrics: { include: { match_type: strict, metric_names: [cpu.time] } }";
    const refused = await runProcessor(filterProcessor, yaml, { meterProvider, next: failingSink() });
    await expect(refused.consume(metricsOf(points))).rejects.toThrow("the sink refuses");
    expect(await counted.dropped()).toEqual({});
    await refused[Symbol.asyncDispose]();
    await using processor = await runProcessor(filterProcessor, yaml, { meterProvider });
    await processor.consume(metricsOf(points));
    await processor.consume(metricsOf(points.slice(0, 1)));
    expect(await counted.dropped()).toEqual({ filtered: 3 });
    expect(processor.out.batches).toHaveLength(1);
  });

  test.each([
    ["{}", 'nothing is filtered. Set "metrics", "logs", "spans" or "traces"'],
    ["metrics: {}", 'metrics: set "include", "exclude", "resource", "metric" or "datapoint"'],
    ["traces: {}", 'traces: set "resource", "span" or "spanevent"'],
    [
      "logs: { exclude: { match_type: strict, bodies: [a] }, log_record: [body == nil] }",
      'logs: "exclude" and "log_record" exclude each other. Write all as conditions',
    ],
    [
      "{ spans: { exclude: { match_type: strict, services: [a] } }, traces: { span: [name == nil] } }",
      '"spans" and "traces" exclude each other. Write all as conditions under "traces"',
    ],
    [
      "metrics: { metric: [nam == nil] }",
      'config.yaml:1:21: metrics.metric[0]: metric has no field "nam", at column 1: ‸nam == nil. Did you mean "name"?',
    ],
    [
      "metrics: { datapoint: ['set(attributes, nil)'] }",
      "config.yaml:1:25: metrics.datapoint[0]: set gives no value, at column 1: ‸set(attributes, nil).",
    ],
    [
      "metrics: { exclude: { match_type: strict, metric_names: [a], expressions: ['MetricName == \"a\"'] } }",
      'metrics.exclude.expressions: expressions are written in OTTL, such as name == "my.metric". Leave it out, and write them under "metric" or "datapoint".',
    ],
    [
      "{ metrics: { metric: ['name == nil'] }, profiles: { profile: ['true'] }, profile_conditions: ['true'] }",
      "profiles: there are no profiles. Leave it out.",
    ],
    ["profiles: {}", 'nothing is filtered. Set "metrics", "logs", "spans" or "traces"'],
    [
      "logs: { include: { bodies: [a], severity_number: { min: INFO } } }",
      'logs.include.bodies: say in "match_type" how it is matched: strict or regexp',
    ],
    [
      "metrics: { exclude: { resource_attributes: [{ key: a, value: b }] } }",
      'metrics.exclude.resource_attributes: say in "match_type" how it is matched: strict or regexp',
    ],
    [
      "spans: { exclude: { match_type: strict, services: [], attributes: [] } }",
      "spans.exclude: nothing to match is given. Set one more option",
    ],
    ["metrics: { include: { match_type: strict } }", "metrics.include: nothing to match is given. Set one more option"],
    [
      "logs: { include: { match_type: regexp, bodies: ['['] } }",
      'config.yaml:1:50: logs.include.bodies[0]: expected a regular expression: a "[" is not closed in "[". Write \\[ for the character. [config-invalid-value]',
    ],
    [
      "logs: { exclude: { match_type: regexp, bodies: ['^a(?!b)'] } }",
      'config.yaml:1:52: logs.exclude.bodies[0]: expected a regular expression: "(?!" looks around, which RE2 does not in "^a(?!b)". Match what stands around too, or leave things out by a rule of its own. [config-invalid-value]',
    ],
    [
      "logs: { include: { match_type: strict, severity_number: { min: LOUD } } }",
      'expected a severity such as "WARN" or a number from 1 to 24',
    ],
    [
      "metrics: { exclude: { match_type: regexp, resource_attributes: [{ key: a, value: '(' }] } }",
      "metrics.exclude.resource_attributes[0].value: expected a regular expression",
    ],
  ])("refuses %s", async (yaml, message) => {
    await expect(runProcessor(filterProcessor, yaml)).rejects.toThrow(message);
  });
});

describe("a batch that is worked on in parts", () => {
  const gpus = metricsOf(
    Array.from({ length: 10 }, (_, i) => ({
      name: i < 8 ? "gpu.power" : "cpu.time",
      value: i,
      attributes: i === 7 ? { last: "yes" } : { i },
    })),
  );

  test.each([
    "metrics: { exclude: { match_type: strict, attributes: [{ key: i, value: 3 }] } }",
    "metrics: { datapoint: [value_int > 4 or value_double > 4.0] }",
    "metrics: { metric: ['name == \"gpu.power\"'] }",
    "metrics: { metric: ['HasAttrKeyOnDatapoint(\"last\")'] }",
    "metrics: { datapoint: ['IsMatch(metric.name, \".*\")'] }",
  ])("leaves what is left of the whole: %s", async (yaml) => {
    const { whole, parts } = await wholeAndInParts(filterProcessor, yaml, gpus);
    expect(parts).toEqual(whole);
  });

  test("leaves the records that are left of the whole", async () => {
    const all = logs([...records, ...records, ...records]);
    const { whole, parts } = await wholeAndInParts(
      filterProcessor,
      `logs: { log_record: ['IsMatch(body, "GET")'] }`,
      all,
    );
    expect(whole.logRecords).toHaveLength(9);
    expect(parts).toEqual(whole);
  });
});
