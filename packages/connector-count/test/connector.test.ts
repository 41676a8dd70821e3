import { countConnector } from "@tracecore/connector-count";
import {
  emptyScope,
  logs,
  resource,
  scope,
  timeAt,
  traces,
  type LogRecord,
  type Metrics,
  type NumberPoint,
  type Span,
} from "@tracecore/core/pdata";
import { conformance, failingSink, metricsOf, runProcessor, wholeAndInParts } from "@tracecore/testkit";
import { batchOf, exponentialOf } from "@tracecore/testkit/metrics";
import { describe, expect, test } from "vitest";

const web = resource({ "service.name": "web" });
const db = resource({ "service.name": "db", env: "prod" });
const span = (own: Partial<Span> = {}): Span => ({
  resource: web,
  scope: emptyScope,
  traceId: "01".repeat(16),
  spanId: "02".repeat(8),
  name: "work",
  startTimeUnixNano: 1n,
  endTimeUnixNano: 2n,
  ...own,
});
const record = (own: Partial<LogRecord> = {}): LogRecord => ({ resource: web, scope: emptyScope, ...own });
const event = (name: string, attributes = {}) => ({ timeUnixNano: 1n, name, attributes });

const shown = (points: readonly NumberPoint[]): unknown[] =>
  points.map(({ name, series, attributes, value }) => [
    name,
    series.resource.attributes.get("service.name"),
    attributes,
    value,
  ]);

