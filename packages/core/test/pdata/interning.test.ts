import fc from "fast-check";
import { describe, expect, test } from "vitest";
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
import { collectGarbage, descriptor } from "./interned.ts";

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

  test("equal sets have one identity, and different ones another", () => {
    fc.assert(
      fc.property(sets, sets, (a, b) => {
        expect(attributes(a).identity === attributes(b).identity).toBe(attributes(a) === attributes(b));
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
    for (const n of [5, 0, -7, 2 ** 40, -(2 ** 40), Number.MAX_SAFE_INTEGER])
      expect(attributes({ a: BigInt(n) })).toBe(attributes({ a: n }));
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
  test("a set that many metrics have is one series in each, whichever came first", () => {
    const all = Array.from({ length: 20 }, (_, i) => make({ name: `n${i}` }, undefined, undefined, { shared: true }));
    expect(new Set(all).size).toBe(20);
    const again = all.map((_, i) => make({ name: `n${i}` }, undefined, undefined, { shared: true }));
    for (const [i, one] of again.entries()) expect(one).toBe(all[i]);
  });

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

interface Named {
  readonly name: string;
  readonly n: number;
}

/** An interner of objects with a name. As if all names met in one place of its table when `hash` is given. */
class Names extends Interner<Named> {
  named(name: string, n = 0, hash = Number(name) | 0): Named {
    return this.get(
      hash,
      (one) => one.name === name,
      () => ({ name, n }),
      name.length,
    );
  }
}

describe("the interner", () => {
  test("keeps no more objects alive than its limit says", () => {
    const interner = new Names(10);
    for (let i = 0; i < 1000; i++) {
      interner.named(String(i));
      expect(interner.size).toBeLessThanOrEqual(10);
    }
  });

  test("finds an object again that was evicted but is in use", () => {
    const interner = new Names(4);
    const held = interner.named("held");
    for (let i = 0; i < 100; i++) interner.named(String(i));
    expect(interner.named("held")).toBe(held);
  });

  test("forgets an object that nobody uses, once it was collected, and makes it anew", async () => {
    const interner = new Names(4);
    const held = interner.named("held", 1);
    const lost = new WeakRef(interner.named("lost", 1));
    for (let i = 0; i < 100; i++) interner.named(String(i));
    await collected(lost);
    expect(interner.named("lost", 2).n).toBe(2);
    expect(interner.named("held", 2)).toBe(held);
  });

  test("lets go of more when its limit is lowered, and keeps the others", async () => {
    const interner = new Names(100);
    for (let i = 0; i < 100; i++) interner.named(String(i), 1);
    interner.limit = 10;
    expect(interner.size).toBe(10);
    await collectGarbage({ execution: "async" });
    const made = Array.from({ length: 100 }, (_, i) => interner.named(String(i), 2).n);
    expect(made.filter((n) => n === 1)).toHaveLength(10);
  });

  test.each([
    ["with a hash of its own each", undefined],
    ["all with one hash", 7],
  ])("is a bounded map for as long as an object is in use: %s", async (_title, hash) => {
    const names = fc.integer({ min: 0, max: 30 }).map(String);
    const steps = fc.array(fc.record({ name: names, hold: fc.boolean() }), { maxLength: 200 });
    await fc.assert(
      fc.asyncProperty(steps, fc.integer({ min: 1, max: 8 }), fc.nat(20), async (all, limit, collectAt) => {
        const interner = new Names(limit, 1);
        const held = new Map<string, Named>();
        for (const [i, { name, hold }] of all.entries()) {
          const one = interner.named(name, i, hash);
          expect(one.name).toBe(name);
          if (held.has(name)) expect(one).toBe(held.get(name));
          if (hold) held.set(name, one);
          else held.delete(name);
          expect(interner.size).toBeLessThanOrEqual(limit);
          if (i % 20 === collectAt) await collectGarbage({ execution: "async" });
        }
      }),
      { numRuns: 15 },
    );
  });

  test("lets go of all that it was told to forget while new ones come, and still finds what somebody holds", async () => {
    const interner = new Names(100);
    for (let i = 0; i < 100; i++) interner.named(String(i), 1);
    const held = interner.named("7");
    interner.forget();
    expect(interner.size).toBe(100);
    for (let i = 100; i < 120; i++) interner.named(String(i), 1);
    expect(interner.size).toBe(20);
    await collectGarbage({ execution: "async" });
    expect(interner.named("7", 2)).toBe(held);
    const made = Array.from({ length: 120 }, (_, i) => interner.named(String(i), 2).n);
    expect(made.filter((n) => n === 1)).toHaveLength(21);
  });

  test("keeps no more alive than its limit says while it forgets", () => {
    const interner = new Names(10);
    for (let i = 0; i < 200; i++) {
      if (i % 7 === 0) interner.forget();
      interner.named(String(i));
      interner.named(String(i >> 1));
      expect(interner.size).toBeLessThanOrEqual(10);
    }
  });

  test("uses the places of objects that have gone for new ones", async () => {
    const interner = new Names(100);
    for (let round = 0; round < 10; round++) {
      for (let i = 0; i < 1000; i++) interner.named(String(round * 1000 + i));
      await collectGarbage({ execution: "async" });
    }
    // 10,000 have come, and 1,100 were alive at a time.
    expect(interner.places).toBeLessThan(4000);
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
});

test("resources with thousands of entity references are told apart by them", () => {
  const refs = (last: string) =>
    Array.from({ length: 1_500 }, (_, i) => ({
      schemaUrl: "",
      type: i === 1_499 ? last : "host",
      idKeys: [],
      descriptionKeys: [],
    }));
  expect(resource({}, "", 0, refs("a"))).toBe(resource({}, "", 0, refs("a")));
  expect(resource({}, "", 0, refs("a"))).not.toBe(resource({}, "", 0, refs("b")));
  expect(resource({}, "", 0, refs("a"))).not.toBe(resource({}, "", 0, refs("a").slice(0, 1_400)));
});

test("metrics that share a name and an origin have hashes of their own: comparing each with all took minutes", () => {
  const from = resource({ "service.name": "one" });
  const families = Array.from({ length: 50_000 }, (_, i) => [
    metricFamily(from, emptyScope, { ...descriptor, description: String(i) }),
    metricFamily(from, emptyScope, { ...descriptor, unit: String(i) }),
    metricFamily(from, emptyScope, { ...descriptor, metadata: attributes({ id: i }) }),
  ]);
  expect(new Set(families.flat()).size).toBe(150_000);
});
