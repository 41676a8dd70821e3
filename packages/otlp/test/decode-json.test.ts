import { decodeJson, decodeProtobuf, encodeJson, encodeProtobuf } from "@tracecore/otlp";
import { attributesAt, logRecordAt, numberPoints, spanAt } from "@tracecore/core/pdata";
import { describe, expect, test, vi } from "vitest";
import { requestType } from "./otlp-proto.ts";

const logWith = (record: string): string => `{"resourceLogs":[{"scopeLogs":[{"logRecords":[${record}]}]}]}`;
const point = (own: string): string =>
  `{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"m","gauge":{"dataPoints":[${own}]}}]}]}]}`;

describe("OTLP/JSON", () => {
  test("takes 64-bit integers as texts and as numbers, to the last digit", () => {
    const [text] = numberPoints(decodeJson("metrics", point('{"asInt":"9223372036854775807","timeUnixNano":"1"}')));
    const [number] = numberPoints(
      decodeJson("metrics", point('{"asInt":-9223372036854775808,"timeUnixNano":1700000000123456789}')),
    );
    expect([text!.value, number!.value, number!.timeUnixNano]).toEqual([
      9223372036854775807n,
      -9223372036854775808n,
      1_700_000_000_123_456_789n,
    ]);
  });

  test("takes ids in hex of either case", () => {
    const span = '{"traceId":"5B8EFFF798038103D269B633813FC60C","spanId":"EEE19B7EC3C1B174"}';
    const batch = decodeJson("traces", `{"resourceSpans":[{"scopeSpans":[{"spans":[${span}]}]}]}`);
    expect(spanAt(batch, 0)).toMatchObject({ traceId: "5b8efff798038103d269b633813fc60c", spanId: "eee19b7ec3c1b174" });
  });

  test("takes the names of enums, which senders with a library of ProtoJSON write", () => {
    const spans = ["SERVER", "CONSUMER"].map(
      (kind) => `{"kind":"SPAN_KIND_${kind}","status":{"code":"STATUS_CODE_ERROR"},"traceId":"${"1".repeat(32)}"}`,
    );
    const batch = decodeJson("traces", `{"resourceSpans":[{"scopeSpans":[{"spans":[${spans.join()}]}]}]}`);
    expect([0, 1].map((i) => spanAt(batch, i))).toMatchObject([
      { kind: "server", statusCode: "error" },
      { kind: "consumer", statusCode: "error" },
    ]);
    const severities = ["UNSPECIFIED", "TRACE", "TRACE4", "DEBUG", "INFO", "INFO2", "FATAL4"];
    const records = severities.map((name) => `{"severityNumber":"SEVERITY_NUMBER_${name}"}`);
    expect([...decodeJson("logs", logWith(records.join())).severityNumbers]).toEqual([0, 1, 4, 5, 9, 10, 24]);
    const sum = '{"aggregationTemporality":"AGGREGATION_TEMPORALITY_CUMULATIVE","dataPoints":[{"asInt":"1"}]}';
    const metrics = `{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"m","sum":${sum}}]}]}]}`;
    expect(encodeJson(decodeJson("metrics", metrics))).toContain('"aggregationTemporality":2');
    expect(() => decodeJson("logs", logWith('{"severityNumber":"SEVERITY_NUMBER_LOUD"}'))).toThrow("severityNumber");
  });

  test("passes by what it does not know, and takes null as not set", () => {
    const batch = decodeJson(
      "logs",
      logWith('{"severityText":null,"later":{"a":[1]},"body":{"stringValue":"x","futureValue":1}}'),
    );
    expect([batch.severityTexts, batch.bodies]).toEqual([[""], ["x"]]);
  });

  test("takes an empty request, and one without anything in it", () => {
    expect(decodeJson("logs", "{}").itemCount).toBe(0);
    expect(decodeJson("logs", '{"resourceLogs":[]}').itemCount).toBe(0);
  });

  test("keeps __proto__ and its like as names, and changes no prototype", () => {
    const record =
      '{"attributes":[{"key":"__proto__","value":{"kvlistValue":{"values":[{"key":"polluted","value":{"boolValue":true}}]}}},{"key":"constructor","value":{"stringValue":"c"}}],"__proto__":{"polluted":true}}';
    const batch = decodeJson("logs", logWith(record));
    expect(Object.keys(attributesAt(batch, 0))).toEqual(["__proto__", "constructor"]);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  test.each([
    ["", "not OTLP: no JSON: Unexpected end of JSON input"],
    ["null", "not OTLP: expected an object"],
    ["[]", "not OTLP: expected an object"],
    ['{"resourceLogs":{}}', "not OTLP: resourceLogs: expected a list"],
    [logWith("7"), "not OTLP: resourceLogs[0].scopeLogs[0].logRecords[0]: expected an object"],
    [
      logWith('{"timeUnixNano":"now"}'),
      "not OTLP: resourceLogs[0].scopeLogs[0].logRecords[0].timeUnixNano: expected a whole number from 0 to 18446744073709551615",
    ],
    [
      logWith('{"timeUnixNano":-1}'),
      "not OTLP: resourceLogs[0].scopeLogs[0].logRecords[0].timeUnixNano: expected a whole number from 0 to 18446744073709551615",
    ],
    [
      logWith('{"traceId":"xyz"}'),
      "not OTLP: resourceLogs[0].scopeLogs[0].logRecords[0].traceId: expected a trace id of 32 digits in hex",
    ],
    [
      logWith('{"body":{"bytesValue":"*"}}'),
      "not OTLP: resourceLogs[0].scopeLogs[0].logRecords[0].body.bytesValue: expected bytes in base64",
    ],
    [
      logWith('{"severityNumber":"INFO"}'),
      "not OTLP: resourceLogs[0].scopeLogs[0].logRecords[0].severityNumber: expected a whole number from 0 to 255",
    ],
  ])("says where %s is wrong", (text, message) => {
    expect(() => decodeJson("logs", text)).toThrow(message);
  });

  test("takes numbers that no double holds as infinite, as JSON does", () => {
    const [one] = numberPoints(decodeJson("metrics", point('{"asDouble":1e400}')));
    expect(one!.value).toBe(Number.POSITIVE_INFINITY);
  });

  test("refuses values that lie too deep in one another", () => {
    const deep = `${'{"arrayValue":{"values":['.repeat(60)}${"]}}".repeat(60)}`;
    expect(() => decodeJson("logs", logWith(`{"body":${deep}}`))).toThrow(
      "not OTLP: values lie more than 100 deep in one another",
    );
  });

  /** A log record and an exemplar, whose attributes lie deepest of all, with maps and lists in one another. */
  const nested = (maps: number, lists: number): readonly ["logs" | "metrics", string][] => {
    const map = '{"kvlistValue":{"values":[{"key":"k","value":';
    const value = `${map.repeat(maps)}${'{"arrayValue":{"values":['.repeat(lists)}{}${"]}}".repeat(lists)}${"}]}}".repeat(maps)}`;
    const attributes = `[{"key":"k","value":${value}}]`;
    return [
      ["logs", logWith(`{"body":${value},"attributes":${attributes}}`)],
      ["metrics", point(`{"exemplars":[{"filteredAttributes":${attributes}}]}`)],
    ];
  };

  test.each([
    [30, 1],
    [0, 46],
    [10, 31],
  ])("takes %i maps and %i lists in one another, which are as many as protobuf may have", (maps, lists) => {
    for (const [signal, text] of nested(maps, lists)) {
      expect(decodeProtobuf(signal, encodeProtobuf(decodeJson(signal, text))).itemCount).toBe(1);
    }
    for (const [signal, text] of nested(maps, lists + 1)) {
      expect(() => decodeJson(signal, text)).toThrow("not OTLP: values lie more than 100 deep in one another");
    }
  });

  test.each([
    ["lists", "[".repeat(501)],
    ["objects in lists", '[{"a":'.repeat(251)],
    ["lists behind texts with brackets and quotes", `{"]]\\"]]":${"[".repeat(500)}`],
  ])("refuses %s in one another before they are parsed, which takes a second for a few megabytes", (_, text) => {
    const parse = vi.spyOn(JSON, "parse");
    expect(() => decodeJson("logs", text)).toThrow("not OTLP: lists and objects lie more than 500 deep in one another");
    expect(parse).not.toHaveBeenCalled();
    parse.mockRestore();
  });

  test("reads long integers without a look at every number, which takes ten times as long, and leaves texts as they are", () => {
    const parse = vi.spyOn(JSON, "parse");
    const text = '"count":1700000000123456789,\\"count\\":1700000000123456789,[1700000000123456789]';
    const record = `{"timeUnixNano" : 1700000000123456789 , "body":{"stringValue":${JSON.stringify(text)}},"a\\"count":1700000000123456789,"attributes":[{"key":"k","value":{"intValue":-9007199254740993}}]}`;
    const batch = decodeJson("logs", logWith(record));
    expect(parse.mock.calls.map((call) => call.length)).toEqual([1]);
    parse.mockRestore();
    expect(logRecordAt(batch, 0)).toMatchObject({
      timeUnixNano: 1_700_000_000_123_456_789n,
      body: text,
      attributes: { k: -9_007_199_254_740_993n },
    });
  });
});

describe("counts that only uint64 holds", () => {
  const largest = (2n ** 64n - 1n).toString();
  const metrics = (written: string): string =>
    `{"resourceMetrics":[{"scopeMetrics":[{"metrics":[${[
      `{"histogram":{"dataPoints":[{"count":${written},"bucketCounts":[${written}]}]}}`,
      `{"exponentialHistogram":{"dataPoints":[{"count":${written},"zeroCount":${written},"positive":{"bucketCounts":[${written}]}}]}}`,
      `{"summary":{"dataPoints":[{"count":${written}}]}}`,
    ].join(",")}]}]}]}`;

  // As 2^64, which is what rounding makes of them, they are 0 once they are written, and refused where they are read.
  test.each([
    ["texts", `"${largest}"`],
    ["numbers", largest],
  ])("stay counts of that size, from %s to JSON and protobuf and back", (_, written) => {
    const batch = decodeJson("metrics", metrics(written));
    const close = 2 ** 64 - 2048;
    for (const one of [
      batch,
      decodeJson("metrics", encodeJson(batch)),
      decodeProtobuf("metrics", encodeProtobuf(batch)),
    ]) {
      expect(one.histograms.exactCounts?.get(0)).toBe(2n ** 64n - 1n);
      expect([...one.histograms.bucketCounts]).toEqual([close]);
      expect(one.exponentialHistograms).toMatchObject({ positive: [{ counts: [close] }] });
      const { counts, zeroCounts } = one.exponentialHistograms;
      expect([counts[0], zeroCounts[0], one.summaries.counts[0]]).toEqual([close, close, close]);
    }
  });

  test("from protobuf", () => {
    const type = requestType("metrics");
    const object = JSON.parse(metrics(`"${largest}"`)) as object;
    const batch = decodeProtobuf("metrics", type.encode(type.fromObject(object)).finish());
    expect(decodeJson("metrics", encodeJson(batch)).summaries.counts[0]).toBe(2 ** 64 - 2048);
    expect(encodeJson(decodeProtobuf("metrics", encodeProtobuf({ ...batch })))).toBe(encodeJson(batch));
  });
});
