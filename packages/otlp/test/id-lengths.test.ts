import { encodeJson, countItems, decodeJson, ownRequest } from "@tracecore/otlp";
import { describe, expect, test } from "vitest";
import { requestType } from "./otlp-proto.ts";

type Ids = Readonly<Record<string, string>>;

/** Requests with ids in each place where the protocol has some, which are given in hex. */
const places: readonly (readonly [string, "metrics" | "logs" | "traces", (ids: Ids) => object])[] = [
  ["a log record", "logs", (ids) => ({ resourceLogs: [{ scopeLogs: [{ logRecords: [ids] }] }] })],
  ["a span", "traces", (ids) => ({ resourceSpans: [{ scopeSpans: [{ spans: [ids] }] }] })],
  ["a link", "traces", (ids) => ({ resourceSpans: [{ scopeSpans: [{ spans: [{ links: [ids] }] }] }] })],
  ...(["gauge", "histogram", "exponentialHistogram"] as const).map(
    (kind) =>
      [
        `an exemplar of a ${kind}`,
        "metrics",
        (ids: Ids) => ({
          resourceMetrics: [{ scopeMetrics: [{ metrics: [{ [kind]: { dataPoints: [{ exemplars: [ids] }] } }] }] }],
        }),
      ] as const,
  ),
];
const trace = "5b8efff798038103d269b633813fc60c";
const span = "eee19b7ec3c1b174";

function encoded(signal: "metrics" | "logs" | "traces", make: (ids: Ids) => object, ids: Ids): Uint8Array {
  const type = requestType(signal);
  const base64 = Object.entries(ids).map(([name, hex]) => [name, Buffer.from(hex, "hex").toString("base64")] as const);
  return type.encode(type.fromObject(make(Object.fromEntries(base64)))).finish();
}

describe.each(places)("ids of %s", (_where, signal, make) => {
  test.each([
    ["of the right length", { traceId: trace, spanId: span }],
    ["that are none", { traceId: "", spanId: "" }],
  ])("%s are taken", (_what, ids) => {
    expect(countItems(signal, encoded(signal, make, ids)).reduce((sum, one) => sum + one, 0)).toBe(1);
    const batch = decodeJson(signal, JSON.stringify(make(ids)));
    expect(encodeJson(batch).includes(trace)).toBe(ids.traceId !== "");
  });

  test.each([
    [
      "a trace id of 8 bytes",
      { traceId: span },
      /the trace id at byte \d+ has 8 bytes, and not 16$/,
      /32 digits in hex$/,
    ],
    ["a trace id of 17 bytes", { traceId: `${trace}00` }, /has 17 bytes, and not 16$/, /traceId: expected a trace id/],
    [
      "a span id of 7 bytes",
      { spanId: span.slice(2) },
      /the span id at byte \d+ has 7 bytes, and not 8$/,
      /16 digits in hex$/,
    ],
    ["a span id of 16 bytes", { spanId: trace }, /has 16 bytes, and not 8$/, /spanId: expected a span id/],
  ] as const)("%s is refused", (_what, ids, ofProtobuf, ofJson) => {
    const request = encoded(signal, make, ids);
    expect(() => countItems(signal, request)).toThrow(ofProtobuf);
    expect(() => decodeJson(signal, JSON.stringify(make(ids)))).toThrow(ofJson);
    expect(ownRequest(signal, request).itemCount).toBe(1);
  });
});

test("the id of the span above is looked at as well", () => {
  const make = (ids: Ids): object => ({ resourceSpans: [{ scopeSpans: [{ spans: [ids] }] }] });
  expect(() => countItems("traces", encoded("traces", make, { parentSpanId: trace }))).toThrow("not 8");
  expect(() => decodeJson("traces", JSON.stringify(make({ parentSpanId: trace })))).toThrow("parentSpanId: expected");
});
