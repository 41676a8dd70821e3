import { emptyResource, emptyScope, filterLogs, logs } from "@tracecore/core/pdata";
import { decodeProtobuf, encodeProtobuf } from "@tracecore/otlp";
import { expect, test } from "vitest";

const records = (count: number, bodySize: number): Uint8Array =>
  encodeProtobuf(
    logs(
      Array.from({ length: count }, () => ({
        resource: emptyResource,
        scope: emptyScope,
        body: "x".repeat(bodySize),
      })),
    ),
  );

// A queue counts the bytes of a request, and holds the memory that they lie in.
test.each([
  [1000, 5],
  [1000, 250],
  [10, 5],
  [7, 50_000],
])("a request of %i records with bodies of %i bytes holds at most twice its bytes", (count, bodySize) => {
  const request = records(count, bodySize);
  expect(request.buffer.byteLength).toBeLessThan(request.length * 2 + 1025);
  const kept = encodeProtobuf(filterLogs(decodeProtobuf("logs", request), (row) => row % 3 === 1));
  expect(kept.buffer.byteLength).toBeLessThan(kept.length * 1.2 + 1100);
});
