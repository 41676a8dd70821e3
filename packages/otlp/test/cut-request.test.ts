import type { Batch } from "@tracecore/core";
import { eachPart, joinedParts, joinParts, logRecords, mapParts, filterLogs, type Logs } from "@tracecore/core/pdata";
import {
  decodeInTurns,
  decodeJson,
  decodeJsonInTurns,
  decodeProtobuf,
  encodeJson,
  encodeJsonInParts,
  encodeProtobuf,
  encodeUpTo,
  ownRequest,
} from "@tracecore/otlp";
import { turnsOf } from "@tracecore/testkit";
import { describe, expect, test } from "vitest";
import { cutRequest } from "../src/proto/cut-request.ts";
import { itemsOf } from "./items-of.ts";
import { mutate, random } from "./mutate.ts";
import { requestType } from "./otlp-proto.ts";

type Signal = Batch["signal"];

const attributes = (i: number): object[] => [{ key: `k${i % 3}`, value: { stringValue: `v${i}` } }];
const each = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));
const point = (i: number): object => ({ attributes: attributes(i), timeUnixNano: String(i + 1) });

/** Requests with something of everything, several of each kind. */
const requests: Readonly<Record<Signal, object>> = {
  metrics: {
    resourceMetrics: each(3, (r) => ({
      resource: { attributes: attributes(r) },
      schemaUrl: "https://example.test/r",
      scopeMetrics: each(2, (s) => ({
        scope: { name: `s${s}` },
        schemaUrl: "https://example.test/s",
        metrics: [
          {
            name: "g",
            unit: "1",
            description: "Says something.",
            gauge: {
              dataPoints: each(7, (i) => ({
                ...point(i),
                asInt: "9007199254740993",
                exemplars: [{ asDouble: i, filteredAttributes: attributes(i) }],
              })),
            },
          },
          {
            name: "s",
            sum: {
              aggregationTemporality: 2,
              isMonotonic: true,
              dataPoints: each(5, (i) => ({ ...point(i), asDouble: i })),
            },
          },
          {
            name: "h",
            histogram: {
              aggregationTemporality: 1,
              dataPoints: each(4, (i) => ({
                ...point(i),
                count: String(i),
                sum: i,
                bucketCounts: each(i + 1, String),
                explicitBounds: each(i, (b) => b + 0.5),
              })),
            },
          },
          {
            name: "e",
            exponentialHistogram: {
              aggregationTemporality: 2,
              dataPoints: each(4, (i) => ({
                ...point(i),
                count: String(i),
                scale: i,
                positive: { offset: i, bucketCounts: [String(i)] },
              })),
            },
          },
          {
            name: "q",
            summary: {
              dataPoints: each(4, (i) => ({ ...point(i), count: "1", quantileValues: [{ quantile: 0.5, value: i }] })),
            },
          },
          { name: "empty" },
        ],
      })),
    })),
  },
  logs: {
    resourceLogs: each(3, (r) => ({
      resource: { attributes: attributes(r) },
      scopeLogs: each(2, (s) => ({
        scope: { name: `s${s}` },
        logRecords: each(9, (i) => ({
          timeUnixNano: String(i + 1),
          body: { stringValue: `message ${i}` },
          attributes: attributes(i),
          severityNumber: i,
        })),
      })),
    })),
  },
  traces: {
    resourceSpans: each(3, (r) => ({
      resource: { attributes: attributes(r) },
      scopeSpans: each(2, (s) => ({
        scope: { name: `s${s}` },
        spans: each(9, (i) => ({
          name: `span ${i}`,
          attributes: attributes(i),
          events: each(i % 3, (e) => ({ name: `e${e}` })),
          status: { code: i % 3, message: `m${i}` },
        })),
      })),
    })),
  },
};

function encoded(signal: Signal, request: object = requests[signal]): Uint8Array {
  const type = requestType(signal);
  return type.encode(type.fromObject(request)).finish();
}

const partsOf = (signal: Signal, bytes: Uint8Array, most: number): Uint8Array[] =>
  [...cutRequest(signal, bytes, most)].filter((part) => part !== undefined);

