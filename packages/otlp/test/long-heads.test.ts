import { decodeProtobuf } from "@tracecore/otlp";
import { expect, test } from "vitest";
import { cutRequest } from "../src/proto/cut-request.ts";
import { itemsOf } from "./items-of.ts";
import { requestType } from "./otlp-proto.ts";

const type = requestType("metrics");
const each = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));

test("parts have no more than ten times the bytes of a request in which short and long take turns under long heads", () => {
  const long = { attributes: each(2_000, (i) => ({ key: `k${i}`, value: { stringValue: "x".repeat(23) } })) };
  const gauge = (count: number): object => ({ gauge: { dataPoints: each(count, () => long) } });
  const request = type
    .encode(
      type.fromObject({
        resourceMetrics: [
          {
            resource: { attributes: [{ key: "large", value: { stringValue: "x".repeat(260_000) } }] },
            scopeMetrics: each(40, (i) => ({
              metrics: i % 2 === 0 ? [{ name: "m" }] : [{ name: "a" }, { name: "b", ...gauge(1) }, { name: "c" }],
            })),
          },
        ],
      }),
    )
    .finish();
  const parts = [...cutRequest("metrics", request)].filter((part) => part !== undefined);
  expect(parts.reduce((sum, { length }) => sum + length, 0)).toBeLessThan(request.length * 10);
  expect(parts.flatMap((part) => itemsOf(decodeProtobuf("metrics", part)))).toEqual(
    itemsOf(decodeProtobuf("metrics", request)),
  );
});
