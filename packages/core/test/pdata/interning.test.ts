import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import {
  attributes,
  emptyScope,
  Interner,
  metricFamily,
  resource,
  scope,
  series,
  type AttributesInput,
  type MetricDescriptor,
  type Series,
} from "../../src/pdata/pdata.ts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as (options: { execution: "async" }) => Promise<void>;

const descriptor: MetricDescriptor = {
  name: "t",
  description: "",
  unit: "",
  kind: "gauge",
  monotonic: false,
  temporality: "unspecified",
};

const value = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.boolean(),
  fc.double(),
  fc.maxSafeInteger(),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.uint8Array({ maxLength: 4 }),
  fc.array(fc.oneof(fc.string(), fc.integer()), { maxLength: 3 }),
  fc.dictionary(fc.string(), fc.string(), { maxKeys: 2 }),
);
const sets = fc.dictionary(fc.string(), value, { maxKeys: 5, noNullPrototype: true });

describe("interned attributes", () => {
  test("equal sets are one object, in whatever order they were written", () => {
    fc.assert(
      fc.property(sets, (input) => {
        const backwards = Object.fromEntries(Object.entries(input).toReversed());
        expect(attributes(backwards)).toBe(attributes(input));
      }),
    );
  });

  test("different sets are different objects", () => {
    fc.assert(
      fc.property(sets, sets, (a, b) => {
        fc.pre(plain(a) !== plain(b));
        expect(attributes(a)).not.toBe(attributes(b));
      }),
    );
  });

  test.each<[AttributesInput, AttributesInput]>([
    [{ a: "1" }, { a: 1 }],
    [{ a: 1 }, { a: true }],
    [{ a: 0 }, { a: -0 }],
    [
      { a: "x", b: "" },
      { a: "", b: "x" },
    ],
    [{ a: ["x", "y"] }, { a: ["xy"] }],
    [{ a: [["x"], "y"] }, { a: [["x", "y"]] }],
    [{ a: new Uint8Array([120]) }, { a: "x" }],
    [{ ab: "c" }, { a: "bc" }],
    [{ a: "1:b" }, { a: "1", b: "" }],
    [{ a: Number.NaN }, { a: "NaN" }],
  ])("%o and %o are not the same", (a, b) => {
    expect(attributes(a)).not.toBe(attributes(b));
  });

  test("an integer is the same as number and as bigint", () => {
    expect(attributes({ a: 5n })).toBe(attributes({ a: 5 }));
  });

  test("do not change when the caller changes what was passed", () => {
    const bytes = new Uint8Array([1]);
    const list = ["x"];
    const set = attributes({ bytes, list });
    bytes[0] = 9;
    list.push("y");
    expect(set.toObject()).toEqual({ bytes: new Uint8Array([1]), list: ["x"] });
    expect(attributes({ bytes: new Uint8Array([1]), list: ["x"] })).toBe(set);
  });

  test("a key __proto__ is a key like any other", () => {
    const input = JSON.parse('{"__proto__": "evil", "constructor": "c"}') as AttributesInput;
    const set = attributes(input);
    expect([...set]).toEqual([
      ["__proto__", "evil"],
      ["constructor", "c"],
    ]);
    const object = set.toObject();
    expect(Object.hasOwn(object, "__proto__")).toBe(true);
    expect(Object.getPrototypeOf(object)).toBe(Object.prototype);
    expect(Array.from(set.with({ constructor: undefined }))).toEqual([["__proto__", "evil"]]);
    expect(({} as Record<string, unknown>)["evil"]).toBeUndefined();
  });

  test("attributes that are called like fields of a set stay attributes", () => {
    const one = series(metricFamily(resource({ identity: "a", keys: "b" }), emptyScope, descriptor), {
      identity: "c",
      keys: "d",
    });
    expect(one.attributes.toObject()).toEqual({ identity: "c", keys: "d" });
    expect(one.resource.attributes.toObject()).toEqual({ identity: "a", keys: "b" });
  });

  test("with makes the changed set, and the same one when nothing changes", () => {
    const set = attributes({ a: 1, b: 2 });
    expect(set.with({ b: undefined, c: 3 })).toBe(attributes({ a: 1, c: 3 }));
    expect(set.with({ a: 1 })).toBe(set);
  });
});

describe("interned series", () => {
  test("equal identity is one object, any difference another one", () => {
    const all = [
      make(),
      make({ name: "u" }),
      make({ unit: "s" }),
      make({ description: "d" }),
      make({ kind: "sum" }),
      make({ kind: "sum", monotonic: true }),
      make({ kind: "sum", temporality: "delta" }),
      make({}, resource({ h: 2 })),
      make({}, resource({ h: 1 }, "https://schema")),
      make({}, undefined, scope({ name: "s", version: "1" })),
      make({}, undefined, undefined, { a: 2 }),
    ];
    expect(new Set(all).size).toBe(all.length);
    expect(make()).toBe(all[0]);
    expect(all[1]!.withDescriptor({ name: "t" })).toBe(all[0]);
    expect(all[7]!.withResource(resource({ h: 1 }))).toBe(all[0]);
    expect(all[10]!.withAttributes(attributes({ a: 1 }))).toBe(all[0]);
  });
});

