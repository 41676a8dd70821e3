import type { Batch } from "@tracecore/core";

type Signal = Batch["signal"];

const attribute = (key: string, value: object): object => ({ key, value });
const attributes = (i: number): object[] => [
  attribute("text", { stringValue: `не ASCII, "quoted" [${i}]` }),
  attribute("list", { arrayValue: { values: [{ intValue: String(i) }, { boolValue: true }] } }),
  attribute("__proto__", { kvlistValue: { values: [attribute("inner", { doubleValue: i + 0.5 })] } }),
  attribute("bytes", { bytesValue: "AQID" }),
];
const hex = (i: number, digits: number): string => i.toString(16).padStart(digits, "a");
const three = (make: (i: number) => object, from: number): object[] => [0, 1, 2].map((i) => make(from + i));

const logRecord = (i: number): object => ({
  timeUnixNano: String(1_700_000_000_000_000_000n + BigInt(i)),
  observedTimeUnixNano: 1000 + i,
  severityNumber: 1 + (i % 24),
  severityText: `S${i}`,
  body: { stringValue: `body ${i}` },
  attributes: attributes(i),
  droppedAttributesCount: i,
  flags: i,
  traceId: hex(i, 32),
  spanId: hex(i, 16),
  eventName: `event ${i}`,
});

const span = (i: number): object => ({
  traceId: hex(i, 32),
  spanId: hex(i, 16),
  parentSpanId: hex(i + 1, 16),
  traceState: `a=${i}`,
  flags: i,
  name: `span ${i}`,
  kind: i % 6,
  startTimeUnixNano: String(1_700_000_000_000_000_000n + BigInt(i)),
  endTimeUnixNano: 5000 + i,
  attributes: attributes(i),
  droppedAttributesCount: i,
  events: [{ timeUnixNano: "7", name: "event", attributes: attributes(i), droppedAttributesCount: 1 }],
  droppedEventsCount: i,
  links: [{ traceId: hex(i, 32), spanId: hex(i, 16), traceState: "b=1", attributes: attributes(i), flags: 1 }],
  droppedLinksCount: i,
  status: { code: i % 3, message: `status ${i}` },
});

const point = (i: number): object => ({
  attributes: attributes(i % 4),
  flags: i % 2,
  timeUnixNano: String(1_700_000_000_000_000_000n + BigInt(i)),
  startTimeUnixNano: "3",
  exemplars: [
    { timeUnixNano: "4", asDouble: 0.5, filteredAttributes: attributes(i), traceId: hex(i, 32), spanId: hex(i, 16) },
  ],
});
const numberPoint = (i: number): object => ({
  ...point(i),
  ...(i % 2 === 0 ? { asInt: `${2n ** 60n + BigInt(i)}` } : { asDouble: i + 0.25 }),
});
const limits = (i: number): object => ({ count: i, sum: i + 0.5, min: -1.5, max: i * 3 + 0.5 });

/** A metric of each kind, and one that is of two. */
const metrics = (i: number): object[] => {
  const base = { name: `m${i}`, description: `What ${i} is.`, unit: "By", metadata: attributes(i) };
  const gauge = { dataPoints: three(numberPoint, i) };
  const aggregationTemporality = 1 + (i % 2);
  return [
    { ...base, gauge },
    { ...base, sum: { dataPoints: three(numberPoint, i), aggregationTemporality, isMonotonic: true } },
    {
      ...base,
      histogram: {
        aggregationTemporality,
        dataPoints: three(
          (n) => ({ ...point(n), ...limits(n), bucketCounts: ["1", 2, String(n)], explicitBounds: [0.5, n + 1] }),
          i,
        ),
      },
    },
    {
      ...base,
      exponentialHistogram: {
        aggregationTemporality,
        dataPoints: three(
          (n) => ({
            ...point(n),
            ...limits(n),
            scale: -2,
            zeroCount: n,
            zeroThreshold: 0.25,
            positive: { offset: n, bucketCounts: ["1", n] },
            negative: { offset: -n, bucketCounts: [3] },
          }),
          i,
        ),
      },
    },
    {
      ...base,
      summary: {
        dataPoints: three(
          (n) => ({ ...point(n), count: n, sum: n + 0.5, quantileValues: [{ quantile: 0.5, value: n }] }),
          i,
        ),
      },
    },
    { ...base, name: `both${i}`, gauge, sum: gauge },
  ];
};

const resource = (i: number): object => ({
  attributes: attributes(i),
  droppedAttributesCount: i,
  entityRefs: [{ schemaUrl: "e", type: "host", idKeys: ["text"], descriptionKeys: ["list"] }],
});

const names = {
  metrics: ["resourceMetrics", "scopeMetrics", "metrics", metrics],
  logs: ["resourceLogs", "scopeLogs", "logRecords", (i: number) => three(logRecord, i)],
  traces: ["resourceSpans", "scopeSpans", "spans", (i: number) => three(span, i)],
} as const;

/** A request of three resources with two scopes each, and something in every member, also in some that nobody knows. */
export function fullRequest(signal: Signal): object {
  const [byResource, byScope, items, make] = names[signal];
  const scope = (i: number): object => ({
    schemaUrl: `scope/${i}`,
    scope: { name: `lib ${i}`, version: "1", attributes: attributes(i), droppedAttributesCount: i },
    later: [{ [items]: [{}] }],
    [items]: make(i * 10),
  });
  const of = (i: number): object => ({
    resource: resource(i),
    [byScope]: [scope(2 * i), { [items]: [] }, scope(2 * i + 1)],
    schemaUrl: `resource/${i}`,
    later: { [byScope]: [{ [items]: [{}] }] },
  });
  return { later: { [byResource]: [{}] }, [byResource]: [of(0), {}, of(1), of(2)] };
}
