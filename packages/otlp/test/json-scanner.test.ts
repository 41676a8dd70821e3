import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { expect, test } from "vitest";
import { CutList, JsonBytes } from "../src/json/cut-json.ts";
import { JsonCutter } from "../src/json/json-cutter.ts";
import { jsonPaths, type JsonKind, type JsonPath } from "../src/json/json-path.ts";
import { JsonScanner } from "../src/json/json-scanner.ts";
import { parseText } from "../src/json/parse-text.ts";

/** How many texts each test tries; `FUZZ_INPUTS=1000000` for a long run. */
const RUNS = Number(process.env["FUZZ_INPUTS"] ?? 5000);

/** What a text says that was cut into pieces; undefined when it is no JSON. */
function cut(bytes: Uint8Array, path: JsonPath, piece: number, stretch: number): { value: unknown } | undefined {
  const source = new JsonBytes(bytes);
  const cutter = new JsonCutter(source, path, piece);
  const scanner = new JsonScanner(bytes, cutter);
  try {
    while (scanner.scan(stretch));
  } catch {
    return undefined;
  }
  source.hasLongIntegers = scanner.hasLongIntegers;
  return { value: joined(cutter.result()) };
}

/** A value with its lists in one piece again. */
function joined(value: unknown): unknown {
  if (value instanceof CutList) {
    const all = [...value.runs()].flatMap(({ elements }) => elements).map(joined);
    expect(all.length).toBe(value.length);
    return all;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, joined(member)]));
}

function parsed(bytes: Uint8Array): { value: unknown } | undefined {
  try {
    return { value: parseText(Buffer.from(bytes).toString()) };
  } catch {
    return undefined;
  }
}

/** What a decoder can see of a value: members that it knows, and of what is of the wrong kind only that. */
function seen(value: unknown, path: JsonPath): unknown {
  const [here, ...below] = path;
  if (here === undefined || value === null) return value;
  if (here === "list") return kindOf(value) === "list" ? (value as unknown[]).map((one) => seen(one, below)) : "wrong";
  if (kindOf(value) !== "object") return "wrong";
  const members = value as Record<string, unknown>;
  const found: [string, unknown][] = [];
  for (const [name, kind] of Object.entries(here.kept)) {
    const own = Object.hasOwn(members, name) ? members[name] : null;
    found.push([name, own === null || kindOf(own) === kind ? own : "wrong"]);
  }
  for (const name of here.next) if (Object.hasOwn(members, name)) found.push([name, seen(members[name], below)]);
  return found;
}

function kindOf(value: unknown): JsonKind | undefined {
  if (Array.isArray(value)) return "list";
  if (typeof value === "symbol") return undefined;
  return typeof value === "object" && value !== null ? "object" : "scalar";
}

const blank = fc.constantFrom("", "", "", " ", "\n\t", "\r  ");
const scalar = fc.oneof(
  fc.constantFrom(
    "null",
    "true",
    "false",
    "0",
    "-0",
    "1e5",
    "-12.50E-3",
    "1700000000123456789",
    "-9007199254740993",
    "[]",
    "{}",
  ),
  fc.string({ unit: "grapheme", maxLength: 6 }).map((text) => JSON.stringify(text)),
  fc.constantFrom('"\\u00e9\\ud800\\/\\b"', '"[{\\"]}"', '"\\\\"', '"timeUnixNano"'),
);
/** A name with an escape, or without. Long integers are found by names as they are: a double would have to do for the others. */
const spelled = (name: string): fc.Arbitrary<string> =>
  fc.nat(name.length * 3).map((i) => {
    if (i >= name.length || /count|asint|time/i.test(name)) return `"${name}"`;
    return `"${name.slice(0, i)}\\u${name.charCodeAt(i).toString(16).padStart(4, "0")}${name.slice(i + 1)}"`;
  });
const within = (open: string, all: readonly string[], close: string, space: string): string =>
  `${space}${open}${space}${all.join(`${space},${space}`)}${space}${close}${space}`;
const { any } = fc.letrec<{ any: string }>((tie) => {
  const member = fc.tuple(fc.constantFrom('"a"', '"timeUnixNano"', '"resource"', '"__proto__"', '""'), tie("any"));
  return {
    any: fc.oneof(
      { maxDepth: 3 },
      scalar,
      fc.tuple(fc.array(tie("any"), { maxLength: 3 }), blank).map(([all, space]) => within("[", all, "]", space)),
      fc.tuple(fc.array(member, { maxLength: 3 }), blank).map(([all, space]) =>
        within(
          "{",
          all.map((pair) => pair.join(`${space}:`)),
          "}",
          space,
        ),
      ),
    ),
  };
});

