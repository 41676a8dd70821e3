import { patternOf, PatternError, type Match } from "../../src/pattern/pattern.ts";
import { linearSearch } from "../../src/pattern/linear-search.ts";
import { parsePattern } from "../../src/pattern/parse-pattern.ts";
import { stepsOf } from "../../src/pattern/program.ts";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

const spans = (matches: readonly Match[]): [number, number][] => matches.map(({ from, to }) => [from, to]);

/** What the search that follows all ways at once finds, whatever the pattern costs. */
function slowly(source: string, text: string): readonly number[] | undefined {
  return linearSearch(stepsOf(parsePattern(source).node, source), text, 0)?.slice(0, 2);
}

/** What the error says that `action` throws. */
function errorOf(action: () => unknown): unknown {
  try {
    return action();
  } catch (error) {
    const { message, offset, remedy } = error as PatternError;
    return { message, offset, remedy };
  }
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
    [
      ".*a|(?:q+)+q",
      "aé\na",
      [
        [0, 1],
        [3, 4],
      ],
    ],
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
    [String.raw`\0\12[\101]`, "\0\nA", [[0, 3]]],
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

  test.each<[string, number, string, string]>([
    ["(", 0, 'a "(" is not closed', "Write \\( for the character"],
    ["a)", 1, '")" without "("', "Write \\) for the character"],
    ["a[a", 1, 'a "[" is not closed', "Write \\[ for the character"],
    ["*a", 0, 'nothing to repeat before "*"', "Write \\* for the character"],
    ["a**", 2, "a repetition is repeated", "Write (?:…) around the first"],
    ["a{1001}", 1, "a repetition is not {1001}: from 0 to 1000, the smaller number first", ""],
    ["[z-a]", 2, "a range is out of order", ""],
    ["[[:nope:]]", 1, 'unknown class of characters "[:nope:]"', ""],
    ["a(?P<1>)", 1, "a group has no name that is one", "Write (?P<name>…)"],
    ["(?P<a>x)(?P<a>y)", 8, 'two groups have the name "a"', "Give one another name"],
    ["(?z)", 0, 'only (?:…), (?P<name>…) and flags such as (?i) can follow "(?"', ""],
    ["x\\p{Nope}", 1, 'unknown class of characters "Nope"', ""],
    ["\\y", 0, 'unknown escape "\\y"', "Write \\\\ for a backslash"],
    ["a\\u00e9", 1, '"\\u" is an escape of JavaScript', "Write the number of the character as in \\x{e9}"],
    ["a\\Z", 1, '"\\Z" is unknown', "The end of the text is \\z"],
    [
      "(?>a)",
      0,
      '"(?>" keeps what it took, which RE2 does not know',
      "Write (?:…): no text makes a pattern take long here",
    ],
    ...["(?=", "(?!", "(?<=", "(?<!"].map((sign): [string, number, string, string] => [
      `a${sign}a)`,
      1,
      `"${sign}" looks around, which RE2 does not`,
      "Match what stands around too, or leave things out by a rule of its own",
    ]),
    ...["\\1", "\\k<"].map((sign): [string, number, string, string] => [
      `(a)${sign}`,
      3,
      `"${sign}" refers back to a group, which RE2 does not`,
      "Write out what may stand there",
    ]),
    ["((a{1000}){1000}){1000}", 0, "more than 20000 steps", "Lower the counts in braces, or write * and +"],
    ["(".repeat(200), 100, "groups stand more than 100 deep in each other", ""],
  ])("refuses %s", (source, offset, message, remedy) => {
    const shown = source.length > 60 ? `${source.slice(0, 60)}…` : source;
    const whole = `expected a regular expression: ${message} in ${JSON.stringify(shown)}`;
    expect(errorOf(() => patternOf(source))).toEqual({ message: whole, offset, remedy });
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

  // Hours for a search that begins anew at each place and passes by all that follows.
  test.each(["[a-z]+@[a-z]+", "[a-z]+@|b", "(?:[a-z]+@)?b", "^.*[a-z]+@", "a(?:[^@]*@)?b", "(?:[a-z]+@){2}"])(
    "%s takes no long time with a text of many letters",
    (source) => {
      const text = "a".repeat(1_000_000);
      expect(patternOf(source).test(text)).toBe(false);
      expect(patternOf(source).matches(text)).toEqual([]);
    },
  );

  test("tells of texts that call for ever more states of its automaton whether it fits", () => {
    const pattern = patternOf("(?:a|b)*a(?:a|b|\\x{100}|[\\x{4e00}-\\x{9fff}]){12}c");
    const random = (i: number): string => "ab\u0100\u4e00"[Math.imul(i + 1, 0x9e37_79b1) >>> 30]!;
    const text = Array.from({ length: 50_000 }, (_, i) => random(i)).join("");
    expect(pattern.test(`${text}d`)).toBe(false);
    expect(pattern.test(`${text}a${"b".repeat(12)}c`)).toBe(true);
    expect(pattern.test(`${text}a${"b".repeat(12)}d${text}`)).toBe(false);
  });

  test("replaces each match by what is made of it", () => {
    const replaced = (source: string, text: string): string =>
      patternOf(source).replace(text, ({ groups }) => `<${groups.join()}>`);
    expect(replaced("a(b)?", "ab cab a")).toBe("<ab,b> c<ab,b> <a,>");
    expect(replaced("x*", "axb")).toBe("<>a<x>b<>");
    expect(replaced("q", "axb")).toBe("axb");
    expect(replaced("(?:a+)+$", `${"a".repeat(100_000)}b aaa`)).toBe(`${"a".repeat(100_000)}b <aaa>`);
  });

  test.each(["a(?:.*b)?", "(?:a+)+b|a"])(
    "finds all of %s in no long time, though each has to look at the whole rest",
    (source) => {
      expect(patternOf(source).matches("a".repeat(100_000))).toHaveLength(100_000);
    },
  );

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
        // Longer, and so again with another of its searches.
        const long = `${given}${"-".repeat(70)}`;
        expect(patternOf(source).test(long)).toBe(patternOf(source).matches(long).length > 0);
        expect(patternOf(`(?:q+)+q|${source}`).test(given)).toBe(first !== undefined);
        // What is added fits nothing here, and is so expensive that all ways are followed at once.
        const spansSlowly = spans(patternOf(`${source}|(?:q+)+q`).matches(given));
        expect(spansSlowly).toEqual(spans(patternOf(source).matches(given)));
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
          expect(error).toBeInstanceOf(PatternError);
          const { message, offset } = error as PatternError;
          expect(message).toMatch(/^expected a regular expression: /);
          expect(parts.join("").length).toBeGreaterThanOrEqual(offset);
        }
      }),
      { numRuns: 5000 },
    );
  });
});