describe("count connector", () => {
  conformance(countConnector, "{}");

  test("counts spans and their events, by resource", async () => {
    await using connector = await runProcessor(countConnector, "{}");
    const extras = { events: [event("a"), event("b")] };
    await connector.consume(traces([span(), span({ resource: db, ...extras }), span(extras)]));
    expect(shown(connector.out.points)).toEqual([
      ["trace.span.count", "web", {}, 2],
      ["trace.span.count", "db", {}, 1],
      ["trace.span.event.count", "db", {}, 2],
      ["trace.span.event.count", "web", {}, 2],
    ]);
  });

  test("counts metrics and data points of every kind", async () => {
    await using connector = await runProcessor(countConnector, "{}");
    const histogram = { count: 0, bounds: [], bucketCounts: [] };
    await connector.consume(
      batchOf(
        { at: 1, name: "a", attributes: { gpu: "0" } },
        { at: 1, name: "a", attributes: { gpu: "1" } },
        { at: 2, name: "a", attributes: { gpu: "1" } },
        { at: 1, name: "h", histogram },
        { at: 1, name: "e", exponential: exponentialOf({}) },
      ),
    );
    expect(shown(connector.out.points)).toEqual([
      ["metric.count", undefined, {}, 3],
      ["metric.datapoint.count", undefined, {}, 5],
    ]);
  });

  test("counts log records as a delta sum of its own scope, with the time of the count", async () => {
    await using connector = await runProcessor(countConnector, "{}");
    await connector.consume(logs([record(), record()]));
    const [point] = connector.out.points;
    expect(point).toMatchObject({ name: "log.record.count", value: 2, integer: true, startTimeUnixNano: 0n });
    expect(point!.timeUnixNano).toBe(connector.clock.nowUnixNano());
    expect(point!.series.descriptor).toEqual({
      name: "log.record.count",
      description: "The number of log records observed.",
      unit: "",
      kind: "sum",
      monotonic: true,
      temporality: "delta",
    });
    expect(point!.series.scope.name).toBe("tracecore/connector/count");
  });

  test("gives no two counts the same time, though the clock stands still or goes back", async () => {
    await using connector = await runProcessor(countConnector, "{}");
    await connector.consume(logs([record()]));
    await connector.consume(logs([record()]));
    connector.clock.setWallClock(0);
    await connector.consume(logs([record()]));
    const times = connector.out.batches.map((batch) => timeAt((batch as Metrics).numbers.times, 0));
    expect(times.map((time) => time - times[0]!)).toEqual([0n, 1n, 2n]);
  });

  test("an attribute without a value is counted by as it is", async () => {
    await using connector = await runProcessor(
      countConnector,
      "logs: { by.env: { attributes: [{ key: env, default_value: none }] } }",
    );
    await connector.consume(logs([record({ attributes: { env: null } }), record({ resource: db }), record()]));
    expect(shown(connector.out.points)).toEqual([
      ["by.env", "web", { env: null }, 1],
      ["by.env", "web", { env: "none" }, 1],
      ["by.env", "db", { env: "prod" }, 1],
    ]);
  });

  test("says nothing where there is nothing to count", async () => {
    await using connector = await runProcessor(countConnector, "{}");
    for (const batch of [logs([]), traces([]), metricsOf([])]) await connector.consume(batch);
    expect(connector.out.batches).toEqual([]);
  });

  test("hands the error of the metrics pipeline to the sender", async () => {
    await using connector = await runProcessor(countConnector, "{}", { next: failingSink() });
    await expect(connector.consume(logs([record()]))).rejects.toThrow("the sink refuses");
  });

  describe("metrics of one's own", () => {
    test("take the place of the default of their kind only", async () => {
      await using connector = await runProcessor(countConnector, "spans: { my.spans: { description: Mine. } }");
      await connector.consume(traces([span({ events: [event("a")] })]));
      expect(connector.out.points.map(({ name, series }) => [name, series.descriptor.description])).toEqual([
        ["my.spans", "Mine."],
        ["trace.span.event.count", "The number of span events observed."],
      ]);
    });

    test("count by attributes of the item, its scope and its resource; what lacks one counts under its default or not at all", async () => {
      const yaml = `logs:
  by.level: { attributes: [{ key: level, default_value: none }] }
  by.env: { attributes: [{ key: env }, { key: lib, default_value: 0 }] }`;
      await using connector = await runProcessor(countConnector, yaml);
      const lib = scope({ name: "x", attributes: { lib: "l" } });
      await connector.consume(
        logs([
          record({ attributes: { level: "info" } }),
          record({ attributes: { level: "info" } }),
          record({ attributes: { level: "warn", env: "test" } }),
          record({ resource: db, scope: lib }),
          record({ resource: db, scope: lib, attributes: { env: "own" } }),
        ]),
      );
      expect(shown(connector.out.points)).toEqual([
        ["by.level", "web", { level: "info" }, 2],
        ["by.level", "web", { level: "warn" }, 1],
        ["by.level", "db", { level: "none" }, 2],
        ["by.env", "web", { env: "test", lib: 0 }, 1],
        ["by.env", "db", { env: "prod", lib: "l" }, 1],
        ["by.env", "db", { env: "own", lib: "l" }, 1],
      ]);
    });

    test("count data points and span events by their attributes", async () => {
      const yaml =
        "{ datapoints: { p: { attributes: [{ key: gpu }] } }, spanevents: { e: { attributes: [{ key: kind }] } } }";
      await using connector = await runProcessor(countConnector, yaml);
      await connector.consume(
        metricsOf([
          { name: "a", value: 1, attributes: { gpu: 1 } },
          { name: "b", value: 1 },
        ]),
      );
      const events = [event("a", { kind: "x" }), event("b", { kind: "x" }), event("c", { constructor: 1 })];
      await connector.consume(traces([span({ events })]));
      expect(shown(connector.out.points)).toEqual([
        ["metric.count", undefined, {}, 2],
        ["p", undefined, { gpu: 1 }, 1],
        ["trace.span.count", "web", {}, 1],
        ["e", "web", { kind: "x" }, 2],
      ]);
    });

    test("count only what one of the conditions holds for", async () => {
      const yaml = `
spans: { s: { conditions: ['name == "GET"', 'attributes["a"] == 1'] } }
spanevents: { e: { conditions: ['name == "exception"'] } }
metrics: { m: { conditions: ['name == "a"'] } }
datapoints: { d: { conditions: ['attributes["gpu"] == 1'] } }
logs: { l: { conditions: ['severity_number >= SEVERITY_NUMBER_ERROR'], attributes: [{ key: env, default_value: '-' }] } }`;
      await using connector = await runProcessor(countConnector, yaml);
      const events = [event("exception"), event("retry")];
      await connector.consume(traces([span({ name: "GET" }), span({ attributes: { a: 1 }, events }), span()]));
      await connector.consume(
        metricsOf([
          { name: "a", value: 1, attributes: { gpu: 1 } },
          { name: "b", value: 1, attributes: { gpu: 1 } },
          { name: "b", value: 1, attributes: { gpu: 2 } },
        ]),
      );
      await connector.consume(
        logs([
          record({ severityNumber: 17, attributes: { env: "prod" } }),
          record({ severityNumber: 21 }),
          record({ severityNumber: 9, attributes: { env: "prod" } }),
        ]),
      );
      expect(shown(connector.out.points)).toEqual([
        ["s", "web", {}, 2],
        ["e", "web", {}, 1],
        ["m", undefined, {}, 1],
        ["d", undefined, {}, 2],
        ["l", "web", { env: "prod" }, 1],
        ["l", "web", { env: "-" }, 1],
      ]);
    });

    test("do not count what a condition fails on, and say so once", async () => {
      const yaml = `logs: { l: { conditions: ['ParseJSON(body)["a"] == 1'] } }`;
      await using connector = await runProcessor(countConnector, yaml);
      await connector.consume(logs([record({ body: "{" }), record({ body: '{"a": 1}' }), record({ body: "}" })]));
      expect(shown(connector.out.points)).toEqual([["l", "web", {}, 1]]);
      expect(connector.logs.filter(({ level }) => level === "warn")).toHaveLength(1);
    });
  });

  test.each([
    [
      "spans: { a: { descripton: x } }",
      'config.yaml:1:15: spans.a.descripton: unknown option. Did you mean "description"? [config-unknown-option]',
    ],
    [
      "traces: {}",
      "config.yaml:1:1: traces: unknown option. Known options: spans, spanevents, metrics, datapoints, logs. [config-unknown-option]",
    ],
    [
      "metrics: { a: { attributes: [{ key: b }] } }",
      'config.yaml:1:29: metrics.a.attributes: metrics have no attributes. Count "datapoints" by them. [config-invalid-value]',
    ],
    [
      "logs: { a: { attributes: [{ key: b }, { key: b }] } }",
      'config.yaml:1:46: logs.a.attributes[1].key: "b" stands in the list twice. Remove one. [config-invalid-value]',
    ],
    [
      "logs: { a: { attributes: [{ default_value: b }] } }",
      'config.yaml:1:27: logs.a.attributes[0]: "key" is missing: Attribute of the item, of its scope or of its resource. [config-missing-option]',
    ],
    [
      "logs: { a: { conditions: ['severity_number >'] } }",
      "config.yaml:1:45: logs.a.conditions[0]: expected a value, found the end, at column 18: severity_number >‸. [config-invalid-value]",
    ],
    [
      "spans: { a: { conditions: ['nmae == 1'] } }",
      'config.yaml:1:29: spans.a.conditions[0]: span has no field "nmae", at column 1: ‸nmae == 1. Did you mean "name"? [config-invalid-value]',
    ],
    [
      "logs: { a: { attributes: [{ key: b, any_depth: true }] } }",
      "config.yaml:1:48: logs.a.attributes[0].any_depth: attributes are looked up by their whole name. Leave it out; a transform processor can copy what lies deeper. [config-invalid-value]",
    ],
    ["profiles: { a: {} }", "config.yaml:1:11: profiles: there are no profiles. Leave it out. [config-invalid-value]"],
    ["logs: [a]", "config.yaml:1:7: logs: expected a map, got a list. [config-invalid-value]"],
  ])("refuses %s", async (yaml, message) => {
    await expect(runProcessor(countConnector, yaml)).rejects.toThrow(message);
  });

  test("takes a metric without anything more", async () => {
    await using connector = await runProcessor(countConnector, "logs:\n  my.count:\n");
    await connector.consume(logs([record()]));
    expect(shown(connector.out.points)).toEqual([["my.count", "web", {}, 1]]);
  });
});

describe("a batch that is worked on in parts", () => {
  const points = metricsOf(
    Array.from({ length: 10 }, (_, i) => ({ name: `m${i % 2}`, value: i, attributes: { i, even: i % 2 === 0 } })),
  );

  test.each([
    "{}",
    "metrics: { all: {}, first: { conditions: ['name == \"m0\"'] } }",
    "metrics: { some: { conditions: ['HasAttrKeyOnDatapoint(\"i\")'] } }",
    "datapoints: { by: { attributes: [{ key: even }] }, large: { conditions: ['value_double > 4.0 or value_int > 4'] } }",
  ])("is counted as the whole, each metric once: %s", async (yaml) => {
    const { whole, parts } = await wholeAndInParts(countConnector, yaml, points);
    expect(whole.points.length).toBeGreaterThan(0);
    expect(shown(parts.points)).toEqual(shown(whole.points));
  });
});
