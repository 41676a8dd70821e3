import { decodeJson, decodeProtobuf, encodeJson, encodeProtobuf } from "@tracecore/otlp";
import { encodedBatch, resource } from "@tracecore/core/pdata";
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
    const edited = encodedBatch(batch)!.mapResources((before) =>
      resource(before.attributes.with({ b: "5" }), before.schemaUrl, before.droppedAttributesCount),
    );
    const { resources } = decodeProtobuf("logs", encodeProtobuf(edited));
    expect(resources[0]!.attributes.toObject()).toEqual({ a: "1", b: "5" });
    expect(resources[0]!.droppedAttributesCount).toBe(7);
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
