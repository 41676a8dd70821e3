import { setImmediate } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { emptyResource, emptyScope, filterLogs, internedText, logs, seriesInterner } from "@tracecore/core/pdata";
import { decodeProtobuf, encodeProtobuf } from "@tracecore/otlp";
import { expect, test } from "vitest";
import { currentGeneration } from "../src/proto/attribute-cache.ts";
import { requestType } from "./otlp-proto.ts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

const records = (count: number, bodySize: number): Uint8Array =>
  encodeProtobuf(
    logs(
      Array.from({ length: count }, () => ({
        resource: emptyResource,
        scope: emptyScope,
        body: "x".repeat(bodySize),
      })),
    ),
  );

// A queue counts the bytes of a request, and holds the memory that they lie in.
test.each([
  [1000, 5],
  [1000, 250],
  [10, 5],
  [7, 50_000],
])("a request of %i records with bodies of %i bytes holds at most twice its bytes", (count, bodySize) => {
  const request = records(count, bodySize);
  expect(request.buffer.byteLength).toBeLessThan(request.length * 2 + 1025);
  const kept = encodeProtobuf(filterLogs(decodeProtobuf("logs", request), (row) => row % 3 === 1));
  expect(kept.buffer.byteLength).toBeLessThan(kept.length * 1.2 + 1100);
});

test("long attributes of points are not kept when their request has gone", () => {
  const type = requestType("metrics");
  const value = { stringValue: "x".repeat(1024 * 1024) };
  const point = { asInt: "1", attributes: [{ key: "long", value }] };
  const metric = { name: "m", gauge: { dataPoints: [point, point] } };
  const request = type
    .encode(type.fromObject({ resourceMetrics: [{ scopeMetrics: [{ metrics: [metric] }] }] }))
    .finish();
  const before = process.memoryUsage().arrayBuffers;
  // One letter of each point's attribute is another one each time.
  const places = [500_000, 500_000 + (request.length >> 1)];
  for (let i = 0; i < 26; i++) {
    for (const place of places) request[place] = 0x61 + i;
    const [first, second] = decodeProtobuf("metrics", request).numbers.series;
    expect(first!.attributes.get("long")).toContain(String.fromCodePoint(0x61 + i));
    expect(second!.attributes.get("long")).toHaveLength(1024 * 1024);
  }
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * 1024 * 1024);
});

test("descriptions of a megabyte are not kept when their request has gone", () => {
  const type = requestType("metrics");
  const requests = Array.from({ length: 24 }, (_, i) => {
    const metric = { name: "m", description: String(i).padStart(1024 * 1024, "x"), gauge: { dataPoints: [{}] } };
    return type.encode(type.fromObject({ resourceMetrics: [{ scopeMetrics: [{ metrics: [metric] }] }] })).finish();
  });
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  for (const request of requests) expect(decodeProtobuf("metrics", request).numbers.series[0]!.name).toBe("m");
  collectGarbage();
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(8 * 1024 * 1024);
});

test("metrics without points are forgotten as those with points are", () => {
  const { limit } = seriesInterner;
  seriesInterner.limit = 10;
  const type = requestType("metrics");
  const before = currentGeneration();
  const metrics = Array.from({ length: 20 }, (_, i) => ({ name: `no points ${i}`, gauge: {} }));
  const object = { resourceMetrics: [{ scopeMetrics: [{ metrics }] }] };
  expect(decodeProtobuf("metrics", type.encode(type.fromObject(object)).finish()).numbers.length).toBe(0);
  expect(currentGeneration()).toBe(before + 1);
  seriesInterner.limit = limit;
});

test("series with attributes of some kilobytes are forgotten when there are too many", () => {
  const type = requestType("metrics");
  const generation = currentGeneration();
  internedText.series = 20;
  const dataPoints = Array.from({ length: 12 }, (_, i) => ({
    attributes: [{ key: "k", value: { stringValue: String(i).padStart(2000, "x") } }],
  }));
  const object = { resourceMetrics: [{ scopeMetrics: [{ metrics: [{ name: "m", gauge: { dataPoints } }] }] }] };
  const bytes = type.encode(type.fromObject(object)).finish();
  for (const expected of [generation + 1, generation + 2]) {
    const { series } = decodeProtobuf("metrics", bytes).numbers;
    expect(series.map(({ attributes }) => (attributes.get("k") as string).replaceAll("x", ""))).toEqual(
      dataPoints.map((_, i) => String(i)),
    );
    expect(currentGeneration()).toBe(expected);
  }
  internedText.series = 200_000;
});

test.each(["scope", "metric"])("a resource that is in use does not hold the long texts of each %s", async (what) => {
  const type = requestType("metrics");
  const resource = { attributes: [{ key: "host", value: { stringValue: `stays-${what}` } }] };
  const decode = (from: number) => {
    const long = Array.from({ length: 100 }, (_, i) => `${from + i}`.padEnd(60_000, "x"));
    const metric = (description: string): object => ({ name: "m", description, gauge: { dataPoints: [{}] } });
    const scopeMetrics =
      what === "scope"
        ? long.map((name) => ({ scope: { name }, metrics: [metric("")] }))
        : [{ scope: { name: "s" }, metrics: long.map(metric) }];
    const request = type.encode(type.fromObject({ resourceMetrics: [{ resource, scopeMetrics }] })).finish();
    return decodeProtobuf("metrics", request).numbers.series.map(({ family }) => new WeakRef(family));
  };
  const stays = decodeProtobuf(
    "metrics",
    type
      .encode(
        type.fromObject({
          resourceMetrics: [{ resource, scopeMetrics: [{ metrics: [{ name: "one", gauge: { dataPoints: [{}] } }] }] }],
        }),
      )
      .finish(),
  ).numbers.series;
  const families = [0, 100].flatMap(decode);
  // More text than is kept: all that nobody uses is let go of.
  for (let i = 0; i < 2000; i++) internedText.count(1024 * 1024);
  for (let i = 0; i < 3; i++) {
    await setImmediate();
    collectGarbage();
  }
  expect(stays).toHaveLength(1);
  // A million characters of them.
  expect(families.filter((one) => one.deref() !== undefined).length).toBeLessThan(30);
});
