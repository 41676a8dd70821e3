import { decodeInTurns, decodeJsonInTurns } from "@tracecore/otlp";
import { describe, expect, test } from "vitest";
import { exceededLimit } from "../src/wire/item-fields.ts";
import { requestType } from "./otlp-proto.ts";

type Signal = "metrics" | "logs" | "traces";

const each = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));
/** Four fields each: the attribute, its key, its value, and the text in that. */
const attributes = (count: number): object[] => each(count, (i) => ({ key: `k${i}`, value: { stringValue: "v" } }));

/** Requests whose largest item, resource or scope has `count` times so many fields, and some more. */
const large: readonly [string, Signal, number, number, (count: number) => object][] = [
  ["attributes of a record", "logs", 4, 0, (n) => logs({ logRecords: [{ attributes: attributes(n) }] })],
  [
    "values of a list in a body",
    "logs",
    2,
    2,
    (n) => logs({ logRecords: [{ body: { arrayValue: { values: each(n, () => ({ boolValue: true })) } } }] }),
  ],
  [
    "entries of a map in an attribute",
    "logs",
    4,
    4,
    (n) => logs({ logRecords: [{ attributes: [{ key: "a", value: { kvlistValue: { values: attributes(n) } } }] }] }),
  ],
  ["attributes of a scope", "logs", 4, 1, (n) => logs({ scope: { attributes: attributes(n) } })],
  [
    "attributes of a resource",
    "logs",
    4,
    1,
    (n) => ({ resourceLogs: [{ resource: { attributes: attributes(n) }, scopeLogs: [{ logRecords: [{}] }] }] }),
  ],
  ["events of a span", "traces", 1, 0, (n) => spans({ events: each(n, () => ({})) })],
  ["attributes of an event", "traces", 4, 1, (n) => spans({ events: [{ attributes: attributes(n) }] })],
  ["links of a span", "traces", 1, 0, (n) => spans({ links: each(n, () => ({})) })],
  [
    "exemplars of a point",
    "metrics",
    1,
    0,
    (n) => metrics({ gauge: { dataPoints: [{ exemplars: each(n, () => ({})) }] } }),
  ],
  [
    "buckets of a histogram",
    "metrics",
    1,
    1,
    (n) => metrics({ histogram: { dataPoints: [{ bucketCounts: each(n, () => 1) }] } }),
  ],
  [
    "buckets of an exponential histogram",
    "metrics",
    1,
    2,
    (n) => metrics({ exponentialHistogram: { dataPoints: [{ positive: { bucketCounts: each(n, () => 1) } }] } }),
  ],
  [
    "quantiles of a summary",
    "metrics",
    2,
    0,
    (n) => metrics({ summary: { dataPoints: [{ quantileValues: each(n, () => ({ value: 1 })) }] } }),
  ],
  ["metadata of a metric", "metrics", 4, 0, (n) => metrics({ metadata: attributes(n), gauge: { dataPoints: [{}] } })],
];

function logs(scopeLogs: object): object {
  return { resourceLogs: [{ scopeLogs: [scopeLogs] }] };
}
function spans(span: object): object {
  return { resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] };
}
function metrics(metric: object): object {
  return { resourceMetrics: [{ scopeMetrics: [{ metrics: [metric] }] }] };
}

const unlimited = { itemFields: 1e9, itemBytes: 1e9, headBytes: 1e9 };

async function taken(
  signal: Signal,
  request: Uint8Array | object,
  most: number,
  limit: keyof typeof unlimited = "itemFields",
): Promise<boolean> {
  const limits = { items: 1_000_000, ...unlimited, [limit]: most, exceeded: (which: string) => new Error(which) };
  try {
    if (request instanceof Uint8Array) await decodeInTurns(signal, request, limits);
    else await decodeJsonInTurns(signal, Buffer.from(JSON.stringify(request)), limits);
    return true;
  } catch (error) {
    expect((error as Error).message).toBe(limit);
    return false;
  }
}

function encoded(signal: Signal, request: object): Uint8Array {
  const type = requestType(signal);
  return type.encode(type.fromObject(request)).finish();
}

