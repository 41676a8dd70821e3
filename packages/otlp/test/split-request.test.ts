import {
  countItems,
  decodeProtobuf,
  encodeProtobuf,
  exportRequest,
  ownRequest,
  splitExportRequest,
  splitInTurns,
  splitRequest,
} from "@tracecore/otlp";
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
  type AttributeValue,
} from "@tracecore/core/pdata";
import { describe, expect, test } from "vitest";

const resources = [resource({ "host.name": "a" }, "https://example.test/1"), resource({ "host.name": "b" })];
const scopes = [scope({ name: "one", schemaUrl: "https://example.test/2" }), scope({ name: "two" })];

const logRequest = encodeProtobuf(
  logs(
    Array.from({ length: 23 }, (_, i) => ({
      resource: resources[i % 2]!,
      scope: scopes[(i >> 1) % 2]!,
      body: `record ${i}`,
      timeUnixNano: BigInt(i),
    })),
  ),
);

function metricRequest(): Uint8Array {
  const builder = new MetricsBuilder(7n);
  for (let i = 0; i < 30; i++) {
    const family = metricFamily(resources[i % 2]!, scopes[0]!, {
      name: `m${i % 3}`,
      description: "What it counts.",
      unit: "By",
      kind: "sum",
      monotonic: true,
      temporality: "cumulative",
    });
    builder.addNumber(series(family, { i }), i);
  }
  return encodeProtobuf(builder.build());
}

const itemsOf = (signal: "logs" | "metrics", bytes: Uint8Array): number =>
  countItems(signal, bytes).reduce((sum, one) => sum + one, 0);

describe("splitting a request", () => {
  test.each([1, 2, 5, 22])("into parts of at most %i log records keeps every record where it belongs", (max) => {
    const parts = splitRequest("logs", logRequest, max, "items");
    const sizes = parts.map((part) => itemsOf("logs", part));
    expect(Math.max(...sizes)).toBe(max);
    expect(parts).toHaveLength(Math.ceil(23 / max));
    const whole = decodeProtobuf("logs", logRequest);
    const joined = decodeProtobuf("logs", Buffer.concat(parts));
    expect([...logRecords(joined)]).toEqual([...logRecords(whole)]);
  });

  test.each([1, 4, 7, 29])(
    "into parts of at most %i data points divides metrics, and repeats what names them",
    (max) => {
      const request = metricRequest();
      const parts = splitRequest("metrics", request, max, "items");
      expect(Math.max(...parts.map((part) => itemsOf("metrics", part)))).toBeLessThanOrEqual(max);
      const whole = [...numberPoints(decodeProtobuf("metrics", request))];
      expect([...numberPoints(decodeProtobuf("metrics", Buffer.concat(parts)))]).toEqual(whole);
    },
  );

  test("into parts of so many bytes leaves one item whole that is larger", () => {
    const parts = splitRequest("logs", logRequest, 60, "bytes");
    expect(parts.reduce((sum, part) => sum + itemsOf("logs", part), 0)).toBe(23);
    expect(parts.length).toBeGreaterThan(5);
    expect(splitRequest("logs", logRequest, 1, "bytes")).toHaveLength(23);
  });

  test("gives back the request itself where it fits", () => {
    expect(splitRequest("logs", logRequest, 23, "items")).toEqual([logRequest]);
    expect(splitRequest("logs", logRequest, 23, "items")[0]).toBe(logRequest);
  });

  test("copies fields that it does not know into every part", () => {
    // Field 9 of ResourceLogs, a text that no version of the protocol has.
    const record = Buffer.from([0x12, 0x02, 0x0a, 0x00, 0x12, 0x02, 0x0a, 0x00]);
    const scopeLogs = Buffer.concat([Buffer.from([0x12, record.length]), record]);
    const inner = Buffer.concat([scopeLogs, Buffer.from([0x4a, 0x02, 0x68, 0x69])]);
    const request = Buffer.concat([Buffer.from([0x0a, inner.length]), inner]);
    const parts = splitRequest("logs", request, 1, "items");
    expect(parts).toHaveLength(2);
    for (const part of parts) expect(Buffer.from(part).includes(Buffer.from([0x4a, 0x02, 0x68, 0x69]))).toBe(true);
  });
});

test("divides and reads what a pipeline has put deeper than a receiver takes", async () => {
  const deep = Array.from({ length: 200 }).reduce<readonly AttributeValue[]>((inner) => [inner], []);
  const family = metricFamily(emptyResource, emptyScope, {
    name: "m",
    description: "",
    unit: "",
    kind: "gauge",
    monotonic: false,
    temporality: "unspecified",
  });
  const builder = new MetricsBuilder(7n);
  for (const i of [1, 2]) builder.addNumber(series(family, { deep, i }), i);
  const request = exportRequest(builder.build());
  expect(() => decodeProtobuf("metrics", request.body)).toThrow("values lie more than 100 deep in one another");
  const parts = await splitExportRequest(request, 1, "items");
  expect(parts.map(({ items }) => items)).toEqual([1, 1]);
  expect(ownRequest("metrics", parts[1]!.body).numbers.series[0]!.attributes.toObject()).toEqual({ deep, i: 2 });
});

test("divides a large request a step at a time into the same parts", async () => {
  const large = encodeProtobuf(
    logs(
      Array.from({ length: 5000 }, (_, i) => ({
        resource: resources[i % 2]!,
        scope: scopes[0]!,
        body: `record ${i} ${"x".repeat(80)}`,
      })),
    ),
  );
  expect(await splitInTurns("logs", large, 10, "items")).toEqual(splitRequest("logs", large, 10, "items"));
  const parts = splitExportRequest(exportRequest(ownRequest("logs", large)), 10, "items");
  expect(parts).toBeInstanceOf(Promise);
  expect((await parts).map(({ items }) => items)).toEqual(Array.from({ length: 500 }, () => 10));
});

test("makes fewer parts where the heads of all would be gigabytes, and loses nothing", () => {
  const owner = resource({ large: "x".repeat(1024 * 1024) });
  const rows = Array.from({ length: 500 }, (_, i) => ({
    resource: owner,
    scope: scopes[0]!,
    timeUnixNano: BigInt(i + 1),
  }));
  const parts = splitRequest("logs", encodeProtobuf(logs(rows)), 1, "items");
  const times = parts.flatMap((part) =>
    Array.from(logRecords(decodeProtobuf("logs", part)), ({ timeUnixNano }) => timeUnixNano),
  );
  expect(times).toEqual(rows.map(({ timeUnixNano }) => timeUnixNano));
  // 500 parts are 500 MiB, and of 250 and 125 the same holds: 64 MiB are the most.
  expect(parts).toHaveLength(63);
});