const field = (tag: number, content: Uint8Array): Buffer => Buffer.concat([Buffer.of(tag, content.length), content]);

/** The same for long content. */
function framed(tag: number, content: Uint8Array): Buffer {
  const head = [tag];
  let rest = content.length;
  for (; rest >= 0x80; rest >>>= 7) head.push((rest & 0x7f) | 0x80);
  return Buffer.concat([Buffer.of(...head, rest), content]);
}

describe.each(["metrics", "logs", "traces"] as const)("a request of %s", (signal) => {
  const bytes = encoded(signal);
  const whole = decodeProtobuf(signal, bytes);

  test.each([1, 30, 100, 300, 1000, 1_000_000])("in parts of %i bytes is all of its items", (most) => {
    const parts = partsOf(signal, bytes, most).map((part) => decodeProtobuf(signal, part));
    // Fewer than items where the heads are larger than these.
    if (most === 1) expect(parts.length).toBeGreaterThan(whole.itemCount / 2);
    const [first, ...others] = parts;
    const joined = joinParts<Batch>([first!, ...others]);
    expect(joined.itemCount).toBe(whole.itemCount);
    expect(itemsOf(joined)).toEqual(itemsOf(whole));
    expect(itemsOf(decodeProtobuf(signal, encodeProtobuf(joined)))).toEqual(itemsOf(whole));
  });

  test("that is damaged and sound nevertheless is all of its items in its parts", () => {
    const next = random(3);
    let sound = 0;
    for (let i = 0; i < 1_500; i++) {
      const damaged = mutate(Buffer.from(bytes), next);
      let batch: Batch;
      try {
        batch = decodeProtobuf(signal, damaged);
      } catch {
        continue;
      }
      const parts = partsOf(signal, damaged, Math.floor(next() * 400));
      const together = parts.flatMap((part) => itemsOf(decodeProtobuf(signal, part)));
      expect(together.toSorted(), damaged.toString("base64")).toEqual(itemsOf(batch));
      sound++;
    }
    expect(sound).toBeGreaterThan(50);
  });

  test("in one part is itself", () => {
    expect(partsOf(signal, bytes, bytes.length)).toEqual([bytes]);
  });
});

test("what one piece of a metric says of its points holds for those in all of its parts", () => {
  const piece = (data: object): Uint8Array => {
    const type = requestType("metrics").root.lookupType("Sum");
    return type.encode(type.fromObject(data)).finish();
  };
  const metric = Buffer.concat([
    field(0x3a, piece({ dataPoints: [point(1), point(2)] })),
    field(0x0a, Buffer.from("m")),
    field(0x3a, piece({ dataPoints: [point(3)], aggregationTemporality: 2 })),
    field(0x3a, piece({ isMonotonic: true })),
  ]);
  const request = field(0x0a, field(0x12, field(0x12, metric)));
  const parts = partsOf("metrics", request, 1);
  expect(parts).toHaveLength(3);
  for (const part of parts) {
    expect(decodeProtobuf("metrics", part).numbers.series[0]!.family.descriptor).toMatchObject({
      name: "m",
      kind: "sum",
      temporality: "cumulative",
      monotonic: true,
    });
  }
});

describe("parts of a request whose resource is larger than its records", () => {
  const heads = 50_000;
  const request = encoded("logs", {
    resourceLogs: [
      {
        resource: { attributes: [{ key: "large", value: { stringValue: "x".repeat(heads) } }] },
        scopeLogs: [{ logRecords: each(5_000, (i) => ({ body: { stringValue: `message ${i}` } })) }],
      },
    ],
  });

  test("have a quarter of its length in records, and are five times the request together", () => {
    const parts = partsOf("logs", request, 1000);
    const sizes = parts.map(({ length }) => length - heads);
    expect(Math.max(...sizes)).toBeLessThan(heads / 4 + 200);
    expect(Math.max(...sizes)).toBeGreaterThan(heads / 4 - 200);
    expect(parts.reduce((sum, { length }) => sum + length, 0)).toBeLessThan(request.length * 5.1);
  });
});

