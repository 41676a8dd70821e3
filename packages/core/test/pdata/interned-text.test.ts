import { afterEach, describe, expect, test } from "vitest";
import { attributes, emptyScope, internedText, metricFamily, resource, scope, series } from "../../src/pdata/pdata.ts";
import { collectGarbage, descriptor } from "./interned.ts";

const long = (i: number): string => String(i).padStart(2000, "x");
const huge = (i: number): string => String(i).padStart(70_000, "x");

describe("the texts of what is interned", () => {
  afterEach(() => {
    internedText.series = 200_000;
  });

  test.each([
    ["resources", (i: number) => resource({ k: long(i) })],
    ["scopes", (i: number) => scope({ name: long(i) })],
    ["attributes", (i: number) => attributes({ k: long(i) })],
    ["metrics", (i: number) => metricFamily(resource({}), emptyScope, { ...descriptor, description: long(i) })],
    [
      "series with the resources that they hold",
      (i: number) => series(metricFamily(resource({ k: long(i) }), emptyScope, descriptor), { i }).resource,
    ],
  ])("of %s are forgotten when there are too many of them", async (_, make) => {
    internedText.series = 20;
    const before = internedText.generation;
    const references = Array.from({ length: 100 }, (__, i) => new WeakRef(make(i)));
    expect(internedText.generation).toBeGreaterThan(before);
    await collectGarbage({ execution: "async" });
    const alive = references.filter((one) => one.deref() !== undefined).length;
    // 20 KiB are 12 objects of 2000 characters that count in full.
    expect(alive).toBeLessThan(14);
  });

  const empty = (length: number) => Array.from({ length }, () => ({}));

  test.each([
    ["attributes", (i: number) => attributes({ i, k: empty(30) })],
    ["resources", (i: number) => resource({ i, k: empty(15) })],
    ["scopes", (i: number) => scope({ name: String(i), attributes: { k: empty(15) } })],
  ])("of %s count for the maps in them, however empty these are", async (_, make) => {
    internedText.series = 20;
    const references = Array.from({ length: 100 }, (__, i) => new WeakRef(make(i)));
    await collectGarbage({ execution: "async" });
    // 30 maps are 2 KiB.
    expect(references.filter((one) => one.deref() !== undefined).length).toBeLessThan(16);
  });

  test.each([
    ["descriptions", (i: number) => metricFamily(resource({}), emptyScope, { ...descriptor, description: huge(i) })],
    ["scopes", (i: number) => metricFamily(resource({}), scope({ name: huge(i) }), descriptor)],
    ["resources", (i: number) => metricFamily(resource({ k: huge(i) }), emptyScope, descriptor)],
    ["resources of empty maps", (i: number) => metricFamily(resource({ i, k: empty(1000) }), emptyScope, descriptor)],
  ])("of huge %s are not kept by the series under them", async (name, make) => {
    const references = Array.from({ length: 10 }, (_, i) => new WeakRef(series(make(i), { [name]: i })));
    await collectGarbage({ execution: "async" });
    expect(references.filter((one) => one.deref() !== undefined).length).toBeLessThan(2);
  });

  test("of one kind are let go of while those of another kind come", async () => {
    internedText.series = 100;
    const before = internedText.generation;
    const references: WeakRef<object>[] = [];
    while (internedText.generation === before) references.push(new WeakRef(resource({ a: long(references.length) })));
    for (let i = 0; i < 40; i++) attributes({ b: long(i) });
    expect(internedText.generation).toBe(before + 1);
    await collectGarbage({ execution: "async" });
    expect(references.length).toBeGreaterThan(12);
    // The last one came after the rest was forgotten.
    expect(references.filter((one) => one.deref() !== undefined).length).toBeLessThan(2);
  });

  test("that are short do not count", () => {
    internedText.series = 1;
    const before = internedText.generation;
    for (let i = 0; i < 1000; i++) resource({ short: i });
    expect(internedText.generation).toBe(before);
  });

  test("stay the same objects for who holds them", () => {
    internedText.series = 1;
    const held = resource({ k: long(0) });
    const one = series(metricFamily(held, emptyScope, descriptor), { held: true });
    for (let i = 1; i < 10; i++) resource({ k: long(i) });
    expect(resource({ k: long(0) })).toBe(held);
    expect(series(metricFamily(held, emptyScope, descriptor), { held: true })).toBe(one);
  });
});
