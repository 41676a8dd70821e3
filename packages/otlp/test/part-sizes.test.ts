import { eachPart } from "@tracecore/core/pdata";
import { decodeProtobuf } from "@tracecore/otlp";
import { expect, test } from "vitest";
import { requestType } from "./otlp-proto.ts";

const COUNT = 5_000;
const each = <T>(make: (text: string) => T): T[] =>
  Array.from({ length: COUNT }, (_, i) => make(`something that is known by number ${i}`));
const metric = (name: string): object => ({ name, gauge: { dataPoints: [{ asDouble: 1 }] } });

test.each([
  ["metric", 250, [{ scopeMetrics: [{ metrics: each(metric) }] }]],
  [
    "resource",
    150,
    each((value) => ({
      resource: { attributes: [{ key: "host", value: { stringValue: value } }] },
      scopeMetrics: [{ metrics: [metric("m")] }],
    })),
  ],
])("a part holds fewer items where each has a %s of its own", async (_, most, resourceMetrics) => {
  const type = requestType("metrics");
  const sizes: number[] = [];
  await eachPart(decodeProtobuf("metrics", type.encode(type.fromObject({ resourceMetrics })).finish()), (part) => {
    sizes.push(part.itemCount);
  });
  expect(Math.max(...sizes)).toBeLessThanOrEqual(most);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(COUNT);
});