test("kinds of a metric that are small have one part, however long its heads are", () => {
  const dataPoints = each(20, point);
  const small = { sum: { dataPoints }, histogram: { dataPoints }, summary: { dataPoints } };
  const data = (name: string, one: unknown): Uint8Array => {
    const type = requestType("metrics").root.lookupType("Metric");
    return type.encode(type.fromObject({ [name]: one })).finish();
  };
  const request = (gauges: number): Uint8Array => {
    const metric = Buffer.concat([
      ...Object.entries(small).map(([name, one]) => data(name, one)),
      data("gauge", { dataPoints: each(gauges, point) }),
      data("description", "x".repeat(100_000)),
      data("histogram", { aggregationTemporality: 2 }),
    ]);
    return framed(0x0a, framed(0x12, framed(0x12, metric)));
  };
  const one = request(20);
  const parts = partsOf("metrics", one, 64 * 1024);
  expect(parts).toHaveLength(1);
  expect(itemsOf(decodeProtobuf("metrics", parts[0]!))).toEqual(itemsOf(decodeProtobuf("metrics", one)));

  const many = request(5_000);
  const divided = partsOf("metrics", many, 64 * 1024).map((part) => decodeProtobuf("metrics", part));
  expect(
    divided.filter(({ numbers }) => numbers.length === 0 || numbers.series[0]!.descriptor.kind !== "gauge"),
  ).toHaveLength(1);
  expect(divided.flatMap(itemsOf).toSorted()).toEqual(itemsOf(decodeProtobuf("metrics", many)));
});

test("pauses where there is nothing to give for long", () => {
  const request = field(0x0a, Buffer.alloc(0)).toString("latin1").repeat(100_000);
  expect([...cutRequest("logs", Buffer.from(request, "latin1"))].filter((part) => part === undefined)).toHaveLength(24);
});

