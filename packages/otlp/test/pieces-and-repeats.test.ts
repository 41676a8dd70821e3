import { decodeJson, decodeProtobuf, encodeJson, encodeProtobuf, splitRequest } from "@tracecore/otlp";
import { logRecordAt, mapResources, numberPoints, POINT_NO_VALUE, resource } from "@tracecore/core/pdata";
import { describe, expect, test } from "vitest";
import { requestType } from "./otlp-proto.ts";

const text = (key: string, stringValue: string): object => ({ key, value: { stringValue } });
const field = (tag: number, content: Uint8Array): Buffer => Buffer.concat([Buffer.of(tag, content.length), content]);

/** A message of OTLP, encoded by protobufjs. */
function message(name: string, object: object): Uint8Array {
  const type = requestType("logs").root.lookupType(name);
  return type.encode(type.fromObject(object)).finish();
}

describe("a message that comes in several pieces is all of them", () => {
  const scopeLogs = Buffer.concat([
    field(0x0a, message("InstrumentationScope", { name: "s", attributes: [text("c", "3")] })),
    field(0x12, message("LogRecord", { severityText: "INFO" })),
    field(0x0a, message("InstrumentationScope", { version: "v", attributes: [text("d", "4")] })),
  ]);
  const request = field(
    0x0a,
    Buffer.concat([
      field(0x0a, message("Resource", { attributes: [text("a", "1")], droppedAttributesCount: 7 })),
      field(0x12, scopeLogs),
      field(0x0a, message("Resource", { attributes: [text("b", "2")] })),
    ]),
  );

  test("resources and scopes", () => {
    const { resources, scopes } = decodeProtobuf("logs", request);
    expect(resources[0]!.attributes.toObject()).toEqual({ a: "1", b: "2" });
    expect(resources[0]!.droppedAttributesCount).toBe(7);
    expect(scopes[0]).toMatchObject({ name: "s", version: "v" });
    expect(scopes[0]!.attributes.toObject()).toEqual({ c: "3", d: "4" });
  });

  test("resources that are edited where they stand", () => {
    const batch = decodeProtobuf("logs", request);
    const edited = mapResources(batch, (before) =>
      resource(before.attributes.with({ b: "5" }), before.schemaUrl, before.droppedAttributesCount),
    );
    const { resources } = decodeProtobuf("logs", encodeProtobuf(edited));
    expect(resources[0]!.attributes.toObject()).toEqual({ a: "1", b: "5" });
    expect(resources[0]!.droppedAttributesCount).toBe(7);
  });

  /** The pieces of one value, in a row of fields with this tag. */
  const pieces = (tag: number, ...values: readonly object[]): Buffer =>
    Buffer.concat(values.map((value) => field(tag, message("AnyValue", value))));
  const list = (...values: readonly string[]): object => ({
    arrayValue: { values: values.map((stringValue) => ({ stringValue })) },
  });
  const map = (key: string, stringValue: string): object => ({ kvlistValue: { values: [text(key, stringValue)] } });

  test.each([
    ["lists", [list("a"), list(), list("b", "c")], ["a", "b", "c"]],
    ["maps", [map("a", "1"), map("__proto__", "2"), map("a", "3")], JSON.parse('{ "a": "3", "__proto__": "2" }')],
    ["a map and then a list", [map("a", "1"), list("b")], ["b"]],
    ["a text, and a piece that says nothing", [{ stringValue: "a" }, {}], "a"],
    ["a double, and then a map", [{ doubleValue: 1 }, map("a", "1")], { a: "1" }],
  ])("values of attributes, and bodies: %s", (_, values, whole) => {
    const attribute = field(0x32, Buffer.concat([field(0x0a, Buffer.from("k")), pieces(0x12, ...values)]));
    const record = Buffer.concat([attribute, pieces(0x2a, ...values)]);
    const bytes = field(0x0a, field(0x12, Buffer.concat([field(0x12, Buffer.of()), field(0x12, record)])));
    const batch = decodeProtobuf("logs", bytes);
    expect(logRecordAt(batch, 0)).toMatchObject({ body: undefined, attributes: {} });
    expect(logRecordAt(batch, 1)).toMatchObject({ body: whole, attributes: { k: whole } });
  });

  test("buckets of exponential histograms", () => {
    const point = Buffer.concat([
      field(0x42, message("Buckets", { offset: 3, bucketCounts: ["1", "2"] })),
      field(0x4a, message("Buckets", { bucketCounts: ["9"] })),
      field(0x42, message("Buckets", { bucketCounts: ["300"] })),
    ]);
    const data = field(0x52, Buffer.concat([field(0x0a, point), field(0x0a, point)]));
    const bytes = field(0x0a, field(0x12, field(0x12, data)));
    const buckets = { positive: { offset: 3, counts: [1, 2, 300] }, negative: { offset: 0, counts: [9] } };
    expect(decodeProtobuf("metrics", bytes).exponentialHistograms).toMatchObject({
      positive: [buckets.positive, buckets.positive],
      negative: [buckets.negative, buckets.negative],
    });
  });

  test("the data of a metric that is divided", () => {
    const point = field(0x0a, message("NumberDataPoint", { asInt: "1" }));
    const sum = Buffer.concat([
      field(0x3a, Buffer.concat([point, Buffer.of(0x10, 1)])),
      field(0x3a, Buffer.concat([Buffer.of(0x10, 2), point])),
      field(0x3a, Buffer.concat([point, Buffer.of(0x18, 1)])),
    ]);
    const parts = splitRequest("metrics", field(0x0a, field(0x12, field(0x12, sum))), 1, "items");
    const points = parts.flatMap((part) => Array.from(numberPoints(decodeProtobuf("metrics", part))));
    expect(points.map(({ series }) => series.descriptor)).toEqual(
      [1, 2, 3].map(() => expect.objectContaining({ temporality: "cumulative", monotonic: true }) as unknown),
    );
  });
});

