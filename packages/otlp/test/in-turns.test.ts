import { attributes, logRecords, mapResources, mapResourcesInTurns, resource, type Logs } from "@tracecore/core/pdata";
import {
  decodeProtobuf,
  encodeProtobuf,
  exportRequest,
  joinInTurns,
  mergeExportRequests,
  ownRequest,
  ownRequestInTurns,
  splitExportRequest,
} from "@tracecore/otlp";
import { turnsOf } from "@tracecore/testkit";
import { expect, test } from "vitest";
import { requestType } from "./otlp-proto.ts";

const RESOURCES = 30_000;
const type = requestType("logs");
const request = type
  .encode(
    type.fromObject({
      resourceLogs: Array.from({ length: RESOURCES }, (_, i) => ({
        resource: { attributes: [{ key: "pod", value: { stringValue: `pod-${i}` } }] },
        scopeLogs: [{ logRecords: [{ body: { stringValue: `message ${i}` } }, {}] }],
      })),
    }),
  )
  .finish();
const moved = (before: { readonly attributes: ReturnType<typeof attributes> }): ReturnType<typeof resource> =>
  resource(before.attributes.with({ cluster: "a" }));

test("resources are changed in turns of the event loop, to what they become at once", async () => {
  let batch: Logs | undefined;
  const turns = await turnsOf(async () => (batch = await mapResourcesInTurns(decodeProtobuf("logs", request), moved)));
  expect(turns).toBeGreaterThan(3);
  expect(encodeProtobuf(batch!)).toEqual(encodeProtobuf(mapResources(decodeProtobuf("logs", request), moved)));
  expect(batch!.resources[RESOURCES]!.attributes.toObject()).toEqual({ pod: `pod-${RESOURCES / 2}`, cluster: "a" });
});

test("a request that was made here is counted in turns of the event loop", async () => {
  const large = Buffer.concat(Array.from({ length: 20 }, () => request));
  let batch: Logs | undefined;
  expect(await turnsOf(async () => (batch = await ownRequestInTurns("logs", large)))).toBeGreaterThan(2);
  expect(batch!.itemCount).toBe(20 * 2 * RESOURCES);
  expect(encodeProtobuf(batch!)).toBe(large);
});

test("requests are put together in turns of the event loop, whatever their lengths are", async () => {
  const pieces = [0, 1, 3_000_000, 1024 * 1024, 0, 5, ...Array.from({ length: 30 }, () => 3_000_000)].map((length, i) =>
    Buffer.alloc(length, i + 1),
  );
  let joined: Uint8Array | undefined;
  expect(await turnsOf(async () => (joined = await joinInTurns(pieces)))).toBeGreaterThan(1);
  expect(Buffer.compare(joined!, Buffer.concat(pieces))).toBe(0);
  expect(await joinInTurns([])).toHaveLength(0);
});

test("export requests are merged and split without a loss, large and small", async () => {
  for (const bytes of [request, request.subarray(0, request[1]! + 2)]) {
    const one = exportRequest(ownRequest("logs", bytes));
    const merged = await mergeExportRequests([one, one, one]);
    expect(merged).toMatchObject({ items: one.items * 3, bytes: one.bytes * 3, compressed: undefined });
    expect(merged.body).toHaveLength(merged.bytes);
    const parts = await splitExportRequest(merged, 1_000, "items");
    expect(parts.reduce((sum, { items }) => sum + items, 0)).toBe(merged.items);
    expect(Math.max(...parts.map(({ items }) => items))).toBeLessThanOrEqual(1_000);
    const rows = parts.flatMap(({ body }) => Array.from(logRecords(decodeProtobuf("logs", body))));
    expect(rows).toEqual([...logRecords(decodeProtobuf("logs", merged.body))]);
  }
});
