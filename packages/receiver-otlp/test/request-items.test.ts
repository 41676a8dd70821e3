import { gzipSync } from "node:zlib";
import { decodeStatus } from "@tracecore/otlp";
import { describe, expect, test } from "vitest";
import { receiving } from "./receiving.ts";

/** A list of so many empty objects. */
const empty = (count: number): object[] => Array.from({ length: count }, () => ({}));

const requests: readonly [string, (count: number) => object][] = [
  ["logs", (count) => ({ resourceLogs: [{ scopeLogs: [{ logRecords: empty(count) }] }] })],
  ["traces", (count) => ({ resourceSpans: [{ scopeSpans: [{ spans: empty(count - 1) }, { spans: empty(1) }] }] })],
  [
    "metrics",
    (count) => ({
      resourceMetrics: [
        { scopeMetrics: [{ metrics: [{ name: "a", gauge: { dataPoints: empty(1) } }] }] },
        { scopeMetrics: [{ metrics: [{ name: "b", summary: { dataPoints: empty(count - 1) } }, { name: "c" }] }] },
      ],
    }),
  ],
];

describe("the number of items of a request", () => {
  test.each(requests)("is bounded in JSON, %s", async (signal, request) => {
    await using rig = await receiving({ more: ", max_request_items: 3" });
    const post = (count: number): Promise<Response> =>
      fetch(`${rig.http}/v1/${signal}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(request(count)),
      });
    expect((await post(3)).status).toBe(200);
    const refused = await post(4);
    expect([refused.status, await refused.json()]).toEqual([
      413,
      { code: 8, message: "the request has 4 items, and max_request_items is 3" },
    ]);
  });

  test("is bounded in protobuf, also where a few bytes of gzip hold millions of empty records", async () => {
    await using rig = await receiving();
    const post = (body: Uint8Array): Promise<Response> =>
      fetch(`${rig.http}/v1/logs`, {
        method: "POST",
        headers: { "content-type": "application/x-protobuf", "content-encoding": "gzip" },
        body: gzipSync(body) as never,
      });
    // A record is two bytes: its tag, and that it is empty.
    const records = (count: number): Uint8Array => {
      const list = Buffer.alloc(count * 2);
      for (let i = 0; i < count; i++) list[i * 2] = 0x12;
      return framed(0x0a, framed(0x12, list));
    };
    expect((await post(records(500_000))).status).toBe(200);
    const refused = await post(records(500_001));
    expect(refused.status).toBe(413);
    expect(refused.headers.get("retry-after")).toBeNull();
    expect(decodeStatus(new Uint8Array(await refused.arrayBuffer())).message).toBe(
      "the request has 500001 items, and max_request_items is 500000",
    );
  });
});

/** A field of bytes with a length. */
function framed(tag: number, body: Uint8Array): Uint8Array {
  const head = [tag];
  let rest = body.length;
  for (; rest >= 0x80; rest >>>= 7) head.push((rest & 0x7f) | 0x80);
  return Buffer.concat([Buffer.from([...head, rest]), body]);
}
