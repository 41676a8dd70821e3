import { WholeDouble, type AttributeValue } from "@tracecore/core/pdata";
import { expect, test } from "vitest";
import { hashOf, identityOf, isSameValue } from "../../src/pdata/value-identity.ts";

const bytes = (...of: number[]): Uint8Array => Uint8Array.from(of);

/** Pairs of values that are equal, whatever stands around them. */
const equal: [AttributeValue, AttributeValue][] = [
  [5, 5n],
  [Number.NaN, Number.NaN],
  [bytes(1, 2), bytes(1, 2)],
  [
    { a: 1, b: "x" },
    { b: "x", a: 1 },
  ],
  [
    [1, "x", null],
    [1n, "x", null],
  ],
  [bytes(...new Uint8Array(70_000)), new Uint8Array(70_000)],
  ["a\u{1f600}".repeat(40_000), "a\u{1f600}".repeat(40_000)],
];

/** Values that differ, though what they are made of is the same: a type, an order, or where a list ends. */
const different: AttributeValue[] = [
  null,
  true,
  false,
  0,
  "",
  [],
  {},
  bytes(),
  new WholeDouble(0),
  -0,
  "n",
  "t",
  "f",
  "i5;",
  "d5;",
  "d0;",
  "d-0;",
  "[]",
  "{}",
  "b0:",
  "s0:",
  5,
  new WholeDouble(5),
  5.5,
  "5.5",
  "d5.5;",
  2 ** 32,
  1,
  "\u0001",
  2n ** 60n,
  `i${2n ** 60n};`,
  ["t"],
  [true],
  ["a", ["b"]],
  ["a", "b"],
  [["a"], "b"],
  [["a", "b"]],
  { a: "b" },
  ["a", "b", "c"],
  { a: { b: 1 } },
  { a: { b: "1" } },
  bytes(1, 0),
  bytes(1),
  "\u0001\u0000",
  new Uint8Array(70_000),
  "\0".repeat(70_000),
];

test("equal values have one hash and one identity, also within lists and maps", () => {
  for (const [one, other] of equal) {
    for (const [a, b] of [[one, other] as const, [[one], [other]] as const, [{ in: one }, { in: other }] as const]) {
      expect([hashOf(a) === hashOf(b), isSameValue(a, b), identityOf(a) === identityOf(b)]).toEqual([true, true, true]);
    }
  }
});

test("values that differ have hashes of their own, so that nobody can make sets that all meet in one place", () => {
  expect(new Set(different.map(identityOf)).size).toBe(different.length);
  expect(new Set(different.map(hashOf)).size).toBe(different.length);
  for (const a of different)
    for (const b of different) expect(isSameValue(a, b) || isSameValue([a], [b])).toBe(Object.is(a, b));
});
