import { gzipSync } from "node:zlib";
import { discard, type Consumer } from "@tracecore/core";
import { eachPart, type Logs } from "@tracecore/core/pdata";
import { decodeJson, decodeStatus, encodeProtobuf } from "@tracecore/otlp";
import { describe, expect, test } from "vitest";
import { logRequest, receiving } from "./receiving.ts";

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
      { code: 8, message: "the request has more items than max_request_items, which is 3" },
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
      "the request has more items than max_request_items, which is 500000",
    );
  });
});

describe("the fields of one item", () => {
  /** A record that has so many fields: four for an attribute. */
  const record = (fields: number): object => ({
    attributes: Array.from({ length: fields / 4 }, (_, i) => ({ key: `k${i}`, value: { stringValue: "" } })),
  });
  const json = (fields: number): Buffer =>
    Buffer.from(JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords: [record(fields)] }] }] }));
  const protobuf = (fields: number): Uint8Array => encodeProtobuf(decodeJson("logs", json(fields).toString()));
  const message = "an item, resource or scope has more fields than max_item_fields, which is 4000";

  test("are bounded over HTTP, in JSON and in protobuf", async () => {
    await using rig = await receiving({ more: ", max_item_fields: 4000" });
    const post = (type: string, body: Uint8Array): Promise<Response> =>
      fetch(`${rig.http}/v1/logs`, { method: "POST", headers: { "content-type": type }, body: body as never });
    expect((await post("application/json", json(3_996))).status).toBe(200);
    expect((await post("application/x-protobuf", protobuf(4_000))).status).toBe(200);
    const refused = await post("application/json", json(4_004));
    expect([refused.status, await refused.json()]).toEqual([413, { code: 8, message }]);
    expect((await post("application/x-protobuf", protobuf(4_004))).status).toBe(413);
    expect(rig.receiver.logRecords).toHaveLength(2);
  });
});

describe("the bytes of one item", () => {
  const post = (rig: { readonly http: string }, type: string, body: Uint8Array): Promise<Response> =>
    fetch(`${rig.http}/v1/logs`, { method: "POST", headers: { "content-type": type }, body: body as never });
  const both = async (rig: { readonly http: string }, request: object): Promise<[number, string]> => {
    const json = JSON.stringify(request);
    const refused = await post(rig, "application/json", Buffer.from(json));
    const status = (await post(rig, "application/x-protobuf", encodeProtobuf(decodeJson("logs", json)))).status;
    expect(status).toBe(refused.status);
    return [status, await refused.text()];
  };

  test("are 4 MiB, and those of a resource 256 KiB, unless the config says otherwise", async () => {
    await using rig = await receiving();
    const record = (bytes: number): object => ({
      resourceLogs: [{ scopeLogs: [{ logRecords: [{ body: { stringValue: "x".repeat(bytes) } }] }] }],
    });
    const resource = (bytes: number): object => ({
      resourceLogs: [
        {
          resource: { attributes: [{ key: "a", value: { stringValue: "x".repeat(bytes) } }] },
          scopeLogs: [{ logRecords: [{}] }],
        },
      ],
    });
    expect((await both(rig, record(4 * 2 ** 20 - 20)))[0]).toBe(200);
    expect((await both(rig, resource(256 * 2 ** 10 - 60)))[0]).toBe(200);
    expect(rig.receiver.logRecords).toHaveLength(4);
    expect(await both(rig, record(4 * 2 ** 20))).toEqual([
      413,
      `{"code":8,"message":"a record, span or point has more bytes than max_item_size, which is 4194304 bytes"}`,
    ]);
    expect(await both(rig, resource(256 * 2 ** 10))).toEqual([
      413,
      `{"code":8,"message":"a resource, scope or metric has more bytes than max_resource_size, which is 262144 bytes"}`,
    ]);
    await using wide = await receiving({ more: ", max_item_size: 8MiB, max_resource_size: 1MiB" });
    expect((await both(wide, record(4 * 2 ** 20)))[0]).toBe(200);
    expect((await both(wide, resource(256 * 2 ** 10)))[0]).toBe(200);
  });
});

test("a small request passes while a large one is worked on, which arrives as one batch", async () => {
  const logRecords = Array.from({ length: 100_000 }, (_, i) => ({ body: { stringValue: `message ${i}` } }));
  const large = encodeProtobuf(decodeJson("logs", JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] })));
  const arrived: number[] = [];
  let small: Promise<Response> | undefined;
  // Reads every part, as a processor does; once it has begun, somebody else sends something.
  const reading: Consumer<Logs> = {
    async consume(batch) {
      await eachPart(batch, (part) => {
        if (batch.itemCount > 2) small ??= post(logRequest(2));
        expect(part.bodies.every((body) => typeof body === "string")).toBe(true);
      });
      arrived.push(batch.itemCount);
    },
  };
  await using rig = await receiving({}, { next: { metrics: discard, logs: reading, traces: discard } });
  const post = (body: Uint8Array): Promise<Response> =>
    fetch(`${rig.http}/v1/logs`, {
      method: "POST",
      headers: { "content-type": "application/x-protobuf" },
      body: body as never,
    });
  expect((await post(large)).status).toBe(200);
  expect((await small!).status).toBe(200);
  expect(arrived).toEqual([2, 100_000]);
});

/** A field of bytes with a length. */
function framed(tag: number, body: Uint8Array): Uint8Array {
  const head = [tag];
  let rest = body.length;
  for (; rest >= 0x80; rest >>>= 7) head.push((rest & 0x7f) | 0x80);
  return Buffer.concat([Buffer.from([...head, rest]), body]);
}
