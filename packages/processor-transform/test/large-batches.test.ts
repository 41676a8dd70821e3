import { transformProcessor } from "@tracecore/processor-transform";
import type { Batch } from "@tracecore/core";
import {
  emptyResource,
  emptyScope,
  logRecords,
  logs,
  metricFamily,
  MetricsBuilder,
  numberPoints,
  resource,
  scope,
  series,
  traces,
  type LogRecord,
  type Logs,
  type Metrics,
} from "@tracecore/core/pdata";
import { decodeProtobuf, encodeProtobuf } from "@tracecore/otlp";
import { transform } from "@tracecore/ottl";
import { inParts, metricsOf, runProcessor, turnsOf, wholeAndInParts } from "@tracecore/testkit";
import { countedItems } from "@tracecore/testkit/metrics";
import { describe, expect, test } from "vitest";

const record = (body: LogRecord["body"], more: Partial<LogRecord> = {}): LogRecord => ({
  resource: emptyResource,
  scope: emptyScope,
  body,
  ...more,
});
const each = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));
const origin = (i: number): Pick<LogRecord, "resource" | "scope"> => ({
  resource: resource({ host: `h${i % 2}` }),
  scope: scope({ name: `lib${i % 3}` }),
});

const records = logs(each(20, (i) => record(`message ${i}`, { ...origin(i), attributes: { i } })));
const spans = traces(
  each(20, (i) => ({
    ...origin(i),
    traceId: "01".repeat(16),
    spanId: "02".repeat(8),
    name: `span ${i}`,
    startTimeUnixNano: 1n,
    endTimeUnixNano: 2n,
    attributes: { i },
    events: [{ timeUnixNano: 1n, name: `e${i}`, attributes: {} }],
  })),
);
const points = metricsOf(
  each(20, (i) => ({ name: `m${i % 4}`, value: i, resource: origin(i).resource, attributes: { [`k${i}`]: `${i}` } })),
);

type Rows = Awaited<ReturnType<typeof wholeAndInParts>>["whole"];
const rowsOf = ({ points: numbers, logRecords: all, spans: others }: Rows): unknown[] => [
  ...numbers,
  ...all,
  ...others,
];

const yamlOf = (signal: string, statements: readonly unknown[]): string =>
  JSON.stringify({ [`${signal}_statements`]: statements });

