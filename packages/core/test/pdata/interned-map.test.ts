import {
  attributes,
  emptyScope,
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

test("objects that nobody uses are not kept alive by what is known of them", async () => {
  const { setFlagsFromString } = await import("node:v8");
  setFlagsFromString("--expose-gc");
  const { runInNewContext } = await import("node:vm");
  const collect = runInNewContext("gc") as () => void;
  const known = new InternedMap<{ readonly hash: number }, object>();
  const gone: WeakRef<object>[] = [];
  for (let i = 0; i < 100; i++) {
    const key = { hash: i * 7 };
    known.set(key, { of: key });
    gone.push(new WeakRef(key));
  }
  await new Promise((resolve) => setImmediate(resolve));
  collect();
  expect(gone.filter((one) => one.deref() !== undefined).length).toBeLessThan(5);
});
