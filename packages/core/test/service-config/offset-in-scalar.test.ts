import { formatProblem, loadBlock } from "@tracecore/core/service";
import { describe, expect, test } from "vitest";
import * as z from "zod";

/** Finds fault with the first `!` of a text. */
const schema = z.strictObject({
  text: z.string().superRefine((text, context) => {
    context.addIssue({ code: "custom", message: "this sign", params: { offset: text.indexOf("!") } });
  }),
});

function placeOf(yaml: string, env: Record<string, string> = {}): string[] {
  const sources = [{ file: "a.yaml", bytes: new TextEncoder().encode(yaml) }];
  return loadBlock(schema, { sources, env }).problems.map(formatProblem);
}

describe("a place in a text", () => {
  test.each([
    ["text: ab!c", "1:9"],
    ["text: 'it''s !c'", "1:14"],
    [String.raw`text: "a\"b\\ !c"`, "1:15"],
    ["text: ab\n  c\n  !d", "3:3"],
    ["text: |\n  one\n  tw!o", "3:5"],
    ["text: >-\n  one\n  two\n\n  th!ree", "5:5"],
    ["text: |-\n    a\n      b!", "3:8"],
    ["text: '!'", "1:8"],
  ])("of %j is %s", (yaml, place) => {
    expect(placeOf(yaml)).toEqual([`a.yaml:${place}: text: this sign. [config-invalid-value]`]);
  });

  test("is the start of the text where escapes or variables hide it", () => {
    expect(placeOf(String.raw`text: "\x41 !"`)).toEqual(["a.yaml:1:7: text: this sign. [config-invalid-value]"]);
    expect(placeOf("text: a ${env:X} !", { X: "long" })).toEqual([
      "a.yaml:1:7: text: this sign. [config-invalid-value]",
    ]);
  });
});