describe("a batch that is worked on in parts", () => {
  test.each([
    ["log", records, 'set(log.attributes["b"], log.body)'],
    ["log", records, 'set(resource.attributes["r"], "one")'],
    // Of one record, seen by all: the whole batch is looked at.
    ["log", records, 'set(resource.attributes["last"], log.attributes["i"])'],
    ["log", records, 'set(scope.name, log.body) where log.attributes["i"] == 9'],
    // Only those that come after the eighth see what the first one wrote.
    [
      "log",
      records,
      {
        statements: [
          'set(resource.attributes["first"], log.body) where resource.attributes["first"] == nil',
          'set(log.body, resource.attributes["first"]) where log.attributes["i"] > 7',
        ],
      },
    ],
    ["log", records, 'set(resource.attributes["of"], scope.name)'],
    ["trace", spans, 'set(resource.attributes["last"], span.name)'],
    ["trace", spans, 'set(scope.attributes["last"], spanevent.name)'],
    ["trace", spans, 'set(resource.attributes["of"], scope.name)'],
    ["metric", points, 'set(metric.description, datapoint.attributes["k19"])'],
    ["metric", points, 'set(resource.attributes["last"], datapoint.value_double)'],
    ["metric", points, 'set(resource.attributes["last"], metric.name)'],
    ["metric", points, 'set(resource.attributes["last"], scope.version)'],
    ["metric", points, 'set(metric.unit, "x") where HasAttrKeyOnDatapoint("k13")'],
    ["metric", points, 'set(metric.unit, "x") where HasAttrOnDatapoint("k2", "2")'],
    ["metric", points, 'scale_metric(10.0) where HasAttrKeyOnDatapoint("k17")'],
  ] as [string, Batch, unknown][])("becomes what the whole becomes: of %s, %#", async (signal, batch, statement) => {
    const { whole, parts } = await wholeAndInParts(transformProcessor, yamlOf(signal, [statement]), batch);
    const { whole: input } = await wholeAndInParts(transformProcessor, yamlOf(signal, []), batch);
    expect(rowsOf(whole)).toHaveLength(20);
    expect(rowsOf(whole)).not.toEqual(rowsOf(input));
    expect(parts).toEqual(whole);
  });

  test("has copies of its metrics once, under the name of another one as well", async () => {
    const yaml = yamlOf("metric", ['copy_metric(name="m0")']);
    const { whole, parts } = await wholeAndInParts(transformProcessor, yaml, points);
    const shown = ({ points: all }: typeof whole): string[] =>
      all.map(({ name, value, attributes }) => JSON.stringify([name, value, attributes])).toSorted();
    // Those of m0, which comes first, as well.
    expect(whole.points).toHaveLength(40);
    expect(shown(parts)).toEqual(shown(whole));
  });

  test.each([
    ["resource", 2],
    ["scope", 6],
  ])("has one result of what differs each time for each %s of the whole", async (context, count) => {
    await using processor = await runProcessor(
      transformProcessor,
      yamlOf("log", [{ context, statements: ['set(attributes["id"], UUID())'] }]),
    );
    await processor.consume(inParts(records));
    const ids = processor.out.logRecords.map((one) =>
      (context === "scope" ? one.scope : one.resource).attributes.get("id"),
    );
    expect(new Set(ids).size).toBe(count);
    expect(ids).toHaveLength(20);
    expect(ids).not.toContain(undefined);
    await processor.consume(inParts(records));
    const again = processor.out.logRecords[20]!;
    expect(ids).not.toContain((context === "scope" ? again.scope : again.resource).attributes.get("id"));
  });

  test("has one result of what differs each time for each scope and metric of the whole, of metrics", async () => {
    await using processor = await runProcessor(
      transformProcessor,
      yamlOf("metric", ['set(scope.attributes["id"], UUID())', "set(metric.description, UUID())"]),
    );
    await processor.consume(inParts(points));
    const { points: out } = processor.out;
    expect(new Set(out.map(({ series: one }) => one.scope.attributes.get("id"))).size).toBe(2);
    expect(new Set(out.map(({ series: one }) => one.descriptor.description)).size).toBe(4);
  });

  test("counts what fails for a scope or a resource once", async () => {
    const counted = countedItems();
    const yaml = yamlOf("log", [
      'set(scope.attributes["n"], scope.name + 1)',
      'set(resource.attributes["n"], resource.attributes["host"] + 1)',
    ]);
    await using processor = await runProcessor(transformProcessor, yaml, { meterProvider: counted.meterProvider });
    await processor.consume(inParts(records));
    expect(await counted.errors()).toEqual({ statement: 8 });
  });

  test.each([
    ["item", { statements: ['set(log.attributes["n"], 1 / (log.attributes["i"] - 8))'] }],
    ["shared", { statements: ['set(resource.attributes["n"], 1 / (log.attributes["i"] - 8))'] }],
  ])("is refused as a whole when a statement fails in its third part, and is left alone: %s", async (_, entry) => {
    await using processor = await runProcessor(
      transformProcessor,
      yamlOf("log", [{ ...entry, error_mode: "propagate" }]),
    );
    const before = [...logRecords(records)];
    await expect(processor.consume(inParts(records))).rejects.toMatchObject({ retryable: false });
    expect(processor.out.batches).toEqual([]);
    expect([...logRecords(records)]).toEqual(before);
    // Nothing of it is left for the next one.
    await processor.consume(
      inParts(
        logs([
          record("a", { ...origin(0), attributes: { i: 9 } }),
          record("b", { ...origin(1), attributes: { i: 7 } }),
        ]),
      ),
    );
    expect(processor.out.logRecords.map(({ body }) => body)).toEqual(["a", "b"]);
  });

  test("is passed on as it is where nothing changed", async () => {
    await using processor = await runProcessor(
      transformProcessor,
      yamlOf("log", [
        'set(resource.attributes["host"], log.body) where log.body == "none"',
        'set(scope.name, "x") where UUID() == "x"',
      ]),
    );
    const batch = inParts(records);
    await processor.consume(batch);
    expect(processor.out.batches[0]).toBe(batch);
  });
});

