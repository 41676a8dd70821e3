import { jsonPieces, type Json } from "@tracecore/core";
import fc from "fast-check";
import { expect, test } from "vitest";

const PIECE = 256 * 1024;
/** A control character is six of JSON. */
const LONGEST = 6 * PIECE + 2;

test("JSON in pieces is what JSON.stringify writes", () => {
  const tree = fc.letrec<{ node: Json }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 5 },
      fc.string({ unit: "binary" }),
      // Long alone, or together with its neighbours; of characters that a cut may halve.
      fc
        .tuple(fc.constantFrom("a", "\u0001", "\u{1f600}", "x\u{1f600}"), fc.integer({ min: 1, max: PIECE }))
        .map(([text, times]) => text.repeat(times)),
      fc.constantFrom(null, undefined, true, 0, -0, 1.5, NaN),
      fc.array(tie("node"), { maxLength: 6 }),
      fc.dictionary(fc.string({ unit: "binary" }), tie("node"), { maxKeys: 6 }),
    ),
  })).node;
  fc.assert(
    fc.property(tree, (node) => {
      fc.pre(node !== undefined);
      const pieces = [...jsonPieces(node)];
      expect(pieces.join("") === JSON.stringify(node)).toBe(true);
      expect(pieces.every(({ length }) => length <= LONGEST)).toBe(true);
    }),
    { numRuns: 100 },
  );
});

test.each<[string, Json]>([
  ["one text", "\u0001".repeat(16 * PIECE)],
  ["many texts", Array.from({ length: 17 }, () => "\u0001".repeat(PIECE - 1000))],
  ["thousands of texts", { values: Array.from({ length: 30_000 }, () => ({ text: "\u0001".repeat(100) })) }],
  ["members", Object.fromEntries(Array.from({ length: 30_000 }, (_, i) => [`key ${i}`, "\u0001".repeat(100)]))],
  ["a key", { ["\u0001".repeat(16 * PIECE)]: [undefined, 1] }],
])("JSON of megabytes in %s has places to pause", (_, tree) => {
  const pieces = [...jsonPieces(tree)];
  expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThan(2 * LONGEST);
  expect(pieces.join("") === JSON.stringify(tree)).toBe(true);
});
