import { decodeJson, decodeProtobuf, encodeJson, encodeProtobuf, ownRequest } from "@tracecore/otlp";
import {
  logs,
  metricFamily,
  MetricsBuilder,
  resource,
  scope,
  series,
  traces,
  WholeDouble,
  type AttributesInput,
  type AttributeValue,
} from "@tracecore/core/pdata";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readIndependently, requestType } from "./otlp-proto.ts";

const key = fc.oneof(fc.constantFrom("host.name", "gpu", "__proto__", "ключ"), fc.string({ maxLength: 40 }));
const { value: anyValue } = fc.letrec<{ value: AttributeValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.string({ unit: "grapheme" }),
    fc.boolean(),
    fc.maxSafeInteger(),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    fc.double({ noInteger: true }),
    fc.maxSafeInteger().map((whole) => new WholeDouble(whole)),
    fc.constant(null),
    fc.uint8Array({ maxLength: 20 }),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(key, tie("value"), { maxKeys: 3 }),
  ),
}));
const attributesInput: fc.Arbitrary<AttributesInput> = fc
  .dictionary(key, anyValue, { maxKeys: 6 })
  .map((entries) => Object.fromEntries(Object.entries(entries)));
const time = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const id = (bytes: number): fc.Arbitrary<string> =>
  fc.oneof(
    fc.constant(""),
    fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((raw) => Buffer.from(raw).toString("hex")),
  );
const origin = fc.record({
  resource: fc
    .tuple(attributesInput, fc.constantFrom("", "https://example.test/schema"), fc.nat(3))
    .map(([own, url, dropped]) =>
      resource(
        own,
        url,
        dropped,
        dropped === 1 ? [{ schemaUrl: "", type: "host", idKeys: ["host.id"], descriptionKeys: [] }] : [],
      ),
    ),
  scope: fc
    .tuple(fc.string({ maxLength: 9 }), attributesInput)
    .map(([name, attributes]) => scope({ name, version: name === "" ? "" : "1.0", attributes, schemaUrl: name })),
});

/** Members with the value that protobuf does not write are as good as none. 64-bit integers compare as text. */
function withoutDefaults(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDefaults);
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value)
    .map(([name, inner]) => [name, withoutDefaults(inner)] as const)
    .filter(([name, inner]) => isKept(name, inner));
  return Object.fromEntries(kept);
}

/** Members of a oneof and optional ones are written whatever they hold. */
const written = new Set([
  "stringValue",
  "boolValue",
  "intValue",
  "doubleValue",
  "bytesValue",
  "asDouble",
  "asInt",
  "min",
  "max",
]);

function isKept(name: string, value: unknown): boolean {
  if (written.has(name)) return true;
  if (Array.isArray(value)) return value.length > 0;
  // A message that is there and empty says no more than one that is not, but for the values of attributes.
  if (typeof value === "object" && value !== null) return Object.keys(value).length > 0;
  return value !== "" && value !== 0 && value !== "0" && value !== "-0" && value !== false && value !== undefined;
}

/** Decoding what was encoded gives the same telemetry, and encoding that again the same bytes. */
function expectExact(batch: Parameters<typeof encodeProtobuf>[0]): void {
  const bytes = encodeProtobuf(batch);
  const decoded = decodeProtobuf(batch.signal, bytes);
  expect(decoded.itemCount).toBe(batch.itemCount);
  expect(JSON.parse(encodeJson(decoded))).toEqual(JSON.parse(encodeJson(batch)));
  expect(encodeProtobuf(decoded)).toBe(bytes);
  // What somebody else reads in the bytes is what our JSON says.
  expect(withoutDefaults(readIndependently(batch.signal, bytes))).toEqual(
    withoutDefaults(JSON.parse(encodeJson(batch))),
  );
  // The same by way of JSON.
  expect(JSON.parse(encodeJson(decodeJson(batch.signal, encodeJson(batch))))).toEqual(JSON.parse(encodeJson(batch)));
  // A copy of the columns knows nothing of the bytes.
  expect(Buffer.from(encodeProtobuf({ ...decoded })).equals(bytes)).toBe(true);
}

