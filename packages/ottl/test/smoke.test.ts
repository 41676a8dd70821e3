import { groupProblems, transform } from "@tracecore/ottl";
import { emptyScope, logs, logRecords, resource, type Logs } from "@tracecore/core/pdata";
import { expect, test } from "vitest";
const web = resource({ "service.name": "web" });
test("smoke", () => {
  const batch = logs([{ resource: web, scope: emptyScope, body: "hello", attributes: { a: 1 } }]);
  const t = transform(
    "logs",
    {
      statements: [
        'set(log.attributes["b"], Concat([log.body, log.attributes["a"]], "-")) where log.attributes["a"] + 1 == 2',
        'delete_key(log.attributes, "a")',
      ],
    },
    {
      now: () => 0n,
      sink: (e) => {
        throw e;
      },
    },
  );
  const out = t(batch) as Logs;
  console.log([...logRecords(out)][0]);
  for (const s of [
    "sett(log.body, 1)",
    "set(log.bodi, 1)",
    "set(log.body",
    'set(log.body, "\\d")',
    "set(body, 1)",
    "set(log.body, Int(1,2))",
    'set(log.body, IsMatch(log.body, "("))',
    'set(log.body, 1) where log.x["a"] = 3',
  ])
    console.log(groupProblems("logs", { statements: [s] }).map((p) => p.error.message));
});
