import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  attributesAt,
  emptyResource,
  emptyScope,
  filterLogs,
  logRecords,
  logs,
  spans,
  traces,
  type AttributesInput,
  type LogRecord,
  type Span,
} from "../../src/pdata/pdata.ts";

const record: fc.Arbitrary<LogRecord> = fc.record({
  resource: fc.constant(emptyResource),
  scope: fc.constant(emptyScope),
  timeUnixNano: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  observedTimeUnixNano: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  severityNumber: fc.nat(24),
  severityText: fc.string(),
  body: fc.oneof(fc.string(), fc.constant(undefined), fc.boolean()),
  attributes: fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer()), { maxKeys: 4, noNullPrototype: true }),
  traceId: fc.string(),
  spanId: fc.string(),
  flags: fc.nat(255),
  eventName: fc.string(),
  droppedAttributesCount: fc.nat(9),
});

describe("a logs batch", () => {
  test("gives every record back as it was", () => {
    fc.assert(
      fc.property(fc.array(record, { maxLength: 50 }), (records) => {
        expect([...logRecords(logs(records))]).toEqual(records);
      }),
    );
  });

  test("filtering keeps the records it wants, and the batch itself when it wants all", () => {
    fc.assert(
      fc.property(fc.array(record, { maxLength: 50 }), fc.func(fc.boolean()), (records, wanted) => {
        const kept = filterLogs(logs(records), wanted);
        expect([...logRecords(kept)]).toEqual(records.filter((_, row) => wanted(row)));
      }),
    );
    const batch = logs([{ resource: emptyResource, scope: emptyScope }]);
    expect(filterLogs(batch, () => true)).toBe(batch);
  });

  test("a key __proto__ is an attribute, and what an object inherits is none", () => {
    const own = JSON.parse('{"__proto__": {"polluted": "yes"}}') as AttributesInput;
    const heir = Object.create({ inherited: "no" }, { mine: { value: "yes", enumerable: true } }) as AttributesInput;
    const batch = logs([own, heir].map((attributes) => ({ resource: emptyResource, scope: emptyScope, attributes })));
    expect(Object.entries(attributesAt(batch, 0))).toEqual([["__proto__", { polluted: "yes" }]]);
    expect(Object.getPrototypeOf(attributesAt(batch, 0))).toBe(Object.prototype);
    expect(attributesAt(batch, 1)).toEqual({ mine: "yes" });
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });
});

describe("a traces batch", () => {
  test("gives every span back as it was, with events and links on those that have them", () => {
    const plain: Span = {
      resource: emptyResource,
      scope: emptyScope,
      traceId: "01",
      spanId: "02",
      name: "a",
      startTimeUnixNano: 1n,
      endTimeUnixNano: 2n ** 63n + 1n,
    };
    const full: Required<Span> = {
      ...plain,
      parentSpanId: "03",
      traceState: "k=v",
      flags: 1,
      kind: "server",
      attributes: { a: 1 },
      events: [{ timeUnixNano: 3n, name: "e", attributes: {} }],
      links: [{ traceId: "04", spanId: "05", traceState: "", attributes: {} }],
      statusCode: "error",
      statusMessage: "m",
      droppedAttributesCount: 1,
      droppedEventsCount: 2,
      droppedLinksCount: 3,
    };
    const batch = traces([plain, full]);
    expect(batch.extras.size).toBe(1);
    const [first, second] = [...spans(batch)];
    expect(first).toMatchObject({
      ...plain,
      parentSpanId: "",
      kind: "unspecified",
      events: [],
      links: [],
      statusCode: "unset",
    });
    expect(second).toEqual(full);
  });
});