describe("of a field that comes twice the last one counts", () => {
  const metrics = (dataTag: number, ...points: readonly Uint8Array[]): Buffer =>
    field(0x0a, field(0x12, field(0x12, field(dataTag, field(0x0a, Buffer.concat(points))))));
  const large = (2n ** 62n + 1n).toString();

  test.each([
    ["an integer that no double holds, and another one", { asInt: "5" }, '"asInt":"5"'],
    ["an integer that no double holds, and a double", { asDouble: 1.5 }, '"asDouble":1.5'],
  ])("%s", (_, last, written) => {
    const bytes = metrics(0x2a, message("NumberDataPoint", { asInt: large }), message("NumberDataPoint", last));
    const batch = decodeProtobuf("metrics", bytes);
    expect(batch.numbers.exactIntegers?.size).toBe(0);
    expect(encodeJson(batch)).toContain(written);
    expect(encodeJson(decodeProtobuf("metrics", encodeProtobuf({ ...batch })))).toBe(encodeJson(batch));
  });

  test("flags", () => {
    const point = (flags: number, asInt: string): Uint8Array => message("NumberDataPoint", { flags, asInt });
    const { flags } = decodeProtobuf("metrics", metrics(0x2a, point(1, "5"), Buffer.of(0x40, 0))).numbers;
    expect(flags[0]! & POINT_NO_VALUE).toBe(0);
  });

  test("a count that no double holds, and another one", () => {
    const point = (count: string): Uint8Array => message("HistogramDataPoint", { count });
    const batch = decodeProtobuf("metrics", metrics(0x4a, point(large), point("5")));
    expect(encodeJson(batch)).toContain('"count":"5"');
  });
});

test("an offset of exponential buckets without counts goes through JSON and back", () => {
  const point = { positive: { offset: 3 }, negative: { offset: -4, bucketCounts: ["1"] } };
  const request = {
    resourceMetrics: [{ scopeMetrics: [{ metrics: [{ exponentialHistogram: { dataPoints: [point] } }] }] }],
  };
  const there = encodeJson(decodeJson("metrics", JSON.stringify(request)));
  expect(decodeJson("metrics", there).exponentialHistograms).toMatchObject({
    positive: [{ offset: 3, counts: [] }],
    negative: [{ offset: -4, counts: [1] }],
  });
});

test("a negative zero stays one where zero is the default", () => {
  const histogram = message("ExponentialHistogramDataPoint", { zeroThreshold: -0 });
  const summary = message("SummaryDataPoint", { sum: -0, quantileValues: [{ quantile: -0, value: -0 }] });
  const metric = (tag: number, point: Uint8Array): Buffer => field(0x12, field(tag, field(0x0a, point)));
  const bytes = field(0x0a, field(0x12, Buffer.concat([metric(0x52, histogram), metric(0x5a, summary)])));
  const batch = decodeProtobuf("metrics", bytes);
  for (const again of [
    decodeProtobuf("metrics", encodeProtobuf({ ...batch })),
    decodeJson("metrics", encodeJson(batch)),
  ]) {
    expect(again.exponentialHistograms.zeroThresholds[0]).toBe(-0);
    expect(again.summaries.sums[0]).toBe(-0);
    expect(again.summaries.quantiles[0]).toEqual([{ quantile: -0, value: -0 }]);
  }
});