describe("the interner", () => {
  test("keeps no more objects alive than its limit says", () => {
    const interner = new Interner<object>(10);
    for (let i = 0; i < 1000; i++) {
      interner.get(String(i), () => ({}));
      expect(interner.size).toBeLessThanOrEqual(10);
    }
  });

  test("finds an object again that was evicted but is in use", () => {
    const interner = new Interner<object>(4);
    const held = interner.get("held", () => ({}));
    for (let i = 0; i < 100; i++) interner.get(String(i), () => ({}));
    expect(interner.get("held", () => ({}))).toBe(held);
  });

  test("forgets an object that nobody uses, once it was collected, and makes it anew", async () => {
    const interner = new Interner<{ n: number }>(4);
    const held = interner.get("held", () => ({ n: 1 }));
    const lost = new WeakRef(interner.get("lost", () => ({ n: 1 })));
    for (let i = 0; i < 100; i++) interner.get(String(i), () => ({ n: 0 }));
    await collected(lost);
    expect(interner.get("lost", () => ({ n: 2 }))).toEqual({ n: 2 });
    expect(interner.get("held", () => ({ n: 2 }))).toBe(held);
  });

  test("an object made anew is not lost when the collection of the old one is noticed late", async () => {
    const interner = new Interner<{ n: number }>(2);
    const first = new WeakRef(interner.get("k", () => ({ n: 1 })));
    for (let i = 0; i < 10; i++) interner.get(String(i), () => ({ n: 0 }));
    await collected(first);
    const second = interner.get("k", () => ({ n: 2 }));
    for (let i = 0; i < 10; i++) interner.get(String(i), () => ({ n: 0 }));
    await collectGarbage({ execution: "async" });
    expect(interner.get("k", () => ({ n: 3 }))).toBe(second);
  });
});

/** Collects until the object has gone. */
async function collected(reference: WeakRef<object>): Promise<void> {
  for (let attempt = 0; attempt < 50 && reference.deref() !== undefined; attempt++)
    await collectGarbage({ execution: "async" });
  expect(reference.deref()).toBeUndefined();
}

/** A text that is equal for sets that ought to be equal. */
function plain(input: AttributesInput): string {
  const entries = Object.entries(input).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify(entries, (_key, one: unknown) => {
    if (typeof one === "bigint") return `int ${one}`;
    if (typeof one === "number")
      return Number.isSafeInteger(one) && !Object.is(one, -0)
        ? `int ${one}`
        : `double ${Object.is(one, -0) ? "-0" : one}`;
    return one instanceof Uint8Array ? `bytes ${[...one].join()}` : one;
  });
}

/** A series, less what the test changes. */
function make(
  changes: Partial<MetricDescriptor> = {},
  from = resource({ h: 1 }),
  by = scope({ name: "s" }),
  set: AttributesInput = { a: 1 },
): Series {
  return series(metricFamily(from, by, { ...descriptor, ...changes }), set);
}

describe("what has a long identity", () => {
  const long = (i: number): string => `${i} `.repeat(10_000);

  test("is one object while it is in use, and is let go then", async () => {
    const held = attributes({ long: long(0) });
    const references = Array.from({ length: 20 }, (_, i) => {
      const of = metricFamily(resource({ r: long(i) }), scope({ name: long(i) }), descriptor);
      return [new WeakRef(series(of, { long: long(i + 1) })), new WeakRef(attributes({ long: long(i + 1) }))];
    }).flat();
    await collectGarbage({ execution: "async" });
    expect(references.filter((one) => one.deref() !== undefined)).toEqual([]);
    expect(attributes({ long: long(0) })).toBe(held);
  });

  test("is found again after it was let go", async () => {
    for (let round = 0; round < 3; round++) {
      const one = attributes({ long: long(99) });
      expect(attributes({ long: long(99) })).toBe(one);
      expect(one.get("long")).toBe(long(99));
      await collectGarbage({ execution: "async" });
    }
  });

  test("stands in no key of the metrics that have it", () => {
    const get = vi.spyOn(Interner.prototype, "get");
    const [from, by] = [resource({ r: long(1) }), scope({ name: long(1) })];
    get.mockClear();
    metricFamily(from, by, descriptor);
    const keys = get.mock.calls.map(([key]) => key.length);
    get.mockRestore();
    expect(keys).toHaveLength(1);
    expect(keys[0]).toBeLessThan(100);
  });
});