describe("a large batch", () => {
  const large = encoded("logs", {
    resourceLogs: [{ scopeLogs: [{ logRecords: each(20_000, (i) => ({ body: { stringValue: `message ${i}` } })) }] }],
  });

  test("is worked on in parts, and its parts are decoded once", async () => {
    const batch = decodeProtobuf("logs", large);
    const seen: Batch[] = [];
    await eachPart(batch, (part) => void seen.push(part));
    expect(seen.length).toBeGreaterThan(5);
    expect(seen.reduce((sum, { itemCount }) => sum + itemCount, 0)).toBe(20_000);
    const again: Batch[] = [];
    await eachPart(batch, (part) => void again.push(part));
    expect(again.every((part, i) => part === seen[i])).toBe(true);
  });

  test("has few items in a part, however short they are and whatever else is there", async () => {
    const many = (count: number): object => ({ logRecords: each(count, (i) => ({ severityNumber: (i % 20) + 1 })) });
    const request = encoded("logs", {
      resourceLogs: [
        { scopeLogs: [many(40_000), { logRecords: [{ body: { stringValue: "x".repeat(1_000_000) } }] }, many(30_000)] },
        ...each(20_000, () => ({ scopeLogs: [{ logRecords: [{ severityNumber: 1 }] }] })),
      ],
    });
    const batch = decodeProtobuf("logs", request);
    const sizes: number[] = [];
    const severities: number[] = [];
    await eachPart(batch, (part) => {
      sizes.push(part.itemCount);
      severities.push(...part.severityNumbers);
    });
    expect(Math.max(...sizes)).toBeLessThan(1_050);
    expect(sizes.length).toBeGreaterThan(90_000 / 5_000);
    expect(severities).toEqual([...batch.severityNumbers]);
  });

  test("knows long heads again by all of their bytes", async () => {
    const heads = ["a", "b", "a"].map((last) => `${"x".repeat(70_000)}${last}`);
    const request = encoded("metrics", {
      resourceMetrics: heads.map((text, r) => ({
        schemaUrl: `https://example.test/${r}`,
        resource: { attributes: [{ key: "long", value: { stringValue: text } }] },
        scopeMetrics: heads.map((name) => ({
          scope: { name },
          metrics: heads.map((description) => ({
            name: "m",
            description,
            gauge: { dataPoints: each(2_000, (i) => ({ asDouble: i })) },
          })),
        })),
      })),
    });
    const last = (text: string): string => text.at(-1)!;
    const seen: string[] = [];
    await eachPart(decodeProtobuf("metrics", request), ({ numbers }) => {
      for (const { resource, scope, descriptor } of numbers.series) {
        const of = `${resource.schemaUrl} ${last(resource.attributes.get("long") as string)}${last(scope.name)}${last(descriptor.description)}`;
        if (seen.at(-1) !== of) seen.push(of);
      }
    });
    const expected = heads.flatMap((resource, r) =>
      heads.flatMap((scope) =>
        heads.map((text) => `https://example.test/${r} ${last(resource)}${last(scope)}${last(text)}`),
      ),
    );
    expect(seen).toEqual(expected);
  });

  test("is itself where nothing changes, and keeps its bytes", async () => {
    const batch = decodeProtobuf("logs", large);
    const same = await mapParts(batch, (part) => part);
    expect(same).toBe(batch);
    expect(encodeProtobuf(same)).toBe(large);
  });

  test("is one batch of what its parts become", async () => {
    const batch = decodeProtobuf("logs", large);
    const half = await mapParts(batch, (part) => filterLogs(part, (row) => row % 2 === 0));
    expect(joinedParts(half)!.length).toBeGreaterThan(5);
    const records = [...logRecords(half)];
    expect(records).toHaveLength(half.itemCount);
    expect([...logRecords(ownRequest("logs", encodeProtobuf(half)))]).toEqual(records);
  });

  test("is encoded up to a limit", () => {
    const batch = decodeProtobuf("logs", large);
    const head = encodeUpTo(batch, 10_000);
    expect(head.length).toBeLessThanOrEqual(10_000);
    expect(head.length).toBeGreaterThan(9_000);
    const records = [...logRecords(decodeProtobuf("logs", head))];
    expect(records).toEqual([...logRecords(batch)].slice(0, records.length));
    expect(encodeUpTo(batch, large.length)).toBe(large);
    const small = ownRequest("logs", head);
    expect(encodeUpTo(joinParts([small, small]), head.length + 1)).toEqual(head);
    expect(encodeUpTo(joinParts([small, small]), head.length * 2).length).toBe(head.length * 2);
  });

  test("is one request in JSON", async () => {
    const batch = decodeProtobuf("logs", large);
    const records = [...logRecords(decodeJson("logs", (await encodeJsonInParts(batch)).toString()))];
    expect(records).toEqual([...logRecords(batch)]);
  });

  test("of which nothing is left is an empty batch", async () => {
    const none = await mapParts(decodeProtobuf("logs", large), (part) => filterLogs(part, () => false));
    expect(none.itemCount).toBe(0);
  });

  test("lets others have their turn between its parts", async () => {
    const turns = await turnsOf(() =>
      eachPart(decodeProtobuf("logs", large), () => {
        for (const until = performance.now() + 6; performance.now() < until;);
      }),
    );
    expect(turns).toBeGreaterThan(5);
  });

  test("lets others have their turn while it is checked, and while it is made of JSON", async () => {
    const limits = {
      items: 1e9,
      itemFields: 1e9,
      itemBytes: 1e9,
      headBytes: 1e9,
      exceeded: (limit: string) => new Error(limit),
    };
    const empty = Buffer.alloc(12 * 1024 * 1024, Buffer.of(0x0a, 0x00));
    expect(await turnsOf(() => decodeInTurns("logs", empty, limits))).toBeGreaterThan(3);
    const json = Buffer.from(encodeJson(decodeProtobuf("logs", large)));
    let batch: Logs | undefined;
    expect(await turnsOf(async () => (batch = await decodeJsonInTurns("logs", json, limits)))).toBeGreaterThan(3);
    expect([...logRecords(batch!)]).toEqual([...logRecords(decodeProtobuf("logs", large))]);
  });
});