describe("the fields of one item are bounded", () => {
  test.each(large)("%s", async (_what, signal, times, more, request) => {
    const bytes = encoded(signal, request(50));
    expect(await taken(signal, bytes, 50 * times + more)).toBe(true);
    expect(await taken(signal, bytes, 50 * times + more - 1)).toBe(false);
  });

  test.each(large)("in JSON as well: %s", async (_what, signal, times, _more, request) => {
    // Lists and objects count by themselves there, and numbers that are a text in protobuf do not.
    expect(await taken(signal, request(50), 50 * times + 10)).toBe(true);
    expect(await taken(signal, request(50), 50 * times - 1)).toBe(false);
  });

  test("those of a resource that comes in pieces together", async () => {
    const piece = encoded("logs", { resourceLogs: [{ resource: { attributes: attributes(5) } }] }).subarray(2);
    const body = Buffer.concat([piece, piece, piece]);
    const bytes = Buffer.concat([Buffer.of(0x0a, 0x80 | (body.length & 0x7f), body.length >> 7), body]);
    expect(await taken("logs", bytes, 3 * (1 + 20))).toBe(true);
    expect(await taken("logs", bytes, 3 * (1 + 20) - 1)).toBe(false);
  });

  test("those of the data of a metric that come in pieces together", async () => {
    const field = (tag: number, content: Uint8Array): Buffer =>
      Buffer.concat([Buffer.of(tag, content.length), content]);
    const temporality = Buffer.of(0x10, 0x02);
    const sum = field(0x3a, Buffer.concat([temporality, temporality, temporality]));
    const point = field(0x3a, field(0x0a, Buffer.of(0x19, 1, 0, 0, 0, 0, 0, 0, 0)));
    const metric = Buffer.concat([field(0x0a, Buffer.from("m")), sum, point, sum, point]);
    const bytes = field(0x0a, field(0x12, field(0x12, metric)));
    expect(await taken("metrics", bytes, 1 + 6)).toBe(true);
    expect(await taken("metrics", bytes, 1 + 6 - 1)).toBe(false);
  });

  test("and they are counted with pauses, also where items and heads have many", () => {
    const item = logs({ logRecords: each(10, () => ({ attributes: attributes(2_000) })) });
    const head = { resourceLogs: each(10, () => ({ resource: { attributes: attributes(2_000) } })) };
    for (const request of [item, head]) {
      const steps = [...exceededLimit("logs", encoded("logs", request), { ...unlimited, itemFields: 8_010 })];
      expect(steps.length).toBeGreaterThanOrEqual(9);
    }
  });

  test("and those of all items together are not", async () => {
    const request = logs({ logRecords: each(1_000, () => ({ attributes: attributes(5) })) });
    expect(await taken("logs", encoded("logs", request), 20)).toBe(true);
    expect(await taken("logs", encoded("logs", request), 19)).toBe(false);
  });
});

describe("the bytes of one item are bounded", () => {
  const text = (bytes: number): string => "x".repeat(bytes);
  /** Requests with one item whose largest value has so many bytes, and how many it has beside them. */
  const items: readonly [string, Signal, (bytes: number) => object, number, number][] = [
    ["the body of a record", "logs", (n) => logs({ logRecords: [{ body: { stringValue: text(n) } }] }), 8, 18],
    ["the name of a span", "traces", (n) => spans({ name: text(n) }), 4, 2],
    [
      "an attribute of a point",
      "metrics",
      (n) => metrics({ gauge: { dataPoints: [{ attributes: [{ key: "a", value: { stringValue: text(n) } }] }] } }),
      15,
      40,
    ],
  ];
  const heads: readonly [string, Signal, (bytes: number) => object, number, number][] = [
    ["the name of a scope", "logs", (n) => logs({ scope: { name: text(n) }, logRecords: [{}] }), 8, 11],
    ["the schema URL of a scope", "logs", (n) => logs({ schemaUrl: text(n), logRecords: [{}] }), 4, 2],
    [
      "the description of a metric",
      "metrics",
      (n) => metrics({ description: text(n), gauge: { dataPoints: [{}] } }),
      4,
      2,
    ],
    [
      "an attribute of a resource",
      "traces",
      (n) => ({
        resourceSpans: [
          {
            resource: { attributes: [{ key: "a", value: { stringValue: text(n) } }] },
            scopeSpans: [{ spans: [{}] }],
          },
        ],
      }),
      19,
      55,
    ],
  ];

  test.each(items)("%s", async (_what, signal, request, more) => {
    const bytes = encoded(signal, request(50_000));
    expect(await taken(signal, bytes, 50_000 + more, "itemBytes")).toBe(true);
    expect(await taken(signal, bytes, 50_000 + more - 1, "itemBytes")).toBe(false);
    expect(await taken(signal, bytes, 1_000, "headBytes")).toBe(true);
  });

  test.each(items)("in JSON as well: %s", async (_what, signal, request, _more, more) => {
    expect(await taken(signal, request(50_000), 50_000 + more, "itemBytes")).toBe(true);
    expect(await taken(signal, request(50_000), 50_000 + more - 1, "itemBytes")).toBe(false);
    expect(await taken(signal, request(50_000), 1_000, "headBytes")).toBe(true);
  });

  test.each(heads)("and those of what it belongs to: %s", async (_what, signal, request, more) => {
    const bytes = encoded(signal, request(50_000));
    expect(await taken(signal, bytes, 50_000 + more, "headBytes")).toBe(true);
    expect(await taken(signal, bytes, 50_000 + more - 1, "headBytes")).toBe(false);
    expect(await taken(signal, bytes, 1_000, "itemBytes")).toBe(true);
  });

  test.each(heads)("in JSON as well: %s", async (_what, signal, request, _more, more) => {
    expect(await taken(signal, request(50_000), 50_000 + more, "headBytes")).toBe(true);
    expect(await taken(signal, request(50_000), 50_000 + more - 1, "headBytes")).toBe(false);
    expect(await taken(signal, request(50_000), 1_000, "itemBytes")).toBe(true);
  });

  test("and those of all items together are not", async () => {
    const request = logs({ logRecords: each(1_000, () => ({ body: { stringValue: text(100) } })) });
    expect(await taken("logs", encoded("logs", request), 120, "itemBytes")).toBe(true);
    expect(await taken("logs", request, 120, "itemBytes")).toBe(true);
    expect(await taken("logs", encoded("logs", request), 120, "headBytes")).toBe(true);
    expect(await taken("logs", request, 120, "headBytes")).toBe(true);
  });
});