describe("OTLP protobuf", () => {
  test("carries every log record exactly", () => {
    const record = fc.record({
      origin,
      timeUnixNano: time,
      observedTimeUnixNano: time,
      severityNumber: fc.nat(24),
      severityText: fc.string({ maxLength: 9 }),
      body: fc.oneof(fc.constant(undefined), anyValue),
      attributes: attributesInput,
      traceId: id(16),
      spanId: id(8),
      flags: fc.nat(0xffff_ffff),
      eventName: fc.string({ maxLength: 70 }),
      droppedAttributesCount: fc.nat(0xffff_ffff),
    });
    const everything = fc.property(fc.array(record, { maxLength: 6 }), (records) =>
      expectExact(
        logs(
          records.map(({ origin: { resource: own, scope: by }, ...rest }) => ({ ...rest, resource: own, scope: by })),
        ),
      ),
    );
    expect(() => fc.assert(everything)).not.toThrow();
  });

  test("carries every span exactly", () => {
    const event = fc.record({
      timeUnixNano: time,
      name: fc.string(),
      attributes: attributesInput,
      droppedAttributesCount: fc.nat(9),
    });
    const link = fc.record({
      traceId: id(16),
      spanId: id(8),
      traceState: fc.string(),
      attributes: attributesInput,
      flags: fc.nat(0xffff_ffff),
      droppedAttributesCount: fc.nat(9),
    });
    const span = fc.record({
      origin,
      traceId: id(16),
      spanId: id(8),
      parentSpanId: id(8),
      traceState: fc.string(),
      flags: fc.nat(0xffff_ffff),
      name: fc.string(),
      kind: fc.constantFrom("unspecified", "internal", "server", "client", "producer", "consumer"),
      startTimeUnixNano: time,
      endTimeUnixNano: time,
      attributes: attributesInput,
      events: fc.array(event, { maxLength: 2 }),
      links: fc.array(link, { maxLength: 2 }),
      statusCode: fc.constantFrom("unset", "ok", "error"),
      statusMessage: fc.string(),
      droppedAttributesCount: fc.nat(9),
      droppedEventsCount: fc.nat(9),
      droppedLinksCount: fc.nat(9),
    });
    const everything = fc.property(fc.array(span, { maxLength: 5 }), (all) =>
      expectExact(
        traces(all.map(({ origin: { resource: own, scope: by }, ...rest }) => ({ ...rest, resource: own, scope: by }))),
      ),
    );
    expect(() => fc.assert(everything)).not.toThrow();
  });

  test("carries data points of every kind exactly", () => {
    const exemplar = fc.record({
      timeUnixNano: time,
      value: fc.oneof(fc.double({ noNaN: true }), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
      filteredAttributes: attributesInput,
      traceId: id(16),
      spanId: id(8),
    });
    const common = {
      origin,
      name: fc.constantFrom("a", "b", "c"),
      attributes: attributesInput,
      options: fc.record({
        timeUnixNano: time,
        startTimeUnixNano: time,
        exemplars: fc.array(exemplar, { maxLength: 2 }),
        noValue: fc.boolean(),
        otherFlags: fc.nat(0xffff_ffff),
      }),
    };
    const count = fc.maxSafeInteger().map(Math.abs);
    const aggregate = {
      count,
      sum: fc.option(fc.double(), { nil: undefined }),
      min: fc.option(fc.double(), { nil: undefined }),
      max: fc.option(fc.double(), { nil: undefined }),
    };
    const side = fc
      .record({ offset: fc.integer(), counts: fc.array(count, { maxLength: 4 }) })
      .map((one) => (one.counts.length === 0 ? { offset: 0, counts: [] } : one));
    const point = fc.oneof(
      fc.record({
        ...common,
        kind: fc.constantFrom("gauge", "sum"),
        value: fc.oneof(fc.double(), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
      }),
      fc
        .record({
          ...common,
          kind: fc.constant("histogram"),
          ...aggregate,
          bounds: fc.array(fc.double({ noNaN: true }), { maxLength: 5 }),
        })
        .map((one) => Object.assign(one, { bucketCounts: Array.from({ length: one.bounds.length + 1 }, (_, i) => i) })),
      fc.record({
        ...common,
        kind: fc.constant("exponential_histogram"),
        ...aggregate,
        scale: fc.integer({ min: -10, max: 20 }),
        zeroCount: count,
        zeroThreshold: fc.double({ noNaN: true, min: 0 }).map(Math.abs),
        positive: side,
        negative: side,
      }),
      fc.record({
        ...common,
        kind: fc.constant("summary"),
        count,
        sum: fc.double({ noNaN: true }).map((sum) => sum + 0),
        quantiles: fc.array(
          fc.record({
            quantile: fc.double({ min: 0, max: 1, noNaN: true }).map((one) => one + 0),
            value: fc.double({ noNaN: true }),
          }),
          { maxLength: 3 },
        ),
      }),
    );
    const everything = fc.property(fc.array(point, { maxLength: 8 }), (all) => {
      const builder = new MetricsBuilder(0n);
      for (const one of all) {
        const { kind, name, attributes, options } = one;
        const family = metricFamily(one.origin.resource, one.origin.scope, {
          name,
          description: name === "a" ? "" : "What it says.",
          unit: "By",
          kind,
          monotonic: kind === "sum",
          temporality: kind === "gauge" || kind === "summary" ? "unspecified" : "delta",
        });
        const of = series(family, attributes);
        if ("value" in one) builder.addNumber(of, one.value, options);
        else if ("bounds" in one) builder.addHistogram(of, one, options);
        else if ("scale" in one) builder.addExponentialHistogram(of, one, options);
        else builder.addSummary(of, one, { ...options, exemplars: [] });
      }
      expectExact(builder.build());
    });
    expect(() => fc.assert(everything)).not.toThrow();
  });

  test("gives back points as they came, whatever they say of their value, their flags and of NaN", () => {
    const optional = fc.option(fc.double(), { nil: undefined });
    const flags = fc.oneof(fc.nat(3), fc.nat(0xffff_ffff));
    const number = fc.oneof(
      fc.record({ flags }),
      fc.record({ flags, asDouble: fc.double() }),
      fc.record({ flags, asInt: fc.maxSafeInteger() }),
    );
    const aggregate = fc.record({ flags, count: fc.nat(9), sum: optional, min: optional, max: optional });
    const data = fc.oneof(
      fc.record({ name: fc.constant("a"), gauge: fc.record({ dataPoints: fc.array(number, { minLength: 1 }) }) }),
      fc.record({
        name: fc.constant("a"),
        histogram: fc.record({ dataPoints: fc.array(aggregate, { minLength: 1 }) }),
      }),
      fc.record({
        name: fc.constant("a"),
        exponentialHistogram: fc.record({ dataPoints: fc.array(aggregate, { minLength: 1 }) }),
      }),
    );
    const type = requestType("metrics");
    const everything = fc.property(data, (metric) => {
      const came = type.encode(type.fromObject({ resourceMetrics: [{ scopeMetrics: [{ metrics: [metric] }] }] }));
      const bytes = came.finish();
      const points = { ...decodeProtobuf("metrics", bytes) };
      const readBack = (request: Uint8Array): unknown => withoutDefaults(readIndependently("metrics", request));
      const expected = readBack(bytes);
      expect(readBack(encodeProtobuf(points))).toEqual(expected);
      // By way of JSON as well.
      expect(readBack(encodeProtobuf({ ...decodeJson("metrics", encodeJson(points)) }))).toEqual(expected);
    });
    fc.assert(everything);
  });

  test("carries ids of any length that were made here, with zeros in place of what is no digit", () => {
    for (const bytes of [80, 81, 10_000]) {
      const traceId = "5a".repeat(bytes);
      const carried = (one: string): string =>
        ownRequest(
          "logs",
          encodeProtobuf(logs([{ resource: resource({}), scope: scope({ name: "a" }), traceId: one }])),
        ).traceIds[0]!;
      expect(carried(traceId)).toBe(traceId);
      expect(carried(`${traceId}zz${traceId}`)).toBe(`${traceId}00${traceId}`);
    }
  });
});
