import { emptyResource, emptyScope, logRecords, logs, type Logs } from "@tracecore/core/pdata";
import { transform } from "@tracecore/ottl";
import { expect, test } from "vitest";

test.each([2, 200])("of a key that a sender wrote twice among %d the first one stays", (count) => {
  const attributes = Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, index]));
  const batch = logs([{ resource: emptyResource, scope: emptyScope, attributes }]);
  const twice: Logs = {
    ...batch,
    attributeKeys: [...batch.attributeKeys, "k1", `k${count - 1}`],
    attributeValues: [...batch.attributeValues, "again", "again"],
    attributeStarts: Uint32Array.of(0, count + 2),
  };
  const edit = transform(
    "logs",
    { context: "log", statements: ['set(attributes["new"], attributes["k1"])'] },
    {
      now: () => 0n,
      sink(error) {
        throw error;
      },
    },
  );
  const after = edit(twice) as Logs;
  expect(after.attributeKeys).toEqual([...Object.keys(attributes), "new"]);
  expect([...logRecords(after)][0]!.attributes).toEqual({ ...attributes, new: 1 });
});
