import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { NUMBER_WIDTH, numberText, writeNumber } from "../src/number-text.ts";

describe("numbers", () => {
  test("any double is written as its shortest text", () => {
    fc.assert(
      fc.property(fc.double(), (value) => {
        expect(written(value)).toBe(numberText(value));
      }),
      { numRuns: 5000 },
    );
  });

  test("whole numbers and short decimals are written as their shortest text", () => {
    const short = fc
      .tuple(fc.maxSafeInteger(), fc.integer({ min: 0, max: 9 }))
      .map(([digits, decimals]) => digits / 10 ** decimals);
    fc.assert(
      fc.property(fc.oneof(fc.maxSafeInteger(), short), (value) => {
        expect(written(value)).toBe(numberText(value));
      }),
      { numRuns: 5000 },
    );
  });

  test.each([
    [0, "0"],
    [-0, "-0"],
    [Number.NaN, "NaN"],
    [Number.POSITIVE_INFINITY, "+Inf"],
    [Number.NEGATIVE_INFINITY, "-Inf"],
    [2 ** 31, "2147483648"],
    [-(2 ** 31), "-2147483648"],
    [2 ** 53, "9007199254740992"],
    [0.1 + 0.2, "0.30000000000000004"],
    [-2.2250738585072014e-308, "-2.2250738585072014e-308"],
    [1e21, "1e+21"],
  ])("%d is written %s", (value, expected) => {
    expect(written(value)).toBe(expected);
  });
});

function written(value: number): string {
  const bytes = new Uint8Array(NUMBER_WIDTH);
  return Buffer.from(bytes.subarray(writeNumber(bytes, NUMBER_WIDTH, value))).toString("latin1");
}
