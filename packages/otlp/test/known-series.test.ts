import { decodeProtobuf } from "@tracecore/otlp";
import { expect, test } from "vitest";
import { requestType } from "./otlp-proto.ts";

/** Attribute sets of which one begins like another, as bytes too; the last is too long to be remembered. */
const sets: readonly (readonly [string, string][])[] = [
  [],
  [["a", "1"]],
  [
    ["a", "1"],
    ["b", "2"],
  ],
  [
    ["a", "1"],
    ["b", "2"],
    ["c", "\0\0\0\0\0\0\0\0"],
  ],
  [
    ["a", "1"],
    ["b", "2"],
    ["c", "\0\0\0\0\0\0\0\u007f"],
  ],
  [["b", "2"]],
  [["long", "x".repeat(5000)]],
];

test("each point has its own attributes, whatever came before it and in which order", () => {
  const type = requestType("metrics");
  let seed = 7;
  const below = (end: number): number => ((seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0) % 65_521) % end;
  for (let request = 0; request < 500; request++) {
    const chosen = Array.from({ length: below(12) }, () => below(sets.length));
    const dataPoints = chosen.map((at) => ({
      asDouble: 1,
      timeUnixNano: 5,
      attributes: sets[at]!.map(([key, stringValue]) => ({ key, value: { stringValue } })),
    }));
    const metrics = [{ name: `m${below(2)}`, gauge: { dataPoints } }];
    const bytes = type.encode(type.fromObject({ resourceMetrics: [{ scopeMetrics: [{ metrics }] }] })).finish();
    const { series } = decodeProtobuf("metrics", bytes).numbers;
    expect(series.map(({ attributes }) => Array.from(attributes))).toEqual(chosen.map((at) => sets[at]));
  }
});

test("each point has its own scope, of however many a resource has", () => {
  const type = requestType("metrics");
  const scopeMetrics = Array.from({ length: 600 }, (_, i) => ({
    scope: { name: `scope-${i}` },
    metrics: [{ name: "m", gauge: { dataPoints: [{ asDouble: i }] } }],
  }));
  const resource = { attributes: [{ key: "host", value: { stringValue: "of-many-scopes" } }] };
  const bytes = type.encode(type.fromObject({ resourceMetrics: [{ resource, scopeMetrics }] })).finish();
  for (let request = 0; request < 3; request++) {
    const { series, values } = decodeProtobuf("metrics", bytes).numbers;
    expect(series.map(({ scope }) => scope.name)).toEqual(scopeMetrics.map(({ scope }) => scope.name));
    expect(Array.from(values)).toEqual(scopeMetrics.map((_, i) => i));
  }
});
