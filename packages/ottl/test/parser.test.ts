import { functionNames, groupProblems, OttlError, parseCondition, parseStatement } from "@tracecore/ottl";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

const problemOf = (statement: string, context: "log" | "span" | "metric" | "datapoint" = "log"): string | undefined =>
  groupProblems(context === "log" ? "logs" : context === "span" ? "traces" : "metrics", {
    context,
    statements: [statement],
  })[0]?.error.message;

describe("the parser of OTTL", () => {
  test("reads a statement with everything in it", () => {
    const text =
      'set(log.attributes["a"]["b"], [-1, {"k": Int(x = 2.5)[0]}]) where not (a + 2 * b >= nil or c) and true';
    const { editor, where } = parseStatement(text);
    expect(editor).toMatchObject({
      name: "set",
      at: 0,
      args: [
        { value: { kind: "path", fields: ["log", "attributes"], keys: [{ value: "a" }, { value: "b" }], at: 4 } },
        {
          value: {
            kind: "list",
            items: [
              { kind: "literal", value: -1 },
              {
                kind: "map",
                entries: [["k", { kind: "call", name: "Int", args: [{ name: "x" }], keys: [{ value: 0 }] }]],
              },
            ],
          },
        },
      ],
    });
    expect(where).toMatchObject({
      kind: "and",
      parts: [
        {
          kind: "not",
          of: {
            kind: "or",
            parts: [
              {
                kind: "comparison",
                operator: ">=",
                left: { kind: "arithmetic", operator: "+", right: { operator: "*" } },
                right: { kind: "literal", value: null },
              },
              { kind: "path", fields: ["c"] },
            ],
          },
        },
        { kind: "literal", value: true },
      ],
    });
  });

  test.each([
    ["", "expected a function such as set(…), at column 1: ‸"],
    ["set", 'expected "(", at column 4: set‸'],
    ["set(body, 1", 'expected "," or ")", at column 12: set(body, 1‸'],
    ["set(body, 1) when true", 'expected "where" or the end, at column 14: set(body, 1) ‸when true'],
    ["set(body, 1) where", "expected a value, found the end, at column 19: set(body, 1) where‸"],
    ["set(body, 1) where true true", "expected the end, at column 25: set(body, 1) where true ‸true"],
    ["set(body, 'a')", `unexpected "'", at column 11: set(body, ‸'a'). Write texts as "text"`],
    ['set(body, "a)', 'the text is not closed, at column 11: set(body, ‸"a). Put a " at its end'],
    [
      'set(body, "\\d")',
      'unknown escape "\\d", at column 12: set(body, "‸\\d"). A backslash itself is written as \\\\',
    ],
    [
      'set(body, "\\ud800")',
      'unknown escape "\\u", at column 12: set(body, "‸\\ud800"). A backslash itself is written as \\\\',
    ],
    ["set(body, 0x123)", "a byte has two digits, at column 11: set(body, ‸0x123). Put a 0 after 0x"],
    [
      "set(body, 9223372036854775808)",
      "the number does not fit into 64 bits, at column 11: set(body, ‸9223372036854775808)",
    ],
    ["set(body, 1e999)", "the number is too large, at column 11: set(body, ‸1e999)"],
    ["set(body, )", 'expected a value, found ")", at column 11: set(body, ‸)'],
    ["set(body, and)", 'expected a value, found "and", at column 11: set(body, ‸and)'],
    ["set(body, {a: 1})", 'expected a key such as "name", at column 12: set(body, {‸a: 1})'],
    [
      'set(attributes["a"].b, 1)',
      'a field cannot follow a key, at column 20: set(attributes["a"]‸.b, 1). Write it as a key: ["name"]',
    ],
    ["set(body, 1) where a && b", 'unexpected "&", at column 22: set(body, 1) where a ‸&& b. Write "and"'],
    ["set(body, 1) where a || b", 'unexpected "|", at column 22: set(body, 1) where a ‸|| b. Write "or"'],
    ["set(body, 1) where !a", 'unexpected "!", at column 20: set(body, 1) where ‸!a. Write "not"'],
    [
      'set(body, 1) where a =~ "b"',
      'unexpected "~", at column 23: set(body, 1) where a =‸~ "b". Write IsMatch(value, "pattern")',
    ],
    ["set(body, 1) where body = 1", '"=" does not compare, at column 25: set(body, 1) where body ‸= 1. Write "=="'],
    [
      `set(body, ${"(".repeat(70)}`,
      "expressions stand more than 64 deep in each other, at column 75: …((((((((((((((((((((((((((((((‸((((((",
    ],
    [
      `set(body, ${"1+".repeat(2000)}1)`,
      "this has more than 4000 words and signs, at column 4007: …1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+‸1+1+1)",
    ],
  ])("says of %j where it is wrong", (text, message) => {
    expect(() => parseStatement(text)).toThrow(OttlError);
    expect(() => parseStatement(text)).toThrow(message);
  });

  test.each([
    ["sett(body, 1)", 'unknown function "sett", at column 1: ‸sett(body, 1). Did you mean "set"?'],
    [
      "set(body, concat([1], body))",
      'unknown function "concat", at column 11: set(body, ‸concat([1], body)). Did you mean "Concat"?',
    ],
    [
      'set(body, ParseCSV(body, "a"))',
      'the function ParseCSV of the Collector is not there, at column 11: set(body, ‸ParseCSV(body, "a")). Use Split',
    ],
    ["set(body, None)", 'unknown name "None", at column 11: set(body, ‸None). Write nil'],
    [
      "set(attributes.a.b, 1)",
      'log has no field "attributes.a.b", at column 5: set(‸attributes.a.b, 1). Write attributes["a.b"]',
    ],
    [
      "set(resource.attributes.a, 1)",
      'resource has no field "attributes.a", at column 5: set(‸resource.attributes.a, 1). Write resource.attributes["a"]',
    ],
    ["Int(body)", "Int changes nothing, at column 1: ‸Int(body). A statement begins with an editor such as set"],
    ["set(body, set(body, 1))", "set gives no value, at column 11: set(body, ‸set(body, 1))"],
    ["set(1, 2)", '"target" must be a path such as attributes["key"], at column 5: set(‸1, 2)'],
    ["set(body)", 'set needs "value", at column 9: set(body‸). Write set(target, value)'],
    ["set(body, 1, 2)", "set takes at most 2 arguments, at column 14: set(body, 1, ‸2). Write set(target, value)"],
    ["set(body, valu=1)", 'set has no parameter "valu", at column 11: set(body, ‸valu=1). Did you mean "value"?'],
    [
      "set(target=body, 1)",
      "an argument without a name cannot follow one with a name, at column 18: set(target=body, ‸1)",
    ],
    ["set(body, value=1, value=2)", '"value" is given twice, at column 20: set(body, value=1, ‸value=2)'],
    ["set(bdy, 1)", 'log has no field "bdy", at column 5: set(‸bdy, 1). Did you mean "body"?'],
    [
      "set(span.name, 1)",
      '"span" cannot be reached from log, at column 5: set(‸span.name, 1). Known: log, scope, resource',
    ],
    ["set(resource.cache, 1)", "the cache is that of log, at column 5: set(‸resource.cache, 1)"],
    ["set(flags[0], 1)", '"flags" has no keys, at column 5: set(‸flags[0], 1)'],
    ['delete_key(flags, "a")', '"flags" is no map, at column 12: delete_key(‸flags, "a")'],
    [
      "set(body, SEVERITY_NUMBER_WARM)",
      'unknown name "SEVERITY_NUMBER_WARM", at column 11: set(body, ‸SEVERITY_NUMBER_WARM). Did you mean "SEVERITY_NUMBER_WARN"?',
    ],
    ["set(body, Now)", "Now must be called, at column 11: set(body, ‸Now). Write Now(…)"],
    ["set(body, 1 == 1)", "a condition cannot stand here, at column 13: set(body, 1 ‸== 1)"],
    ['set(body, 1) where "a"', 'expected a condition, at column 20: set(body, 1) where ‸"a"'],
    [
      'set(body, IsMatch(body, "("))',
      'expected a regular expression: a "(" is not closed in "(", at column 25: set(body, IsMatch(body, ‸"(")). Write \\( for the character',
    ],
    ['set(body, Duration("1x"))', '"1x" is no duration such as "1h30m", at column 11: set(body, ‸Duration("1x"))'],
    ["set(body, 1 / 0)", "cannot divide by 0, at column 13: set(body, 1 ‸/ 0)"],
    [
      'merge_maps(attributes, {}, "replace")',
      'strategy is "insert", "update" or "upsert", at column 1: ‸merge_maps(attributes, {}, "re…',
    ],
    [
      'replace_pattern(body, "a", "b", Format)',
      'expected the name of a function of one text, such as SHA256, at column 33: …place_pattern(body, "a", "b", ‸Format)',
    ],
    [
      'set(body, ExtractPatterns(body, "a"))',
      'the pattern has no named group such as (?P<name>.*), at column 33: …t(body, ExtractPatterns(body, ‸"a"))',
    ],
    ["set(body, Coalesce(body))", '"values" is a list in brackets, at column 20: set(body, Coalesce(‸body))'],
    [
      "convert_sum_to_gauge()",
      "convert_sum_to_gauge is a function of metric, not of log, at column 1: ‸convert_sum_to_gauge(). Write it where the context is metric, if need be in a group of statements of its own",
    ],
  ])("says of %j what means nothing", (text, message) => {
    expect(problemOf(text)).toBe(message);
  });

  test("says what can only be read", () => {
    expect(problemOf("set(event_index, 1)", "span")).toBe(
      'span has no field "event_index", at column 5: set(‸event_index, 1). Fields: trace_id, trace_id.string, span_id, span_id.string, parent_span_id, parent_span_id.string, trace_state, name, kind, kind.string, kind.deprecated_string, start_time, start_time_unix_nano, end_time, end_time_unix_nano, attributes, status.code, status.message, flags, dropped_attributes_count, dropped_events_count, dropped_links_count, cache',
    );
    expect(problemOf("set(type, 1)", "metric")).toBe('"type" can only be read, at column 5: set(‸type, 1)');
  });

  test("throws nothing but its own error, whatever the text", () => {
    const pieces = fc.constantFrom(
      ..."( ) [ ] { } , . : = == < - + * / \" \\ ' \n é 😀".split(" "),
      ..."set where and or not nil true body attributes resource log __proto__ constructor toString".split(" "),
      ...'1 0x 0x0 1.5 .5 1e9 "a" "(a+)+$" "%d"'.split(" "),
      ...functionNames(),
    );
    const texts = fc.oneof(
      fc.string(),
      fc.array(pieces, { maxLength: 30 }).map((parts) => parts.join(" ")),
    );
    fc.assert(
      fc.property(texts, (text) => {
        for (const parse of [parseStatement, parseCondition]) {
          try {
            parse(text);
          } catch (error) {
            expect(error).toBeInstanceOf(OttlError);
            expect((error as OttlError).offset).toBeLessThanOrEqual(text.length);
          }
        }
        // Compiles what can be parsed; anything but a problem would be thrown.
        for (const { error } of groupProblems("logs", { context: "log", statements: [text], conditions: [text] })) {
          expect(error).toBeInstanceOf(OttlError);
        }
      }),
      { numRuns: 5000 },
    );
  });

  test("finds the context out from a name of a number too", () => {
    for (const [signal, name] of [
      ["logs", "SEVERITY_NUMBER_WARN"],
      ["metrics", "METRIC_DATA_TYPE_SUM"],
      ["metrics", "FLAG_NONE"],
      ["traces", "SPAN_KIND_SERVER"],
    ] as const) {
      expect(groupProblems(signal, { statements: [`set(resource.attributes["r"], ${name})`] })).toEqual([]);
    }
  });
});
