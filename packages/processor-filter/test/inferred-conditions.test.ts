import { filterProcessor } from "@tracecore/processor-filter";
import { emptyScope, logs, resource, scope, traces } from "@tracecore/core/pdata";
import { metricsOf, runProcessor } from "@tracecore/testkit";
import { expect, test } from "vitest";

const shop = resource({ "service.name": "shop" });
const other = resource({ "service.name": "other" });

test("finds out what conditions on metrics are over", async () => {
  const yaml = `metric_conditions:
  - resource.attributes["gone"] == true
  - metric.name == "a"
  - datapoint.attributes["host"] == "x"
  - { conditions: ['metric.name == "c" and datapoint.value_double > 5.0'] }
`;
  await using processor = await runProcessor(filterProcessor, yaml);
  await processor.consume(
    metricsOf([
      { name: "a", value: 1 },
      { name: "b", value: 1, attributes: { host: "x" } },
      { name: "b", value: 2, attributes: { host: "y" } },
      { name: "c", value: 6.5 },
      { name: "c", value: 4.5, attributes: { host: "y" } },
    ]),
  );
  expect(processor.out.points.map(({ name, value }) => [name, value])).toEqual([
    ["b", 2],
    ["c", 4.5],
  ]);
});

test("drops all of a resource where a condition is over it", async () => {
  const yaml = `{ log_conditions: ['resource.attributes["service.name"] == "other"', { context: log, conditions: [body == "noise"] }] }`;
  await using processor = await runProcessor(filterProcessor, yaml);
  await processor.consume(
    logs([
      { resource: shop, scope: emptyScope, body: "kept" },
      { resource: shop, scope: emptyScope, body: "noise" },
      { resource: other, scope: emptyScope, body: "kept too" },
    ]),
  );
  expect(processor.out.logRecords.map(({ body }) => body)).toEqual(["kept"]);
});

test("tells spans from their events", async () => {
  const yaml = `{ trace_conditions: ['span.name == "/healthz"', 'spanevent.name == "tick"'] }`;
  await using processor = await runProcessor(filterProcessor, yaml);
  const span = {
    resource: shop,
    scope: emptyScope,
    traceId: "01".repeat(16),
    spanId: "02".repeat(8),
    startTimeUnixNano: 1n,
    endTimeUnixNano: 2n,
  };
  const events = ["tick", "paid"].map((name) => ({ timeUnixNano: 1n, name, attributes: {} }));
  await processor.consume(
    traces([
      { ...span, name: "/healthz" },
      { ...span, name: "/buy", events },
    ]),
  );
  expect(processor.out.spans.map((one) => [one.name, one.events.map(({ name }) => name)])).toEqual([
    ["/buy", ["paid"]],
  ]);
});

test.each([
  [
    "log_conditions: ['log.bodi == nil']",
    'log_conditions[0]: log has no field "bodi", at column 1: ‸log.bodi == nil. Did you mean "body"?',
  ],
  ["metric_conditions: [{ conditions: ['metric.name =='] }]", "metric_conditions[0].conditions[0]: "],
  [
    "log_conditions: ['body == nil']",
    'log_conditions[0]: "body" does not say what it is a field of, at column 1: ‸body == nil. Write log.body.',
  ],
  [
    "log_conditions: ['profile.duration == nil']",
    'log_conditions[0]: there is no context "profile" here, at column 1: ‸profile.duration == nil. Known: resource, scope, log.',
  ],
  [
    "log_conditions: ['lgo.body == nil']",
    'log_conditions[0]: there is no context "lgo" here, at column 1: ‸lgo.body == nil. Did you mean "log"?',
  ],
  [
    "log_conditions: ['log.attributes[a] == nil']",
    'log_conditions[0]: "a" is no path, at column 16: log.attributes[‸a] == nil. Write "a" for a text; paths begin with resource, scope, log.',
  ],
  ["log_conditions: ['log.body == null']", 'unknown name "null", at column 13: log.body == ‸null. Write nil.'],
  ["log_conditions: ['span.name == nil']", "log_conditions[0]: no context of logs has all that this names"],
  [
    "{ logs: { log_record: [body == nil] }, log_conditions: [log.body == nil] }",
    'log_conditions: "log_conditions" and "logs" exclude each other. Write all in one of them',
  ],
])("refuses %s", async (yaml, message) => {
  await expect(runProcessor(filterProcessor, yaml)).rejects.toThrow(message);
});

