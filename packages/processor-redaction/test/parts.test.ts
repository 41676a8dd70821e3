import { emptyResource, emptyScope, logs } from "@tracecore/core/pdata";
import { redactionProcessor } from "@tracecore/processor-redaction";
import { wholeAndInParts } from "@tracecore/testkit";
import { expect, test } from "vitest";

test("a batch that is worked on in parts becomes what the whole becomes", async () => {
  const records = Array.from({ length: 10 }, (_, i) => ({
    resource: emptyResource,
    scope: emptyScope,
    body: `message ${i}`,
    attributes: { token: `secret ${i}`, i },
  }));
  const yaml = "{ allow_all_keys: true, blocked_values: [secret], summary: debug }";
  const { whole, parts } = await wholeAndInParts(redactionProcessor, yaml, logs(records));
  expect(parts).toEqual(whole);
  expect(JSON.stringify(parts.logRecords.map(({ attributes }) => attributes))).not.toContain("secret");
});
