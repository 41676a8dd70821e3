import { readFileSync } from "node:fs";
import { join } from "node:path";
import { functionNames, transform } from "@tracecore/ottl";
import {
  emptyScope,
  logRecords,
  logs,
  resource,
  WholeDouble,
  type AttributeValue,
  type Logs,
} from "@tracecore/core/pdata";
import { describe, expect, test } from "vitest";

const now = 1_700_000_000_123_456_789n;
const attributes: Record<string, AttributeValue> = {
  text: "Hello World",
  empty: "",
  int: 42,
  big: 2n ** 62n,
  double: 1.5,
  whole: new WholeDouble(3),
  yes: true,
  list: ["b", "a", 3],
  map: { a: { b: 1 }, c: "x" },
  bytes: Uint8Array.of(1, 2, 255),
  digits: "007",
  soon: "Nov 20 22:13:20",
  later: "Nov 25 22:13:20",
  nothing: null,
};

/** A value as the tests write it: a double with a fraction of nothing as `3.0`. */
function shown(value: unknown): unknown {
  if (value instanceof WholeDouble) return `${value.valueOf()}.0`;
  if (value instanceof Uint8Array) return `0x${Buffer.from(value).toString("hex")}`;
  if (Array.isArray(value)) return value.map(shown);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shown(inner)]));
}

/** What the statement leaves in `attributes["out"]`. */
function after(statement: string): unknown {
  const record = {
    resource: resource({ "service.name": "web" }),
    scope: emptyScope,
    body: '{"a": 1, "b": [1.5, "x", null]}',
    attributes,
    traceId: "ab".repeat(16),
  };
  const sink = (error: unknown): never => {
    throw error;
  };
  const run = transform("logs", { context: "log", statements: [statement] }, { now: () => now, sink });
  const [result] = logRecords(run(logs([record])) as Logs);
  return shown(result!.attributes["out"]);
}

const value = (expression: string): unknown => after(`set(attributes["out"], ${expression})`);

describe("OTTL values", () => {
  test.each([
    ["1 + 2 * 3", 7],
    ["(1 + 2) * 3", 9],
    ["7 / 2", 3],
    ["-7 / 2", -3],
    ["7 / 2.0", 3.5],
    ["1 - -1", 2],
    ["1-1", 0],
    ['-attributes["int"]', -42],
    ["9223372036854775807 + 1", -(2n ** 63n)],
    ["9007199254740991 + 1", 9007199254740992n],
    ["4503599627370496 * 4", 2n ** 54n],
    ["1.5 + 1.5", "3.0"],
    ["2.0 * 3", "6.0"],
    [".5", 0.5],
    ["1e3", "1000.0"],
    ["0x0aff", "0x0aff"],
    ['[1, "a", true, nil]', [1, "a", true, null]],
    ['{"a": {"b": [1]}, "__proto__": 1}', JSON.parse('{"a": {"b": [1]}, "__proto__": 1}')],
    [String.raw`"a\"b\\\n\x41\u00e9\101"`, 'a"b\\\nA\u00e9A'],
    ['attributes["map"]["a"]["b"]', 1],
    ['attributes["list"][1]', "a"],
    ['attributes["none"]["x"]', undefined],
    ["nil", undefined],
    ["SEVERITY_NUMBER_ERROR3", 19],
    ["trace_id.string", "ab".repeat(16)],
    ['resource.attributes["service.name"]', "web"],
    ['UnixNano(Now() - Duration("1s"))', 1_699_999_999_123_456_789n],
    ["Seconds(Now() - Unix(1700000000))", 0.123456789],
  ])("%s is %o", (expression, result) => {
    expect(value(expression)).toEqual(result);
  });

  test.each([
    ['attributes["int"] == 42 and attributes["double"] == 1.5', true],
    ['attributes["whole"] == 3', true],
    ['attributes["big"] > 4611686018427387903', true],
    ['attributes["text"] < "I"', true],
    ['attributes["text"] > 1 or attributes["text"] <= 1', false],
    ['attributes["text"] != 1', true],
    ['attributes["none"] == nil and attributes["nothing"] == nil', true],
    ['not (attributes["yes"] == true) or not true', false],
    ["not not true", true],
    ['attributes["list"] == ["b", "a", 3]', true],
    ['attributes["map"] == {"c": "x", "a": {"b": 1}}', true],
    ['attributes["bytes"] == 0x0102ff', true],
    ["trace_id == TraceID(0xabababababababababababababababab)", true],
    ['Now() > Unix(1) and Duration("1m") == Duration("60s")', true],
    ['attributes["yes"]', true],
    ["1 == 1 and 2 == 1 or 3 == 3", true],
  ])("%s holds: %s", (condition, holds) => {
    expect(after(`set(attributes["out"], "held") where ${condition}`)).toBe(holds ? "held" : undefined);
  });
});

