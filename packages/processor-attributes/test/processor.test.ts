import { createHash } from "node:crypto";
import { attributesProcessor } from "@tracecore/processor-attributes";
import {
  emptyResource,
  emptyScope,
  logs,
  resource,
  scope,
  traces,
  WholeDouble,
  type AttributesInput,
  type LogRecord,
  type Logs,
  type Span,
} from "@tracecore/core/pdata";
import { conformance, metricsOf, runProcessor, wholeAndInParts } from "@tracecore/testkit";
import { describe, expect, test } from "vitest";

const record = (attributes: AttributesInput, more: Partial<LogRecord> = {}): LogRecord => ({
  resource: emptyResource,
  scope: emptyScope,
  attributes,
  ...more,
});
const span = (name: string, more: Partial<Span> = {}): Span => ({
  resource: emptyResource,
  scope: emptyScope,
  traceId: "01".repeat(16),
  spanId: "02".repeat(8),
  name,
  startTimeUnixNano: 1n,
  endTimeUnixNano: 2n,
  ...more,
});

async function edited(action: string, attributes: AttributesInput): Promise<AttributesInput> {
  await using processor = await runProcessor(attributesProcessor, `actions: [${action}]`);
  await processor.consume(logs([record(attributes)]));
  return processor.out.logRecords[0]!.attributes;
}
const sha256 = (bytes: string | Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

describe("attributes processor", () => {
  conformance(attributesProcessor, "actions: [{ key: a, value: 1, action: upsert }]");

  test.each([
    ["{ key: a, value: 1, action: insert }", { b: 2 }, { b: 2, a: 1 }],
    ["{ key: a, value: 1, action: insert }", { a: 2 }, { a: 2 }],
    ["{ key: a, value: [x, y], action: update }", { a: 2 }, { a: ["x", "y"] }],
    ["{ key: a, value: 1, action: update }", { b: 2 }, { b: 2 }],
    ["{ key: a, value: true, action: upsert }", { a: 2 }, { a: true }],
    ["{ key: a, from_attribute: b, action: upsert }", { b: "x" }, { b: "x", a: "x" }],
    ["{ key: a, from_attribute: b, action: insert }", { c: "x" }, { c: "x" }],
    ["{ key: a, from_attribute: b, default_value: d, action: insert }", { b: "x" }, { b: "x", a: "x" }],
    ["{ key: a, from_attribute: b, default_value: d, action: insert }", { b: null }, { b: null, a: null }],
    ["{ key: a, from_attribute: b, default_value: d, action: insert }", { c: 1 }, { c: 1, a: "d" }],
    ["{ key: a, from_attribute: b, default_value: [1], action: update }", { a: 1 }, { a: [1] }],
    ["{ key: a, from_attribute: b, default_value: d, action: update }", { c: 1 }, { c: 1 }],
    ["{ key: a, value: 1, default_value: d, action: upsert }", { a: 2 }, { a: 1 }],
    ["{ key: a, default_value: d, action: upsert }", { a: 2 }, { a: "d" }],
    ["{ key: a, action: delete }", { a: 1, b: 2 }, { b: 2 }],
    ["{ pattern: ^http\\., action: delete }", { "http.a": 1, "http.b": 2, xhttp: 3 }, { xhttp: 3 }],
    ["{ key: a, pattern: ^h, action: delete }", { a: 1, h: 2, b: 3 }, { b: 3 }],
    ["{ key: a, pattern: '', action: delete }", { a: 1, b: 2 }, { b: 2 }],
    ["{ key: a, pattern: '', action: hash }", { a: "x", b: 2 }, { a: sha256("x"), b: 2 }],
    ["{ key: __proto__, value: 1, action: upsert }", {}, JSON.parse('{ "__proto__": 1 }') as AttributesInput],
  ])("%s makes of %o", async (action, before, after) => {
    expect(await edited(action, before)).toEqual(after);
  });

  test.each([
    ["secret", sha256("secret")],
    ["", sha256("")],
    [true, sha256(Uint8Array.of(1))],
    [258, sha256(Uint8Array.of(2, 1, 0, 0, 0, 0, 0, 0))],
    [-1n, sha256(new Uint8Array(8).fill(255))],
    [0.5, sha256(Uint8Array.of(0, 0, 0, 0, 0, 0, 0xe0, 0x3f))],
    [new WholeDouble(1), sha256(Uint8Array.of(0, 0, 0, 0, 0, 0, 0xf0, 0x3f))],
    [Uint8Array.of(7), ""],
    [null, ""],
    [{ a: "secret" }, ""],
  ])("hash puts the SHA-256 in place of %o", async (value, hash) => {
    expect(await edited("{ key: a, action: hash }", { a: value, b: 1 })).toEqual({ a: hash, b: 1 });
  });

  test("hash leaves no list readable, and takes keys by a pattern", async () => {
    const { a, b } = await edited("{ pattern: ^., action: hash }", { a: ["secret"], b: "x" });
    expect(a).toBe("");
    expect(b).toBe(sha256("x"));
  });

  test("extract writes each named group of a text that fits, over what was there", async () => {
    const action = "{ key: url, pattern: '(?i)^(?P<scheme>https?)://(?P<host>[^/]+)(?P<rest>/x)?', action: extract }";
    const url = "HTTP://example.org/a";
    expect(await edited(action, { url, host: "old" })).toEqual({ url, host: "example.org", scheme: "HTTP", rest: "" });
    expect(await edited(action, { url: "mailto:me" })).toEqual({ url: "mailto:me" });
    expect(await edited(action, { url: 5 })).toEqual({ url: 5 });
  });

  test("writes lists and maps as the file has them", async () => {
    const value = { zone: "a", ports: [80, { tls: true }], none: null };
    const yaml = `{ key: net, action: upsert, value: ${JSON.stringify(value)} }`;
    expect(await edited(yaml, {})).toEqual({ net: value });
    expect(await edited("{ key: n, action: upsert, value: [[1], [a, 2.5]] }", {})).toEqual({ n: [[1], ["a", 2.5]] });
  });

  test("takes groups that only hold together beside those with names", async () => {
    const yaml = `{ key: a, action: extract, pattern: '^(?:x|y)(?i:z)(?P<rest>[()]+|\\(|[]()]*)$' }`;
    expect(await edited(yaml, { a: "xZ()" })).toEqual({ a: "xZ()", rest: "()" });
  });

  test("no text makes a pattern take long", async () => {
    const long = "a".repeat(100_000);
    const extract = "{ key: text, pattern: '(?P<found>(?:a+)+)$', action: extract }";
    expect(await edited(extract, { text: `${long}b` })).toEqual({ text: `${long}b` });
    expect(await edited(extract, { text: long })).toEqual({ text: long, found: long });
    expect(await edited("{ pattern: '(a+)+$', action: delete }", { [`${long}b`]: 1, [long]: 2 })).toEqual({
      [`${long}b`]: 1,
    });
    const yaml = `include: { match_type: regexp, log_bodies: ['(a+)+$'] }\nactions: [{ key: hit, value: 1, action: insert }]`;
    await using processor = await runProcessor(attributesProcessor, yaml);
    await processor.consume(logs([record({}, { body: `${long}b` }), record({}, { body: long })]));
    expect(processor.out.logRecords.map(({ attributes }) => attributes)).toEqual([{}, { hit: 1 }]);
  });

  test.each([
    ["int", "42", 42],
    ["int", "9223372036854775807", 9223372036854775807n],
    ["int", "9223372036854775808", "9223372036854775808"],
    ["int", "4x", "4x"],
    ["int", 2.9, 2],
    ["int", true, 1],
    ["int", new WholeDouble(3), 3],
    ["double", "1.5", 1.5],
    ["double", "2", new WholeDouble(2)],
    ["double", 2, new WholeDouble(2)],
    ["double", "", ""],
    ["double", "x", "x"],
    ["double", false, new WholeDouble(0)],
    ["string", 1.5, "1.5"],
    ["string", false, "false"],
    ["string", 2n ** 60n, "1152921504606846976"],
    ["string", ["a", 1, { y: null, b: 2n ** 60n }], '["a",1,{"b":1152921504606846976,"y":null}]'],
    ["string", null, ""],
    ["string", Uint8Array.of(1, 2), "AQI="],
    ["int", 1e21, -(2n ** 63n)],
    ["int", Number.NaN, -(2n ** 63n)],
    ["double", "1_000.5", 1000.5],
    ["double", " 5 ", " 5 "],
    ["double", "0x1F", "0x1F"],
    ["double", "-Inf", -Infinity],
    ["double", "NaN", Number.NaN],
  ])("convert to %s makes of %o", async (type, before, after) => {
    const { a } = await edited(`{ key: a, converted_type: ${type}, action: convert }`, { a: before });
    expect(a).toStrictEqual(after);
  });

  test("digits that end in no number are given up at once: trying each of them took hours", async () => {
    const before = `${"1".repeat(1_000_000)}x`;
    const { a } = await edited("{ key: a, converted_type: double, action: convert }", { a: before });
    expect(a).toBe(before);
  });

  test("does the actions in their order", async () => {
    await using processor = await runProcessor(
      attributesProcessor,
      "actions: [{ key: a, value: 1, action: insert }, { key: b, from_attribute: a, action: insert }, { key: a, action: delete }]",
    );
    await processor.consume(logs([record({})]));
    expect(processor.out.logRecords[0]!.attributes).toEqual({ b: 1 });
  });

  test("changes data points and shares their values", async () => {
    await using processor = await runProcessor(attributesProcessor, "actions: [{ key: a, value: 1, action: upsert }]");
    const batch = metricsOf([
      { name: "x", value: 1, attributes: { b: 2 } },
      { name: "y", value: 2, attributes: {} },
    ]);
    await processor.consume(batch);
    expect(processor.out.points.map(({ name, attributes, value }) => [name, attributes, value])).toEqual([
      ["x", { a: 1, b: 2 }, 1],
      ["y", { a: 1 }, 2],
    ]);
    expect(processor.out.batches[0]).toMatchObject({ numbers: { values: batch.numbers.values } });
  });

  test("shares every column of records but the attributes, and the batch where nothing changes", async () => {
    await using processor = await runProcessor(attributesProcessor, "actions: [{ key: a, action: delete }]");
    const batch = logs([record({ a: 1, b: 2 }), record({ c: 3 })]);
    const untouched = logs([record({ c: 3 })]);
    await processor.consume(batch);
    await processor.consume(untouched);
    const [out] = processor.out.batches as [Logs];
    expect(out.bodies).toBe(batch.bodies);
    expect(out.times).toBe(batch.times);
    expect(processor.out.logRecords.map(({ attributes }) => attributes)).toEqual([{ b: 2 }, { c: 3 }, { c: 3 }]);
    expect(processor.out.batches[1]).toBe(untouched);
  });

  const web = resource({ "service.name": "web", zone: "a1" });
  const records = [
    record({ n: 1, env: "prod" }, { severityNumber: 9, severityText: "info", body: "start up" }),
    record({ n: 2, env: "prod" }, { severityNumber: 17, severityText: "error", resource: web, body: "disk full" }),
    record({ n: 3 }, { scope: scope({ name: "lib", version: "1.2" }), body: { text: "disk" } }),
  ];
  test.each([
    ["include: { match_type: strict, services: [web] }", [2]],
    ["include: { match_type: regexp, services: [^w] }", [2]],
    ["include: { match_type: regexp, resources: [{ key: zone, value: '^a\\d$' }] }", [2]],
    ["include: { match_type: strict, libraries: [{ name: lib }] }", [3]],
    ["include: { match_type: strict, libraries: [{ name: lib, version: '1.1' }] }", []],
    ["include: { match_type: strict, attributes: [{ key: env }] }", [1, 2]],
    ["include: { match_type: strict, attributes: [{ key: n, value: 3 }] }", [3]],
    ["include: { match_type: regexp, attributes: [{ key: n, value: '[13]' }] }", [1, 3]],
    ["include: { match_type: strict, attributes: [{ key: n, value: '3' }] }", []],
    ["include: { match_type: regexp, log_bodies: [disk] }", [2, 3]],
    ["include: { match_type: strict, log_severity_texts: [info, error] }", [1, 2]],
    ["include: { match_type: strict, log_severity_number: { min: 17 } }", [2]],
    ["include: { match_type: strict, log_severity_number: { min: ERROR, match_undefined: true } }", [2, 3]],
    ["include: { match_type: strict, log_severity_number: { min: INFO2 } }", [2]],
    ["exclude: { match_type: strict, services: [web] }", [1, 3]],
    [
      "{ include: { match_type: strict, attributes: [{ key: env }] }, exclude: { match_type: strict, services: [web] } }",
      [1],
    ],
    ["include: { match_type: strict, services: [web], attributes: [{ key: env, value: test }] }", []],
    ["include: { match_type: strict, span_names: [x] }", []],
    ["include: { match_type: strict, metric_names: [x] }", []],
  ])("with %s changes the records %o", async (match, changed) => {
    const options = match.startsWith("{") ? match.slice(1, -1) : match;
    await using processor = await runProcessor(
      attributesProcessor,
      `{ ${options}, actions: [{ key: a, value: 1, action: upsert }] }`,
    );
    await processor.consume(logs(records));
    expect(
      processor.out.logRecords.filter(({ attributes }) => attributes["a"] === 1).map(({ attributes: { n } }) => n),
    ).toEqual(changed);
  });

  test.each([
    ["span_names: [GET]", ["GET"]],
    ["span_kinds: [SPAN_KIND_SERVER]", ["GET", "POST"]],
    ["span_kinds: [server], span_names: [POST]", ["POST"]],
    ["log_bodies: [x]", []],
  ])("with include of %s changes the spans %o", async (match, changed) => {
    await using processor = await runProcessor(
      attributesProcessor,
      `{ include: { match_type: strict, ${match} }, actions: [{ key: a, value: 1, action: upsert }] }`,
    );
    await processor.consume(traces([span("GET", { kind: "server" }), span("POST", { kind: "server" }), span("x")]));
    expect(processor.out.spans.filter(({ attributes }) => attributes["a"] === 1).map(({ name }) => name)).toEqual(
      changed,
    );
  });

  test.each([
    ["SPAN_KIND_(S|C)", ["GET"]],
    ["^server$", ["GET"]],
    ["PRODUCER", ["x"]],
  ])("with the pattern %s for kinds changes the spans %o", async (kind, changed) => {
    const yaml = `{ include: { match_type: regexp, span_kinds: ['${kind}'] }, actions: [{ key: a, value: 1, action: upsert }] }`;
    await using processor = await runProcessor(attributesProcessor, yaml);
    await processor.consume(traces([span("GET", { kind: "server" }), span("x", { kind: "producer" })]));
    expect(processor.out.spans.filter(({ attributes }) => attributes["a"] === 1).map(({ name }) => name)).toEqual(
      changed,
    );
  });

  test("changes only the metrics that are meant", async () => {
    await using processor = await runProcessor(
      attributesProcessor,
      "{ include: { match_type: regexp, metric_names: [^gpu] }, actions: [{ key: a, value: 1, action: upsert }] }",
    );
    await processor.consume(
      metricsOf([
        { name: "gpu.power", value: 1 },
        { name: "cpu", value: 1 },
      ]),
    );
    expect(processor.out.points.map(({ attributes }) => attributes)).toEqual([{ a: 1 }, {}]);
  });

  test("takes actions in small and large letters, as the Collector does", async () => {
    await using processor = await runProcessor(attributesProcessor, "actions: [{ action: UPSERT, key: a, value: 1 }]");
    await processor.consume(metricsOf([{ name: "cpu", value: 1 }]));
    expect(processor.out.points.map(({ attributes }) => attributes)).toEqual([{ a: 1 }]);
  });

  test.each([
    ["actions: [{ action: remove, key: a }]", '"remove" is not one of insert, update, upsert, delete, hash, extract'],
    ["actions: [{ action: insert, value: 1 }]", '"insert" needs "key"'],
    ["actions: [{ action: insert, key: a }]", '"insert" needs either "value" or "from_attribute"'],
    ["actions: [{ action: upsert, key: a, value: }]", "got null"],
    ["actions: [{ action: upsert, key: a, value: 1, from_attribute: b }]", '"upsert" needs either'],
    [
      "actions: [{ action: delete, key: a, default_value: 1 }]",
      'actions[0].default_value: "delete" does not read "default_value". Leave it out',
    ],
    ["actions: [{ action: delete }]", '"delete" needs "key" or "pattern"'],
    ["actions: [{ action: delete, key: a, value: 1 }]", '"delete" does not read "value". Leave it out'],
    ["actions: [{ action: extract, key: a, pattern: '(.*)' }]", '"extract" needs a named group'],
    ["actions: [{ action: delete, pattern: '' }]", '"delete" needs "key" or "pattern"'],
    [
      "actions: [{ action: extract, key: a, pattern: '(?P<b>[(])(c)' }]",
      'actions[0].pattern: "extract" needs a name for each group. Write (?:…) for one that only holds together',
    ],
    [
      "actions: [{ action: insert, key: a, value: 9007199254740993 }]",
      "actions[0].value: integers beyond 2^53 are not exact here. Put it in quotation marks, and make an integer of it with convert",
    ],
    [
      "actions: [{ action: insert, key: a, value: { b: [9007199254740993] } }]",
      "actions[0].value.b[0]: integers beyond 2^53 are not exact here. Put it in quotation marks",
    ],
    ["actions: [{ action: convert, key: a }]", '"convert" needs "converted_type"'],
    [
      "actions: [{ action: hash, pattern: 'ab(' }]",
      'config.yaml:1:39: actions[0].pattern: expected a regular expression: a "(" is not closed in "ab(". Write \\( for the character. [config-invalid-value]',
    ],
    [
      "actions: [{ action: extract, key: a, pattern: '(?P<b>.)\\1' }]",
      'config.yaml:1:56: actions[0].pattern: expected a regular expression: "\\1" refers back to a group, which RE2 does not in "(?P<b>.)\\\\1". Write out what may stand there. [config-invalid-value]',
    ],
    [
      "{ include: { match_type: regexp, services: ['('] }, actions: [{ action: delete, key: a }] }",
      "include.services[0]: expected a regular expression",
    ],
    ["{ include: { match_type: strict }, actions: [{ action: delete, key: a }] }", "nothing to match is given"],
  ])("refuses %s", async (yaml, message) => {
    await expect(runProcessor(attributesProcessor, yaml)).rejects.toThrow(message);
  });
});

test("a batch that is worked on in parts becomes what the whole becomes", async () => {
  const records = Array.from({ length: 10 }, (_, i) => ({
    resource: emptyResource,
    scope: emptyScope,
    body: `message ${i}`,
    attributes: { i },
  }));
  const yaml = "actions: [{ key: new, value: 1, action: insert }, { key: i, action: hash }]";
  const { whole, parts } = await wholeAndInParts(attributesProcessor, yaml, logs(records));
  expect(parts).toEqual(whole);
  expect(parts.logRecords[9]!.attributes).toMatchObject({ new: 1 });
});
