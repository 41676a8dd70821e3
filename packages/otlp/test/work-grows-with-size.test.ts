import { decodeProtobuf, encodeJson, splitRequest } from "@tracecore/otlp";
import { afterEach, describe, expect, test, vi } from "vitest";
import { WireReader } from "../src/wire/wire-reader.ts";
import { requestType } from "./otlp-proto.ts";

/** A field with its head. */
function field(tag: number, content: Uint8Array): Buffer {
  const { length } = content;
  const size = length < 0x80 ? [length] : [(length & 0x7f) | 0x80, ((length >> 7) & 0x7f) | 0x80, length >> 14];
  return Buffer.concat([Buffer.of(tag, ...size), content]);
}

const request = (metric: Uint8Array): Buffer => field(0x0a, field(0x12, field(0x12, metric)));
const repeated = (bytes: Uint8Array, times: number): Buffer => Buffer.alloc(bytes.length * times, bytes);

/** How often a field is passed by while `work` is done. */
function fieldsPassed(work: () => unknown): number {
  const skip = vi.spyOn(WireReader.prototype, "skip");
  work();
  return skip.mock.calls.length;
}

// Requests of some 10 KiB in which each of thousands of fields made all others be read again: seconds of work.
describe("work grows with the size of a request, not with its square", () => {
  afterEach(() => vi.restoreAllMocks());
  const count = 2000;

  test.each([
    ["empty data", Buffer.of(0x2a, 0), 0],
    ["data of a point each", Buffer.of(0x2a, 2, 0x0a, 0), count],
  ])("in a metric of many %s", (_, data, points) => {
    const bytes = request(repeated(data, count));
    expect(fieldsPassed(() => expect(decodeProtobuf("metrics", bytes).numbers.length).toBe(points))).toBeLessThan(
      count * 4,
    );
  });

  test("where such a metric is divided", () => {
    const bytes = request(repeated(Buffer.of(0x2a, 2, 0x0a, 0), count));
    expect(fieldsPassed(() => expect(splitRequest("metrics", bytes, 100, "items")).toHaveLength(20))).toBeLessThan(
      count * 12,
    );
  });

  test("in a histogram of many bounds", () => {
    const type = requestType("metrics");
    const explicitBounds = Array.from({ length: count }, (_, i) => i);
    const point = { bucketCounts: [...explicitBounds, 0], explicitBounds };
    const object = { resourceMetrics: [{ scopeMetrics: [{ metrics: [{ histogram: { dataPoints: [point] } }] }] }] };
    const bytes = type.encode(type.fromObject(object)).finish();
    const slice = vi.spyOn(Array.prototype, "slice");
    const { bounds } = decodeProtobuf("metrics", bytes).histograms;
    const copies = slice.mock.calls.length;
    vi.restoreAllMocks();
    expect(bounds[0]).toEqual(explicitBounds);
    expect(copies).toBeLessThan(10);
  });
});

test("what is said of one piece of a metric's data is said of all", () => {
  const point = (value: number): Buffer => field(0x0a, Buffer.of(0x31, value, 0, 0, 0, 0, 0, 0, 0));
  const sum = Buffer.concat([
    field(0x3a, point(1)),
    field(0x3a, Buffer.concat([point(2), Buffer.of(0x10, 2, 0x18, 1)])),
  ]);
  const bytes = request(Buffer.concat([sum, field(0x0a, Buffer.from("m"))]));
  const { numbers } = decodeProtobuf("metrics", bytes);
  expect([...numbers.values]).toEqual([1, 2]);
  expect(numbers.series[0]).toBe(numbers.series[1]);
  expect(numbers.series[0]!.family.descriptor).toMatchObject({ name: "m", temporality: "cumulative", monotonic: true });
  for (const part of splitRequest("metrics", bytes, 1, "items")) {
    expect(JSON.parse(encodeJson(decodeProtobuf("metrics", part)))).toMatchObject({
      resourceMetrics: [{ scopeMetrics: [{ metrics: [{ name: "m" }] }] }],
    });
  }
});

test("bounds are those of each point, alike, longer, shorter and different", () => {
  const type = requestType("metrics");
  const all = [[1, 2], [1, 2], [1, 2, 3], [1], [], [1, 5], [1, 5, 6, 7], [2, 5, 6, 7], [2, 5, 6, 7]];
  const dataPoints = all.map((explicitBounds) => ({ bucketCounts: [0, ...explicitBounds], explicitBounds }));
  const object = { resourceMetrics: [{ scopeMetrics: [{ metrics: [{ histogram: { dataPoints } }] }] }] };
  const { bounds } = decodeProtobuf("metrics", type.encode(type.fromObject(object)).finish()).histograms;
  expect(bounds).toEqual(all);
  expect(bounds[1]).toBe(bounds[0]);
  expect(bounds[8]).toBe(bounds[7]);
});