describe("a large request", () => {
  const COUNT = 20_000;
  const requestOf = (name: string): Uint8Array =>
    encodeProtobuf(
      logs(
        each(COUNT, (i) =>
          record(`message ${i} of ${name}`, {
            resource: resource({ host: `${name}${i % 5}` }),
            scope: scope({ name: `lib${i % 3}` }),
            attributes: { i },
          }),
        ),
      ),
    );
  const pointsOf = (name: string): Uint8Array => {
    const builder = new MetricsBuilder(5n);
    for (let i = 0; i < COUNT; i++) {
      const family = metricFamily(resource({ host: `${name}${i % 5}` }), emptyScope, {
        name: `m${i % 3}`,
        description: "",
        unit: "s",
        kind: "gauge",
        monotonic: false,
        temporality: "unspecified",
      });
      builder.addNumber(series(family, { i: `${i % 100}`, [name]: "x" }), i);
    }
    return encodeProtobuf(builder.build());
  };

  const programs = [
    ["logs", { context: "log", statements: ['set(cache["b"], body)', 'set(resource.attributes["last"], cache["b"])'] }],
    ["logs", { context: "scope", statements: ['set(resource.attributes["last"], name)'] }],
    [
      "metrics",
      {
        context: "datapoint",
        statements: ['set(metric.description, Concat([resource.attributes["host"], attributes["i"]], ""))'],
      },
    ],
    [
      "metrics",
      {
        context: "metric",
        statements: ['set(description, resource.attributes["host"]) where HasAttrKeyOnDatapoint("a")'],
      },
    ],
    [
      "metrics",
      {
        context: "metric",
        statements: ['copy_metric(name="c") where name == "m0"', 'set(resource.attributes["last"], name)'],
      },
    ],
    [
      "metrics",
      {
        context: "scope",
        statements: ['set(attributes["host"], resource.attributes["host"])', 'set(resource.attributes["n"], 1)'],
      },
    ],
  ] as const;

  const shown = (batch: Batch): unknown =>
    batch.signal === "logs" ? [...logRecords(batch)] : [...numberPoints(batch as Metrics)];

  test.each(programs)(
    "of %s gives others their turn, and two at once do not see each other, %#",
    async (signal, group) => {
      const requests = ["a", "b"].map((name) => (signal === "logs" ? requestOf(name) : pointsOf(name)));
      const options = {
        now: () => 1n,
        sink: (error: unknown) => {
          throw error;
        },
      };
      const run = transform(signal, group, options);
      const alone: unknown[] = [];
      for (const request of requests) alone.push(shown(await run(decodeProtobuf(signal, request))));
      let both: Batch[] = [];
      const turns = await turnsOf(async () => {
        both = await Promise.all(requests.map(async (request) => await run(decodeProtobuf(signal, request))));
      });
      expect(both.map(shown)).toEqual(alone);
      expect(turns).toBeGreaterThan(2);
    },
  );

  test("that is small is done at once", () => {
    const run = transform("logs", programs[0][1], { now: () => 1n, sink: () => {} });
    const [first] = logRecords(run(records) as Logs);
    expect(first!.resource.attributes.get("last")).toBe("message 18");
  });
});
