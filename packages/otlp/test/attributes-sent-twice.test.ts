import { decodeProtobuf, encodeProtobuf } from "@tracecore/otlp";
import { describe, expect, test } from "vitest";
import { requestType } from "./otlp-proto.ts";

const text = (key: string, stringValue: string): object => ({ key, value: { stringValue } });
const card = "4111111111111111";

/** A request with one point, encoded by protobufjs. */
function gauge(point: object): Uint8Array {
  const type = requestType("metrics");
  const metric = { name: "m", gauge: { dataPoints: [{ asDouble: 1, timeUnixNano: "7", ...point }] } };
  return type.encode(type.fromObject({ resourceMetrics: [{ scopeMetrics: [{ metrics: [metric] }] }] })).finish();
}

/** What is written of a batch whose points are new, and of its series at most the attributes are known. */
function rewritten(bytes: Uint8Array): Buffer {
  const { numbers, ...rest } = decodeProtobuf("metrics", bytes);
  return Buffer.from(
    encodeProtobuf({ ...rest, numbers: { ...numbers, values: numbers.values.map((one) => one + 1) } }),
  );
}

test("what stands behind a key for the second time is not written again by who did not see it", () => {
  const bytes = gauge({ attributes: [text("dup", card), text("x", "y"), text("dup", "ok")] });
  expect(Buffer.from(bytes).includes(card)).toBe(true);
  expect(rewritten(bytes).includes(card)).toBe(false);
  // Nor for another sender of the same series.
  const clean = gauge({ attributes: [text("dup", "ok"), text("x", "y")] });
  expect(rewritten(clean)).toEqual(rewritten(bytes));
});

test("the same within a map", () => {
  const map = { key: "map", value: { kvlistValue: { values: [text("dup", card), text("dup", "ok")] } } };
  expect(rewritten(gauge({ attributes: [map] })).includes(card)).toBe(false);
});

test("attributes that do not stand in one piece are written without what stands between them", () => {
  const [first, second] = [gauge({ attributes: [text("a", "1")] }), gauge({ attributes: [text("b", "2")] })];
  const point = (bytes: Uint8Array): Buffer => {
    const type = requestType("metrics");
    const request = type.toObject(type.decode(bytes)) as {
      resourceMetrics: { scopeMetrics: { metrics: { gauge: { dataPoints: object[] } }[] }[] }[];
    };
    const { dataPoints } = request.resourceMetrics[0]!.scopeMetrics[0]!.metrics[0]!.gauge;
    const pointType = type.root.lookupType("NumberDataPoint");
    return Buffer.from(pointType.encode(pointType.fromObject(dataPoints[0]!)).finish());
  };
  const field = (tag: number, body: Uint8Array): Buffer => Buffer.concat([Buffer.of(tag, body.length), body]);
  // Attributes, value and time of one point, and behind them those of another: the later value counts.
  const scattered = Buffer.concat([point(first), point(second)]);
  const metric = Buffer.concat([field(0x0a, Buffer.from("m")), field(0x2a, field(0x0a, scattered))]);
  const request = field(0x0a, field(0x12, field(0x12, metric)));
  const [one] = decodeProtobuf("metrics", rewritten(request)).numbers.series;
  expect([...one!.attributes]).toEqual([
    ["a", "1"],
    ["b", "2"],
  ]);
  expect(decodeProtobuf("metrics", rewritten(request)).numbers.values[0]).toBe(2);
  expect(rewritten(request).length).toBeLessThan(request.length);
});

describe("what an attribute holds beside one key and one value is not written again", () => {
  const field = (tag: number, body: Uint8Array | string): Buffer => {
    const content = Buffer.from(body as string);
    return Buffer.concat([Buffer.of(tag, content.length), content]);
  };
  const value = (stringValue: string): Buffer => field(0x12, field(0x0a, stringValue));
  const unknown = (content: string): Buffer => field(0x7a, content);

  test.each([
    ["a value in front", Buffer.concat([field(0x0a, "dup"), value(card), value("ok")])],
    [
      "a text in front, in the value",
      Buffer.concat([field(0x0a, "dup"), field(0x12, Buffer.concat([field(0x0a, card), field(0x0a, "ok")]))]),
    ],
    ["a key in front", Buffer.concat([field(0x0a, card), field(0x0a, "dup"), value("ok")])],
    ["a field that is not known", Buffer.concat([field(0x0a, "dup"), unknown(card), value("ok")])],
    ["one behind the value", Buffer.concat([field(0x0a, "dup"), value("ok"), unknown(card)])],
    [
      "one in the value",
      Buffer.concat([field(0x0a, "dup"), field(0x12, Buffer.concat([field(0x0a, "ok"), unknown(card)]))]),
    ],
    ["bytes that are no text", Buffer.concat([field(0x0a, "dup"), value("ok"), Buffer.of(0x12, 3, 0x0a, 1, 0xff)])],
  ])("%s", (name, attribute) => {
    const point = Buffer.concat([field(0x3a, attribute), Buffer.of(0x31, 1, 0, 0, 0, 0, 0, 0, 0)]);
    const metric = Buffer.concat([field(0x0a, name), field(0x2a, field(0x0a, point))]);
    const request = field(0x0a, field(0x12, field(0x12, metric)));
    const batch = decodeProtobuf("metrics", request);
    const again = decodeProtobuf("metrics", rewritten(request));
    expect([...again.numbers.series[0]!.attributes]).toEqual([...batch.numbers.series[0]!.attributes]);
    expect([...again.numbers.series[0]!.attributes][0]![0]).toBe("dup");
    expect(rewritten(request).includes(card)).toBe(false);
    expect(rewritten(request).includes(0xff)).toBe(false);
  });
});

test("points with scattered attributes are not kept: each has bytes of its own", () => {
  const unknown = Buffer.concat([Buffer.of(0xfa, 0x01, 0x80, 0x80, 0x20), Buffer.alloc(512 * 1024)]);
  const attribute = Buffer.from([0x3a, 3, 0x0a, 1, 0x61]);
  const other = Buffer.from([0x3a, 3, 0x0a, 1, 0x62]);
  let request = Buffer.concat([attribute, unknown, other, Buffer.of(0x31, 1, 0, 0, 0, 0, 0, 0, 0)]);
  for (const tag of [0x0a, 0x2a, 0x12, 0x12, 0x0a]) {
    const length = request.length;
    const head = Buffer.of(tag, (length & 0x7f) | 0x80, ((length >> 7) & 0x7f) | 0x80, length >> 14);
    request = Buffer.concat([head, request]);
  }
  const before = process.memoryUsage().arrayBuffers;
  for (let value = 0; value < 64; value++) {
    request[request.length - 8] = value;
    const { numbers } = decodeProtobuf("metrics", request);
    expect(numbers.values[0]).toBe(value);
    expect(numbers.series[0]!.attributes.keys).toEqual(["a", "b"]);
  }
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * 1024 * 1024);
});
