import { patternOf, type Match } from "../src/pattern/pattern.ts";
import { linearSearch } from "../src/pattern/linear-search.ts";
import { parsePattern } from "../src/pattern/parse-pattern.ts";
import { stepsOf } from "../src/pattern/program.ts";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

const spans = (matches: readonly Match[]): [number, number][] => matches.map(({ from, to }) => [from, to]);

/** What the search that follows all ways at once finds, whatever the pattern costs. */
function slowly(source: string, text: string): readonly number[] | undefined {
  return linearSearch(stepsOf(parsePattern(source).node), text, 0, false)?.slice(0, 2);
}

describe("patterns", () => {
  test.each([
    ["a+", "baab", [[1, 3]]],
    [
      "a+?",
      "baab",
      [
        [1, 2],
        [2, 3],
      ],
    ],
    [
      "(?U)a+",
      "aa",
      [
        [0, 1],
        [1, 2],
      ],
    ],
    [
      "^b|b$",
      "bab",
      [
        [0, 1],
        [2, 3],
      ],
    ],
    [
      "(?m)^a$",
      "a\nb\na",
      [
        [0, 1],
        [4, 5],
      ],
    ],
    ["a.c", "a\nc a\rc", [[4, 7]]],
    ["(?s)a.c", "a\nc", [[0, 3]]],
    ["(?i)straSSe", "STRASSE", [[0, 7]]],
    ["a(?i)b(?-i)c", "aBc aBC", [[0, 3]]],
    ["(?i:a)b", "Ab AB", [[0, 2]]],
    ["[[:alpha:]_]+", "ab_1é", [[0, 3]]],
    ["[^[:^digit:]]", "a1", [[1, 2]]],
    [String.raw`\pL+`, "éa1", [[0, 2]]],
    [String.raw`\p{Greek}`, "aα", [[1, 2]]],
    [String.raw`\P{Lu}`, "Aa", [[1, 2]]],
    [String.raw`\d\D\w\W\s\S`, "1a_- x", [[0, 6]]],
    [String.raw`\Qa.b*\E+`, "a.b**", [[0, 5]]],
    [String.raw`\x41\x{1F600}\.\-`, "A😀.-", [[0, 5]]],
    [
      String.raw`\Aa|a\z`,
      "aaa",
      [
        [0, 1],
        [2, 3],
      ],
    ],
    [String.raw`\bfoo\b`, "foo foobar", [[0, 3]]],
    [String.raw`[]a]+[a\]-]`, "]a-", [[0, 3]]],
    [
      "a{2,3}",
      "aaaaa",
      [
        [0, 3],
        [3, 5],
      ],
    ],
    ["a{,2}", "a{,2}", [[0, 5]]],
    [
      "x*",
      "ab",
      [
        [0, 0],
        [1, 1],
        [2, 2],
      ],
    ],
    [".", "😀", [[0, 2]]],
  ])("%s in %j", (source, text, found) => {
    expect(spans(patternOf(source).matches(text))).toEqual(found);
    if (found[0] !== undefined && found.length === 1) expect(slowly(source, text)).toEqual(found[0]);
  });

  test.each([
    ["(", 'a "(" is not closed in "("'],
    ["a)", '")" without "(" in "a)"'],
    ["[a", 'a "[" is not closed in "[a"'],
    ["*a", 'nothing to repeat before "*" in "*a"'],
    ["a**", 'a repetition is repeated in "a**"'],
    ["a{1001}", 'a repetition is not {1001}: from 0 to 1000, the smaller number first in "a{1001}"'],
    ["[z-a]", 'a range is out of order in "[z-a]"'],
    ["(?=a)", 'only (?:…), (?P<name>…) and flags such as (?i) can follow "(?" in "(?=a)"'],
    [String.raw`(a)\1`, String.raw`unknown escape "\1" in "(a)\\1"`],
    [String.raw`\p{Nope}`, String.raw`unknown class of characters "Nope" in "\\p{Nope}"`],
    ["(?P<a>x)(?P<a>y)", 'two groups have the name "a" in "(?P<a>x)(?P<a>y)"'],
  ])("refuses %s", (source, message) => {
    expect(() => patternOf(source)).toThrow(`expected a regular expression: ${message}`);
  });

  test("refuses what would be too large, and what is too deep", () => {
    expect(() => patternOf("((a{1000}){1000}){1000}")).toThrow("the pattern has more than 20000 steps");
    expect(() => patternOf("(".repeat(200) + ")".repeat(200))).toThrow("groups stand more than 100 deep in each other");
  });

  // Each would take a backtracking search longer than the age of the universe.
  test.each([
    "^(a+)+$",
    "^(a|aa)+$",
    "(?i)^(a|a?)+$",
    "^(a?){40}a{40}$",
    `^${"a?".repeat(40)}${"a".repeat(40)}$`,
    "(.*)(.*)(.*)(.*)(.*)x",
  ])("%s takes no long time with any text", (source) => {
    const pattern = patternOf(source);
    const text = `${"a".repeat(39)}${"b".repeat(200)}`;
    expect(pattern.test(text)).toBe(false);
    expect(pattern.exec(text)).toBeUndefined();
  });

  test("has groups, by number and by name", () => {
    const [short, long] = ["a=1 b=2", `${"x ".repeat(5000)}a=1`].map((text) =>
      patternOf("(?P<key>\\w+)=(\\d)?(z)?").exec(text),
    );
    for (const match of [short, long]) {
      expect(match?.groups).toEqual(["a=1", "a", "1", undefined]);
      expect(match?.names.get("key")).toBe("a");
    }
  });

  test("finds the same with both of its searches", () => {
    const piece = fc.constantFrom("a", "b", "[ab]", ".", "^", "$", "\\b", "(?i:B)", "[^a]", "é", "\\w");
    const suffix = fc.constantFrom("", "", "*", "+", "?", "*?", "+?", "{1,2}");
    const pattern = fc.letrec((tie) => ({
      atom: fc.oneof(
        { depthSize: "small" },
        piece,
        fc.tuple(tie("atom"), tie("atom")).map(([a, b]) => `(?:${String(a)}|${String(b)})`),
        fc
          .tuple(
            piece.filter((one) => !"^$\\b".includes(one)),
            suffix,
          )
          .map((both) => both.join("")),
        fc.tuple(tie("atom"), tie("atom")).map((both) => both.join("")),
      ),
    })).atom;
    const text = fc.string({ unit: fc.constantFrom("a", "b", "B", "é", " ", "\n"), maxLength: 12 });
    fc.assert(
      fc.property(pattern, text, (source, given) => {
        const [first] = patternOf(source).matches(given);
        const quick = first === undefined ? undefined : [first.from, first.to];
        expect(slowly(source, given)).toEqual(quick);
        expect(patternOf(source).test(given)).toBe(first !== undefined);
      }),
      { numRuns: 3000 },
    );
  });

  test("throws nothing but a SyntaxError, whatever the pattern", () => {
    const pieces = fc.array(fc.constantFrom(...Array.from("()[]{}*+?|^$.\\-,:!=<>Pa1i\né😀pQEzx")), { maxLength: 12 });
    fc.assert(
      fc.property(pieces, (parts) => {
        try {
          patternOf(parts.join(""));
        } catch (error) {
          expect(error).toBeInstanceOf(SyntaxError);
          expect((error as Error).message).toMatch(/^(?:expected a regular expression: |the pattern has more)/);
        }
      }),
      { numRuns: 5000 },
    );
  });
});
