import { functionNames, groupProblems, OttlDataError, transform } from "@tracecore/ottl";
import {
  emptyScope,
  logRecords,
  logs,
  resource,
  WholeDouble,
  type AttributeValue,
  type Logs,
} from "@tracecore/core/pdata";
import fc from "fast-check";
import { expect, test } from "vitest";

const attributes: Record<string, AttributeValue> = {
  t: "a=1 2024-01-01 é😀",
  i: -7,
  b: 2n ** 62n,
  d: 0.5,
  n: Number.NaN,
  w: new WholeDouble(3),
  y: true,
  l: [1, "a", null, [2]],
  m: { a: { b: [1] }, __proto__x: 1 },
  x: Uint8Array.of(0, 255),
  z: null,
};

const { expression } = fc.letrec<{ expression: string }>((tie) => ({
  expression: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constantFrom(
      ...Object.keys(attributes).map((key) => `attributes["${key}"]`),
      ..."1,-1,0,2.5,9223372036854775807,true,nil,0x00ff,[],{},body,time,trace_id,attributes,resource.attributes".split(
        ",",
      ),
      '"a"',
      '"(a+)+"',
      '"%Y-%m-%d"',
      '"1h"',
      '"base64"',
      '"asc"',
      '"upsert"',
      '"lower"',
      '"=, "',
      '"10.0.0.0/8"',
      '"{\\"a\\":[1]}"',
      "SHA256",
      "SEVERITY_NUMBER_INFO",
      'attributes["m"]["a"]',
      'attributes["l"][0]',
      "cache",
    ),
    fc
      .tuple(fc.constantFrom(...functionNames("log")), fc.array(tie("expression"), { minLength: 1, maxLength: 4 }))
      .map(([name, args]) => `${name}(${args.join(", ")})`),
    fc.array(tie("expression"), { maxLength: 3 }).map((items) => `[${items.join(", ")}]`),
    fc
      .tuple(tie("expression"), fc.constantFrom("+", "-", "*", "/"), tie("expression"))
      .map(([left, operator, right]) => `(${left} ${operator} ${right})`),
  ),
}));
const statement = fc.oneof(
  fc
    .tuple(expression, expression)
    .map(([value, other]) => `set(attributes["out"], ${value}) where ${value} != ${other}`),
  fc
    .tuple(
      fc.constantFrom(...functionNames("log").filter((name) => /^[a-z]/.test(name))),
      fc.constantFrom(
        "attributes",
        "body",
        'attributes["m"]',
        'attributes["l"]',
        'attributes["t"]',
        "cache",
        "time",
        "trace_id",
      ),
      fc.array(expression, { maxLength: 4 }),
    )
    .map(([name, target, args]) => `${[`${name}(${target}`, ...args].join(", ")})`),
);

test(
  "whatever a statement says, it fails with an error of its own, and leaves the batch that it is given alone",
  { timeout: 60_000 },
  () => {
    const ran = { fine: 0, failed: 0 };
    fc.assert(
      fc.property(statement, (text) => {
        const group = { context: "log", statements: [text] } as const;
        if (groupProblems("logs", group).length > 0) return;
        const batch = logs([
          { resource: resource({ a: 1 }), scope: emptyScope, body: { k: "v" }, attributes, timeUnixNano: 5n },
        ]);
        const sink = (error: unknown): void => {
          expect(error).toBeInstanceOf(OttlDataError);
          ran.failed++;
        };
        const out = transform("logs", group, { now: () => 1n, sink })(batch) as Logs;
        if (out !== batch) ran.fine++;
        const [before] = logRecords(batch);
        expect([before!.attributes, before!.body, before!.timeUnixNano]).toEqual([attributes, { k: "v" }, 5n]);
      }),
      { numRuns: 20_000 },
    );
    // The statements are not all nonsense.
    expect(ran.fine).toBeGreaterThan(500);
    expect(ran.failed).toBeGreaterThan(500);
  },
);
