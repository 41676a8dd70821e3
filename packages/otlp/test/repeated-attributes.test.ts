import { emptyResource, emptyScope, logs, type AttributeValue } from "@tracecore/core/pdata";
import { decodeProtobuf, encodeProtobuf } from "@tracecore/otlp";
import { expect, test } from "vitest";

const rows = (list: readonly Record<string, AttributeValue>[]): Uint8Array =>
  encodeProtobuf(logs(list.map((attributes) => ({ resource: emptyResource, scope: emptyScope, attributes }))));

function attributesIn(bytes: Uint8Array): Record<string, AttributeValue>[] {
  const { attributeStarts, attributeKeys, attributeValues, itemCount } = decodeProtobuf("logs", bytes);
  return Array.from({ length: itemCount }, (_, row) => {
    const range = [attributeStarts[row]!, attributeStarts[row + 1]!] as const;
    const values = attributeValues.slice(...range);
    return Object.fromEntries(attributeKeys.slice(...range).map((key, i) => [key, values[i]!]));
  });
}

test("rows that repeat, change and leave out attributes come out as they went in, again and again", () => {
  const values: AttributeValue[] = [
    "a",
    "b",
    "a",
    0,
    -0,
    1,
    1n << 60n,
    true,
    false,
    "",
    "ä".repeat(70),
    null,
    [1],
    "a",
  ];
  const list = Array.from({ length: 300 }, (_, i): Record<string, AttributeValue> => {
    const row: Record<string, AttributeValue> = { same: "GET", unique: `u-${i}` };
    if (i % 3 !== 0) row["sometimes"] = values[i % values.length]!;
    if (i % 50 < 25) row["runs"] = Math.floor(i / 50);
    row[i % 7 === 0 ? "same " : "other"] = values[(i * 5) % values.length]!;
    return row;
  });
  for (let again = 0; again < 3; again++) expect(attributesIn(rows(list))).toEqual(list);
});

test("a value that was unique for long and then repeats comes out as it is", () => {
  const list = Array.from({ length: 25_000 }, (_, i) => ({
    id: i < 12_000 ? `u-${i}` : i < 20_000 ? "same" : `v-${i % 2}`,
  }));
  expect(attributesIn(rows(list))).toEqual(list);
});

test("the same key under two signals keeps the tag of each", () => {
  const [record] = attributesIn(rows([{ k: "v" }]));
  const twice = rows([{ k: "v", nested: { k: "v" } }, { k: "v" }]);
  expect(record).toEqual({ k: "v" });
  expect(attributesIn(twice)).toEqual([{ k: "v", nested: { k: "v" } }, { k: "v" }]);
});
