import { decodeProtobuf, encodeProtobuf } from "@tracecore/otlp";
import { expect, test } from "vitest";
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
