import { setImmediate } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import {
  attributes,
  emptyScope,
  Interned,
  InternedMap,
  metricFamily,
  onceForEach,
  resource,
  series,
} from "@tracecore/core/pdata";
import { expect, test } from "vitest";

test("what is known of interned objects is found by their identity", () => {
  const known = new InternedMap<ReturnType<typeof resource>, number>();
  const pods = Array.from({ length: 5000 }, (_, i) => resource({ pod: `pod-${i}` }));
  pods.forEach((pod, i) => known.set(pod, i));
  expect(pods.map((pod) => known.get(pod))).toEqual(pods.map((_, i) => i));
  known.set(resource({ pod: "pod-7" }), -7);
  expect(known.get(pods[7]!)).toBe(-7);
  expect(known.get(resource({ pod: "another" }))).toBeUndefined();
});

test("each series, set, resource and scope is asked about once", () => {
  const asked: string[] = [];
  const isLong = onceForEach((one: ReturnType<typeof series>) => {
    asked.push(one.name);
    return one.name.length > 3;
  });
  const of = (name: string): ReturnType<typeof series> =>
    series(
      metricFamily(resource({ host: "a" }), emptyScope, {
        name,
        description: "",
        unit: "1",
        kind: "gauge",
        monotonic: false,
        temporality: "unspecified",
      }),
      attributes({ gpu: "0" }),
    );
  expect(["abc", "abcd", "abc", "abcd", "abc"].map((name) => isLong(of(name)))).toEqual([
    false,
    true,
    false,
    true,
    false,
  ]);
  expect(asked).toEqual(["abc", "abcd"]);
  const sets = onceForEach((one: ReturnType<typeof attributes>) => ({ size: one.size }));
  expect(sets(attributes({ a: 1, b: 2 }))).toBe(sets(attributes({ b: 2, a: 1 })));
});

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Objects are kept until the end of the turn in which a reference to them was made or followed. */
async function collected(): Promise<void> {
  await setImmediate();
  collect();
  // What a registry of objects that have gone is told comes in a turn of its own.
  await setImmediate();
  await setImmediate();
}

class Own extends Interned {}

test("several maps know one object, each its own", () => {
  const maps = Array.from({ length: 5 }, () => new InternedMap<Own, number>());
  const keys = Array.from({ length: 3 }, () => new Own());
  keys.forEach((key, k) => maps.forEach((map, m) => map.set(key, k * 10 + m)));
  keys.forEach((key, k) => expect(maps.map((map) => map.get(key))).toEqual([0, 1, 2, 3, 4].map((m) => k * 10 + m)));
});

test("objects that nobody uses are not kept alive by what is known of them", async () => {
  const known = new InternedMap<Own, object>();
  const gone = Array.from({ length: 100 }, () => {
    const key = new Own();
    known.set(key, { of: key });
    return new WeakRef(key);
  });
  await collected();
  expect(gone.filter((one) => one.deref() !== undefined).length).toBeLessThan(5);
});

test("what a map knew that is no longer there goes when something else is known of the object", async () => {
  const key = new Own();
  const stay = new InternedMap<Own, string>();
  stay.set(key, "stays");
  const values = Array.from({ length: 20 }, () => {
    const value = {};
    new InternedMap<Own, object>().set(key, value);
    return new WeakRef(value);
  });
  await collected();
  for (let i = 0; i < 3; i++) new InternedMap<Own, string>().set(key, "another");
  expect(stay.get(key)).toBe("stays");
  await collected();
  expect(values.filter((one) => one.deref() !== undefined).length).toBeLessThan(5);
});

test("what a map knew that is no longer there goes when a newer one is asked for the object", async () => {
  const key = new Own();
  const gone = Array.from({ length: 3 }, () => {
    const value = {};
    new InternedMap<Own, object>().set(key, value);
    return new WeakRef(value);
  });
  const newest = new InternedMap<Own, string>();
  newest.set(key, "newest");
  await collected();
  for (let i = 0; i < 3; i++) expect(newest.get(key)).toBe("newest");
  await collected();
  expect(gone.filter((one) => one.deref() !== undefined)).toEqual([]);
});