describe("OTTL converters", () => {
  test.each([
    ['Int("12")', 12],
    ['Int("x")', undefined],
    ["Int(-1.9)", -1],
    ["Int(true)", 1],
    ['Double("1.25")', 1.25],
    ['Double("2")', "2.0"],
    ["Double(7)", "7.0"],
    ["String(1.0)", "1"],
    ['String(attributes["map"])', '{"a":{"b":1},"c":"x"}'],
    ['String(attributes["bytes"])', "0102ff"],
    ["String(0.00000015)", "1.5e-07"],
    ['String({"b": 1, "a": "<x>"})', '{"a":"\\u003cx\\u003e","b":1}'],
    ['Double("1_000.5")', 1000.5],
    ['Bool("T")', true],
    ["Bool(0)", false],
    ['Bool("maybe")', undefined],
    ['ParseInt("ff", 16)', 255],
    ['ParseInt(target="ff", base=16)', 255],
    ['Int(target="5")', 5],
    ['Int(value="5")', 5],
    ["Day(time=Unix(1700000000))", 14],
    ['Hours(duration=Duration("90m"))', 1.5],
    ['Format(format="%d", vals=[1])', "1"],
    ['Concat(vals=["a", "b"], delimiter="-")', "a-b"],
    ['Concat(attributes["list"], "-")', "b-a-3"],
    ['Concat(Split("a b", " "), "/")', "a/b"],
    ['Concat(attributes["none"], "/")', ""],
    ['ParseInt("0x1F", 0)', 31],
    ['ParseInt("-0o17", 0)', -15],
    ['ParseInt("017", 0)', 15],
    ['ParseInt("0b1111_0000", 0)', 240],
    ['ParseInt("+1_000", 0)', 1000],
    ['ParseInt("0", 0)', 0],
    ['Coalesce([attributes["none"], attributes["nothing"], "z"])', "z"],
    ['IsString(attributes["text"])', true],
    ['IsInt(attributes["whole"])', false],
    ['IsDouble(attributes["whole"])', true],
    ['IsBool(attributes["yes"])', true],
    ['IsMap(attributes["list"])', false],
    ['IsList(attributes["list"])', true],
    ['IsEmpty(attributes["empty"])', true],
    [
      'Concat(["a", 1, nil, 1.5, true, attributes["list"], trace_id], "-")',
      `a-1-<nil>-1.5-true-["b","a",3]-${"ab".repeat(16)}`,
    ],
    ['Split("a|b||c", "|")', ["a", "b", "", "c"]],
    ['Substring(attributes["text"], 6, 5)', "World"],
    ['Substring("aéb", 0, 2)', "a"],
    ['Split("a😀", "")', ["a", "😀"]],
    ['Format("%.2s", ["a😀b"])', "a😀"],
    ['Len("é")', 2],
    ['Len(attributes["list"])', 3],
    ['Len(attributes["map"])', 2],
    ['ConvertCase("HTTPServer name", "snake")', "http_server_name"],
    ['ConvertCase("http_server", "camel")', "HttpServer"],
    ['ToUpperCase("a")', "A"],
    ['ToLowerCase("A")', "a"],
    ['ToSnakeCase("aB")', "a_b"],
    ['ToCamelCase("a-b")', "AB"],
    ['ToSnakeCase("a1B2 c3__URLPath")', "a_1_b_2_c_3__url_path"],
    ['ToCamelCase("HTTPServer2go.x")', "Httpserver2GoX"],
    ['ToCamelCase("ID")', "Id"],
    ['Substring("abc", 1, 2, utf8_safe=true)', "bc"],
    ['Trim("  a ")', "a"],
    ['Trim("__a_b__", "_")', "a_b"],
    ['TrimPrefix("abc", "ab")', "c"],
    ['TrimSuffix("abc", "x")', "abc"],
    ['HasPrefix("abc", "ab")', true],
    ['HasSuffix("abc", "ab")', false],
    ['Index("héllo", "l")', 3],
    ['Index(attributes["list"], 3)', 2],
    [
      'Format("%s-%05d|%-4s|%.2f|%x|%%|%t|%+d|%q", ["a", 42, "b", 1.005, 255, true, 1, "q"])',
      'a-00042|b   |1.00|ff|%|true|+1|"q"',
    ],
    ['IsMatch(attributes["text"], "(?i)^HELLO")', true],
    ['IsMatch(attributes["int"], "^4")', true],
    ['IsMatch(attributes["none"], ".*")', false],
    ['ExtractPatterns("GET /a?x=1", "^(?P<verb>\\\\w+) (?P<path>[^?]+)")', { verb: "GET", path: "/a" }],
    ['ExtractPatterns("", "(?P<a>x)")', {}],
    ["ParseJSON(body)", { a: "1.0", b: [1.5, "x", null] }],
    ['ParseJSON(body)["b"][1]', "x"],
    ['ParseKeyValue("a=1 b=\\"two words\\" c=x=y")', { a: "1", b: "two words", c: "x=y" }],
    ['ParseKeyValue("a:1;b:2", ":", ";")', { a: "1", b: "2" }],
    ['ToKeyValueString(attributes["map"]["a"])', "b=1"],
    ['ToKeyValueString({"k": "a b", "j": 1}, pair_delimiter=" ", sort_output=true)', 'j=1 k="a b"'],
    ['ToKeyValueString({"k": "a\\"b", "j": "x=\\"y\\"", "e": ""}, sort_output=true)', 'e= j="x=\\"y\\"" k=a\\"b'],
    ['Int(Double("1e21"))', -(2n ** 63n)],
    ['Concat([Double("inf"), Double("-Inf"), Double("nan")], " ")', "Infinity -Infinity NaN"],
    ['Format("%v %5.1f", [Double("inf"), Double("-inf")])', "+Inf  -Inf"],
    ['Int(Double("NaN"))', -(2n ** 63n)],
    ['FormatTime(Now(), "%D %r %z")', "11/14/2023 10:13:20 pm Z"],
    ['FormatTime(Time(attributes["soon"], "%b %d %H:%M:%S"), "%F %T")', "2023-11-20 22:13:20"],
    ['FormatTime(Time(attributes["later"], "%b %d %H:%M:%S"), "%F %T")', "2022-11-25 22:13:20"],
    ['Keys(attributes["map"])', ["a", "c"]],
    ['Values(attributes["map"])', [{ b: 1 }, "x"]],
    ['ContainsValue(attributes["list"], 3)', true],
    ["Sort([3, 1, 2])", [1, 2, 3]],
    ['Sort(["b", "a"], "desc")', ["b", "a"]],
    ['Sort(attributes["list"])', [3, "a", "b"]],
    ['SHA256("a")', "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"],
    ['SHA1("a")', "86f7e437faa5a7fce15d1ddcb9eaeaea377667b8"],
    ['MD5("a")', "0cc175b9c0f1b6a831c399e269772661"],
    ['Len(SHA512("a"))', 128],
    ['FNV("a")', -5808556873153909620n],
    ["Hex(12)", "000000000000000c"],
    ["Hex(1.1)", "3ff199999999999a"],
    ['Hex("1")', "31"],
    ["Hex(0x02)", "02"],
    ['Base64Encode("a?>", "base64-raw-url")', "YT8-"],
    ['Decode("aGVsbG8=", "base64")', "hello"],
    ['Base64Decode("aGVsbG8=")', "hello"],
    ['UnixSeconds(Time("2024-02-29 10:11:12.5 +0130", "%Y-%m-%d %H:%M:%S.%f %z"))', 1_709_196_072],
    ['UnixMilli(Time("29/Feb/2024:10:11:12", "%d/%b/%Y:%H:%M:%S"))', 1_709_201_472_000],
    ['FormatTime(Now(), "%Y-%m-%dT%H:%M:%S.%LZ %A %e %I%p %%")', "2023-11-14T22:13:20.123Z Tuesday 14 10PM %"],
    ['FormatTime(TruncateTime(Now(), Duration("1h")), "%F %T")', "2023-11-14 22:00:00"],
    ["Year(Now()) * 10000 + Month(Now()) * 100 + Day(Now())", 20231114],
    ["Weekday(Now()) + Hour(Now()) + Minute(Now()) + Second(Now())", 57],
    ["Nanosecond(Now())", 123456789],
    ["UnixMicro(Now())", 1_700_000_000_123_456],
    ['Hours(Duration("90m"))', 1.5],
    ['Minutes(Duration("1h0.5m"))', 60.5],
    ['Milliseconds(Duration("1.5s")) + Microseconds(Duration("1us")) + Nanoseconds(Duration("-2ns"))', 1499],
    ['IsInCIDR("10.1.2.3", ["192.168.0.0/16", "10.0.0.0/8"])', true],
    ['IsInCIDR("::1", ["10.0.0.0/8"])', false],
    ['IsInCIDR(attributes["text"], ["10.0.0.0/8"])', false],
    ['Format("%x", [attributes["bytes"]])', "0102ff"],
    ['Decode("née", "us-ascii")', "née"],
    ["Log(1)", "0.0"],
  ])("%s is %o", (expression, result) => {
    expect(value(expression)).toEqual(result);
  });

  test("UUID gives another one each time", () => {
    expect(value("UUID()")).toMatch(/^[0-9a-f-]{36}$/);
    expect(value("UUID()")).not.toBe(value("UUID()"));
  });

  test.each([
    ['ParseJSON(attributes["text"])', "the text is no JSON"],
    ['ParseJSON(attributes["int"])', "expected a string, got an int"],
    ['ConvertCase(attributes["none"], "lower")', "expected a string, got nil"],
    ['attributes["text"] + 1', "cannot calculate a string + an int"],
    ['attributes["int"] / 0', "cannot divide by 0"],
    ['attributes["text"]["x"]', "a string has no elements"],
    ['attributes["list"]["x"]', "an index is an int, got a string"],
    ['attributes["list"][3]', "no element 3 in a list of 3"],
    ['Substring(attributes["text"], 6, 50)', "no bytes 6 to 56 in a text of 11"],
    ['Format("%d", [attributes["text"]])', "%d cannot write a string"],
    ['Log(attributes["none"])', "expected a number, got nil"],
    ['FormatTime(Unix(9223372036854775807), "%Y")', "the time is out of range"],
    ['Int(attributes["map"])', "an int cannot be made of a map"],
    ['Double(attributes["list"])', "a double cannot be made of a list"],
    ['ParseJSON(attributes["digits"])', "the text is no JSON"],
    ['ParseJSON(Concat([attributes["int"]], ""))', "the JSON is neither an object nor a list"],
    [`ParseJSON("${"[".repeat(32)}${"]".repeat(32)}")`, "the JSON is more than 30 levels deep"],
    ['ParseKeyValue(attributes["empty"])', "there are no pairs in an empty text"],
    ['Base64Decode(attributes["soon"])', "the text is no base64"],
    ['Decode(attributes["digits"], "base64")', "the text is no base64"],
    ['Concat(attributes["text"], "/")', "expected a list, got a string"],
    ['ParseInt("1__0", 0)', '"1__0" is no number of base 0'],
    ['ParseInt("_1", 0)', '"_1" is no number of base 0'],
    ['ParseInt("09", 0)', '"09" is no number of base 0'],
    ["Now()", "a time cannot be stored. Make an int or a string of it"],
    ['Time(attributes["text"], "%Y")', '"Hello World" is no time in the format "%Y"'],
  ])("%s fails: %s", (expression, message) => {
    expect(() => value(expression)).toThrow(message);
  });
});

