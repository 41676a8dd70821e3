import { transform } from "@tracecore/ottl";
import { emptyScope, logRecords, logs, resource, type Logs } from "@tracecore/core/pdata";
import { expect, test } from "vitest";

test.each([
  ['String(Duration("-90m"))', "-5400000000000"],
  ["String(Unix(1700000000, 120))", '"2023-11-14T22:13:20.00000012Z"'],
  ["String(Unix(-5, 3))", '"1969-12-31T23:59:55.000000003Z"'],
  ['Concat(["took", Duration("1ms")], " ")', "took 1000000"],
  ['Format("%v", [Unix(1700000000)])', "2023-11-14 22:13:20 +0000 UTC"],
  ['Format("%s", [Unix(0, 5)])', "1970-01-01 00:00:00.000000005 +0000 UTC"],
  ['Format("%v %v %v", [Duration("90m"), Duration("1.5s"), Duration("0s")])', "1h30m0s 1.5s 0s"],
  ['Format("%8v|%-8s|%q", [Duration("-1500us"), Duration("3ns"), Duration("1us")])', '  -1.5ms|3ns     |"1µs"'],
  ['Format("%v", [Duration("-2h3m4.5s")])', "-2h3m4.5s"],
  ['IsMatch(Unix(1700000000), "^.2023-11")', true],
])("%s is %j", (expression, text) => {
  const sink = (error: unknown): never => {
    throw error;
  };
  const group = { context: "log", statements: [`set(body, ${expression})`] } as const;
  const run = transform("logs", group, { now: () => 0n, sink });
  const batch = logs([{ resource: resource({}), scope: emptyScope, body: 0 }]);
  const [record] = logRecords(run(batch) as Logs);
  expect(record!.body).toBe(text);
});
