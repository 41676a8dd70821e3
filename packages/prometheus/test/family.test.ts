import { setImmediate } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { emptyResource, emptyScope, metricFamily } from "@tracecore/core/pdata";
import { expect, test } from "vitest";
import type { Entry } from "../src/entry.ts";
import { Families, isRefusal } from "../src/family.ts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

test("a metric does not hold what an exporter that is no more had of it", async () => {
  const metric = metricFamily(emptyResource, emptyScope, {
    name: "stays",
    description: "",
    unit: "",
    kind: "gauge",
    monotonic: false,
    temporality: "unspecified",
  });
  const entries = (): WeakRef<object> => {
    const families = new Families("UnderscoreEscapingWithSuffixes", "", false);
    const family = families.of(metric);
    if (isRefusal(family)) throw new Error(family.message);
    family.entries.set("", {} as Entry);
    families.add(family);
    expect(families.of(metric)).toBe(family);
    expect(families.of(metric)).toBe(family);
    return new WeakRef(family.entries);
  };
  const gone = [entries(), entries()];
  for (let i = 0; i < 3; i++) {
    await setImmediate();
    collectGarbage();
  }
  expect(gone.map((one) => one.deref())).toEqual([undefined, undefined]);
  expect(metric.descriptor.name).toBe("stays");
});