describe("OTTL editors", () => {
  const editing = (statement: string, start: AttributeValue): unknown => {
    const record = { resource: resource({}), scope: emptyScope, body: start };
    const sink = (error: unknown): never => {
      throw error;
    };
    const run = transform("logs", { context: "log", statements: [statement] }, { now: () => now, sink });
    const [result] = logRecords(run(logs([record])) as Logs);
    return shown(result!.body);
  };

  test.each([
    ['set(body["a"], nil)', { a: 1 }, { a: 1 }],
    ['set(body["a"]["b"]["c"], 1)', { z: 1 }, { z: 1, a: { b: { c: 1 } } }],
    ['set(body["a"][1], "x")', { a: [1, 2] }, { a: [1, "x"] }],
    ['delete_key(body, "a")', { a: 1, b: 2 }, { b: 2 }],
    ['delete_key(body["a"], "b")', { a: { b: 1, c: 2 } }, { a: { c: 2 } }],
    ['delete_matching_keys(body, "(?i)PASS")', { password: 1, b: 2 }, { b: 2 }],
    ['keep_keys(body, ["b", "z"])', { a: 1, b: 2 }, { b: 2 }],
    ['keep_matching_keys(body, "^a")', { a: 1, ab: 2, b: 3 }, { a: 1, ab: 2 }],
    ['limit(body, 2, ["c"])', { a: 1, b: 2, c: 3 }, { a: 1, c: 3 }],
    ["truncate_all(body, 3)", { a: "abcd", b: "éé", c: 12345 }, { a: "abc", b: "é", c: 12345 }],
    ['truncate_all(body, 4, truncation_marker="…")', { a: "abcdef" }, { a: "a…" }],
    ["stringify_all(body)", { a: 1, b: { c: 1.5 }, d: "e" }, { a: "1", b: '{"c":1.5}', d: "e" }],
    ['merge_maps(body, {"a": 2, "b": 3}, "insert")', { a: 1 }, { a: 1, b: 3 }],
    ['merge_maps(body, {"a": 2, "b": 3}, "update")', { a: 1 }, { a: 2 }],
    ['merge_maps(body, {"a": 2, "b": 3}, "upsert")', { a: 1 }, { a: 2, b: 3 }],
    ["flatten(body)", { a: { b: 1, c: [1, { d: 2 }] }, e: 3 }, { "a.b": 1, "a.c.0": 1, "a.c.1.d": 2, e: 3 }],
    ['flatten(body, "p", 1)', { a: { b: { c: 1 } } }, { "p.a.b": { c: 1 } }],
    ["flatten(body, resolveConflicts=true)", { a: { b: 1 }, "a.b": 2 }, { "a.b": 1, "a.b.0": 2 }],
    ["flatten(body, resolveConflicts=true)", { a: [1, { b: 2 }, 3] }, { a: 1, "a.1.b": 2, "a.0": 3 }],
    ['append(body["t"], "x")', {}, { t: ["x"] }],
    ['append(body["t"], values=["x", 1])', { t: "a" }, { t: ["a", "x", 1] }],
    ['delete_index(body["t"], 0, 2)', { t: [1, 2, 3] }, { t: [3] }],
    ['delete_index(body["t"], start_index=0, end_index=2)', { t: [1, 2, 3] }, { t: [3] }],
    ["flatten(body, resolve_conflicts=true)", { a: { b: 1 }, "a.b": 2 }, { "a.b": 1, "a.b.0": 2 }],
    ['replace_pattern(target=body["a"], regex_pattern="b", replacement="c")', { a: "abb" }, { a: "acc" }],
    ['replace_pattern(body["a"], "([a-z]+)=(\\\\d+)", "$2:${1}")', { a: "x=1, y=22" }, { a: "1:x, 22:y" }],
    ['replace_pattern(body["a"], "(?P<n>b)", "<${n}>$$")', { a: "abc" }, { a: "a<b>$c" }],
    [
      'replace_pattern(body["a"], "b+", "$0", SHA1, "[%s]")',
      { a: "b" },
      { a: "[e9d71f5ee7c92d6dc9e92ffdad17b8bd49418f98]" },
    ],
    ['replace_pattern(body["a"], "x*", "-")', { a: "ab" }, { a: "-a-b-" }],
    ['replace_match(body["a"], "/user/*/list", "/user/{id}/list")', { a: "/user/1/list" }, { a: "/user/{id}/list" }],
    ['replace_match(body["a"], "/user/*", "y")', { a: "/user/1/list" }, { a: "y" }],
    ['replace_match(body["a"], "/{user,group}/[!2-9]", "y")', { a: "/group/1" }, { a: "y" }],
    ['replace_match(body["a"], "a?*", "y")', { a: "a{\n" }, { a: "y" }],
    ['append(body["t"], "x")', { t: "a" }, { t: ["a", "x"] }],
    ['replace_all_matches(body, "a[0-9]?", "y")', { a: "a1x", b: "a1", c: 1 }, { a: "y", b: "a1", c: 1 }],
    ['replace_all_patterns(body, "value", "\\\\d", "#")', { a1: "x1", b: 1 }, { a1: "x#", b: 1 }],
    ['replace_all_patterns(body, "key", "^k_", "k8s.")', { k_a: 1, b: 2 }, { "k8s.a": 1, b: 2 }],
  ])("%s makes %o into %o", (statement, before, result) => {
    expect(editing(statement, before)).toEqual(result);
  });

  test.each([
    ["limit(body, -1)", '"limit" must be an integer that is written out and not negative'],
    ["truncate_all(body, 3.5)", '"limit" must be an integer that is written out and not negative'],
    ["flatten(body, depth=0)", "depth is above 0"],
    ["delete_key(body, 5)", "expected a string, got an int"],
    ['keep_keys(body, "x")', "expected a list, got a string"],
  ])("%s is wrong before there is an item: %s", (statement, message) => {
    expect(() => editing(statement, {})).toThrow(message);
    expect(() =>
      transform("logs", { context: "log", statements: [statement] }, { now: () => now, sink: () => {} }),
    ).toThrow(message);
  });

  test("an integer beside a double counts as a double", () => {
    expect(editing('set(body["b"], 1) where body["a"] == 9223372036854775807.0', { a: 2n ** 63n - 1n })).toEqual({
      a: 2n ** 63n - 1n,
      b: 1,
    });
  });

  test("a map is not flattened where its keys would be longer than all of a request", () => {
    const nested = (count: number): Record<string, number> =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`${i + 10}`, 1]));
    const long = "k".repeat(1024 * 1024 - 3);
    expect(Object.keys(editing("flatten(body)", { [long]: nested(3) }) as object)).toEqual(
      ["10", "11", "12"].map((key) => `${long}.${key}`),
    );
    expect(() => editing("flatten(body)", { [long]: nested(4) })).toThrow(
      "the keys of a flat map would have more than 4194304 characters",
    );
  });

  test("a map is no list to append to", () => {
    expect(() => editing('append(body["t"], "x")', { t: { a: 1 } })).toThrow("cannot append to a map");
  });

  test("rename an attribute with two statements", () => {
    const record = { resource: resource({}), scope: emptyScope, attributes: { old: 1 } };
    const statements = ['set(attributes["new"], attributes["old"])', 'delete_key(attributes, "old")'];
    const run = transform("logs", { context: "log", statements }, { now: () => now, sink: () => {} });
    expect([...logRecords(run(logs([record])) as Logs)][0]!.attributes).toEqual({ new: 1 });
  });
});

test("the page of the language lists every function, and no other", () => {
  const page = readFileSync(join(import.meta.dirname, "../README.md"), "utf8");
  const section = /^## Functions$(.*?)^## /ms.exec(page)?.[1] ?? "";
  const rows = section.split("\n").flatMap((line) => line.split("|")[2] ?? []);
  const listed = rows.flatMap((cell) => Array.from(cell.matchAll(/`(\w+)`/g), (match) => match[1]!));
  expect(listed.filter((name) => name !== "span").toSorted()).toEqual(functionNames().toSorted());
});
