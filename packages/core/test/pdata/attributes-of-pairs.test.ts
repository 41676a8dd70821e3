import { attributes, attributesOfPairs, type AttributeValue } from "@tracecore/core/pdata";
import fc from "fast-check";
import { expect, test } from "vitest";

const key = fc.constantFrom("a", "b", "hw.id", "__proto__", "constructor", "", "1", "ä", "aa");
const value: fc.Arbitrary<AttributeValue> = fc.oneof(
  fc.string({ maxLength: 3 }),
  fc.constantFrom(0, -0, 1, 0.5, Number.NaN, true, null, 1n << 60n),
  fc.uint8Array({ maxLength: 2 }),
  fc.array(fc.constantFrom("x", 1), { maxLength: 2 }),
);

test("is the same set as one written as an object, in whatever order the pairs come; of a key that comes twice the last holds", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(key, value), { maxLength: 6 }), (pairs) => {
      const set = attributesOfPairs(
        pairs.map(([name]) => name),
        pairs.map(([, one]) => one),
      );
      expect(set).toBe(attributes(Object.fromEntries(pairs)));
    }),
    { numRuns: 5_000 },
  );
});

test("knows keys again that came before many others", () => {
  const first = attributesOfPairs(["b", "a"], [1, 2]);
  for (let i = 0; i < 100; i++) attributesOfPairs([`k${i}`, "a"], [i, 2]);
  expect(attributesOfPairs(["b", "a"], [1, 2])).toBe(first);
  expect(first.toObject()).toEqual({ a: 2, b: 1 });
});