/** A text on a path: mostly lists and objects as they should be, with other things among them. */
function along(path: JsonPath): fc.Arbitrary<string> {
  const [here, ...below] = path;
  if (here === undefined) return any;
  const next = along(below);
  const items = { maxLength: below.length < 3 ? 5 : 3 };
  const own =
    here === "list"
      ? fc.tuple(fc.array(next, items), blank).map(([all, space]) => within("[", all, "]", space))
      : fc
          .tuple(
            fc.array(
              fc.oneof(
                ...here.next.map((name) => ({
                  arbitrary: fc.tuple(spelled(name), next),
                  weight: 2,
                })),
                ...Object.keys(here.kept).map((name) => ({ arbitrary: fc.tuple(spelled(name), any), weight: 1 })),
                { arbitrary: fc.tuple(fc.constantFrom('"later"', '"__proto__"'), any), weight: 1 },
              ),
              { maxLength: 4 },
            ),
            blank,
          )
          .map(([all, space]) =>
            within(
              "{",
              all.map((pair) => pair.join(`:${space}`)),
              "}",
              space,
            ),
          );
  return fc.oneof({ arbitrary: own, weight: 12 }, { arbitrary: any, weight: 1 });
}

/** Short enough that three levels are met often; the paths of signals are longer, but no different. */
const paths: readonly JsonPath[] = [
  [
    { kept: {}, next: ["list"] },
    "list",
    { kept: { resource: "object", text: "scalar" }, next: ["items"] },
    "list",
    { kept: { timeUnixNano: "scalar", a: "list" }, next: [] },
  ],
  [
    { kept: {}, next: ["list"] },
    "list",
    { kept: { name: "scalar" }, next: ["sum", "gauge"] },
    { kept: {}, next: ["points"] },
    "list",
    { kept: { a: "scalar" }, next: [] },
  ],
  jsonPaths.logs,
  jsonPaths.metrics,
];
const input = fc.constantFrom(...paths).chain((path) =>
  fc.record({
    path: fc.constant(path),
    text: along(path),
    piece: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 40, max: 400 })),
    stretch: fc.integer({ min: 1, max: 60 }),
  }),
);

test("a text in pieces says what JSON.parse says of all of it", () => {
  let cutInPieces = 0;
  fc.assert(
    fc.property(input, ({ path, text, piece, stretch }) => {
      const bytes = Buffer.from(text);
      const found = cut(bytes, path, piece, stretch);
      if (bytes.length > piece) cutInPieces++;
      expect(isDeepStrictEqual(seen(found!.value, path), seen(parsed(bytes)!.value, path))).toBe(true);
    }),
    { numRuns: RUNS },
  );
  expect(cutInPieces).toBeGreaterThan(RUNS / 4);
});

test("a damaged text is taken exactly when JSON.parse takes it, and says the same", () => {
  const change = fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    cut: fc.nat(3),
    put: fc.oneof(
      fc.constantFrom(...'[]{},:"\\0-.eE+ 1\u0001\u00a0\uFEFF'.split(""), "tru", "null", "", "", "\\u12", "\n"),
      fc.constantFrom("\\x", "1.", "01", "+1", "'a'", "NaN", "//", "]]", "}}", "[[", ",,", "\u007f"),
    ),
    raw: fc.option(fc.nat(255), { freq: 8 }),
  });
  const outcomes = { taken: 0, refused: 0 };
  fc.assert(
    fc.property(input, fc.array(change, { minLength: 1, maxLength: 2 }), ({ path, text, piece, stretch }, changes) => {
      let bytes = Buffer.from(text);
      for (const { at, cut: length, put, raw } of changes) {
        const place = Math.floor(at * bytes.length);
        const between = raw === null ? Buffer.from(put) : Buffer.of(raw);
        bytes = Buffer.concat([bytes.subarray(0, place), between, bytes.subarray(place + length)]);
      }
      const [found, expected] = [cut(bytes, path, piece, stretch), parsed(bytes)];
      outcomes[expected === undefined ? "refused" : "taken"]++;
      expect([bytes.toString("latin1"), found !== undefined]).toEqual([
        bytes.toString("latin1"),
        expected !== undefined,
      ]);
      if (expected !== undefined) {
        expect(isDeepStrictEqual(seen(found!.value, path), seen(expected.value, path))).toBe(true);
      }
    }),
    { numRuns: RUNS },
  );
  expect(Math.min(outcomes.taken, outcomes.refused)).toBeGreaterThan(RUNS / 200);
});

test.each([
  "",
  " ",
  "[",
  "{",
  '"',
  "-",
  "1",
  "-1",
  "01",
  "1.",
  "1.5",
  ".5",
  "1e",
  "1e+",
  "1e+5",
  "1E5",
  "00",
  "-a",
  "+1",
  "tru",
  "truex",
  "nul",
  "null ",
  "[1,]",
  "[,1]",
  "[,]",
  '{"a":1,}',
  "{,}",
  '{"a"}',
  '{"a":}',
  '{"a" 1}',
  "{1:1}",
  "[1}",
  '{"a":1]',
  "[]]",
  "{}{}",
  "[] []",
  "1 2",
  '"\\u12g4"',
  '"\\u00E9"',
  '"\\a"',
  '"\t"',
  '"\u001f"',
  '"\u007f"',
  '"\u2028"',
  "\u00a0{}",
  "\uFEFF{}",
  "{}\uFEFF",
  "\u0000",
  "[1 2]",
  '["a" "b"]',
  "// x\n{}",
])("%j is taken exactly when JSON.parse takes it", (text) => {
  const bytes = Buffer.from(text);
  for (const stretch of [1, 2, 3, 100]) {
    expect(cut(bytes, jsonPaths.logs, 1, stretch) !== undefined).toBe(parsed(bytes) !== undefined);
  }
});