test("conditions over resources and scopes name what these have", async () => {
  const record = { resource: shop, scope: emptyScope, attributes: { "service.name": "other" } };
  const audit = scope({ name: "audit" });
  const batch = logs([
    { ...record, body: "kept" },
    { ...record, scope: audit, body: "of a scope" },
    { ...record, resource: other, body: "of a resource" },
  ]);
  const left = async (yaml: string): Promise<unknown[]> => {
    await using processor = await runProcessor(filterProcessor, yaml);
    await processor.consume(batch);
    return processor.out.logRecords.map(({ body }) => body);
  };
  const overResource = `{ context: resource, conditions: ['attributes["service.name"] == "other"'] }`;
  const overScope = `{ context: scope, conditions: ['name == "audit"'] }`;
  expect(await left(`log_conditions: [${overResource}]`)).toEqual(["kept", "of a scope"]);
  expect(await left(`log_conditions: [${overScope}]`)).toEqual(["kept", "of a resource"]);
  expect(await left(`log_conditions: [${overResource}, ${overScope}, log.body == "x"]`)).toEqual(["kept"]);
});

test("drops all of a resource for which one of the conditions under `resource` holds", async () => {
  const conditions = `resource: ['attributes["service.name"] == "other"']`;
  const span = { traceId: "01".repeat(16), spanId: "02".repeat(8), startTimeUnixNano: 1n, endTimeUnixNano: 2n };
  await using processor = await runProcessor(
    filterProcessor,
    `{ metrics: { ${conditions} }, logs: { ${conditions}, log_record: [body == "noise"] }, traces: { ${conditions} } }`,
  );
  await processor.consume(
    logs([
      { resource: shop, scope: emptyScope, body: "kept" },
      { resource: shop, scope: emptyScope, body: "noise" },
      { resource: other, scope: emptyScope, body: "gone" },
    ]),
  );
  await processor.consume(
    traces([
      { ...span, resource: shop, scope: emptyScope, name: "kept" },
      { ...span, resource: other, scope: emptyScope, name: "gone" },
    ]),
  );
  await processor.consume(metricsOf([{ name: "kept", value: 1 }]));
  expect(processor.out.logRecords.map(({ body }) => body)).toEqual(["kept"]);
  expect(processor.out.spans.map(({ name }) => name)).toEqual(["kept"]);
  expect(processor.out.points.map(({ name }) => name)).toEqual(["kept"]);
});

test("a condition over a resource that fails is heard of once in a batch", async () => {
  await using processor = await runProcessor(
    filterProcessor,
    `logs: { resource: ['Substring(attributes["service.name"], 3, 9) == "x"'] }`,
  );
  await processor.consume(logs(["a", "b"].map((body) => ({ resource: shop, scope: emptyScope, body }))));
  expect(processor.out.logRecords.map(({ body }) => body)).toEqual(["a", "b"]);
  expect(processor.logs.map(({ fields }) => fields?.["failures"])).toEqual([1]);
});

test("a group may say by itself what becomes of conditions that fail", async () => {
  const failing = (mode: string, body: string): string =>
    `{ error_mode: ${mode}, conditions: ['Substring(log.body, 1, 9) == "${body}"'] }`;
  const consume = async (yaml: string): Promise<unknown[]> => {
    await using processor = await runProcessor(filterProcessor, yaml);
    await processor.consume(logs([{ resource: shop, scope: emptyScope, body: "a" }]));
    return [processor.out.logRecords.length, processor.logs.length];
  };
  expect(await consume(`{ error_mode: propagate, log_conditions: [${failing("silent", "b")}] }`)).toEqual([1, 0]);
  const both = `{ error_mode: propagate, log_conditions: [${failing("silent", "b")}, ${failing("ignore", "c")}] }`;
  expect(await consume(both)).toEqual([1, 1]);
  await expect(consume(`{ log_conditions: [${failing("propagate", "b")}] }`)).rejects.toThrow('== \\"b\\"');
});

test("takes the cache of patterns and numbers in quotation marks from files of the Collector", async () => {
  await using processor = await runProcessor(
    filterProcessor,
    `{ metrics: { include: { match_type: regexp, regexp: { cacheenabled: true }, metric_names: [^k] } },
       logs: { include: { match_type: strict, severity_number: { min: "13" } } } }`,
  );
  await processor.consume(
    metricsOf([
      { name: "kept", value: 1 },
      { name: "gone", value: 1 },
    ]),
  );
  await processor.consume(
    logs(
      [12, 13].map((severityNumber) => ({ resource: shop, scope: emptyScope, severityNumber, body: severityNumber })),
    ),
  );
  expect(processor.out.points.map(({ name }) => name)).toEqual(["kept"]);
  expect(processor.out.logRecords.map(({ body }) => body)).toEqual([13]);
});
