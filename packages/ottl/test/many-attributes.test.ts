import { describe, expect, test } from "vitest";
import { AttributeView } from "../src/items/attribute-view.ts";

/** Lists that count how often somebody looks at one of their keys. */
function counted(keys: readonly string[]): { keys: readonly string[]; looks: () => number } {
  let looks = 0;
  const get = (target: readonly string[], name: string | symbol): unknown => {
    looks++;
    return Reflect.get(target, name);
  };
  return { keys: new Proxy(keys, { get }), looks: () => looks };
}

describe("a view of many attributes", () => {
  const names = Array.from({ length: 100 }, (_, i) => `k${i}`);

  test("looks at each once, however often it is asked", () => {
    const { keys, looks } = counted(names);
    const view = new AttributeView();
    view.pointAt(
      keys,
      names.map((_, i) => i),
      0,
      100,
    );
    for (let i = 0; i < 1000; i++) expect(view.get(i % 2 === 0 ? "none" : "k99")).toBe(i % 2 === 0 ? undefined : 99);
    expect(looks()).toBeLessThan(300);
  });

  test("finds what is there after each change, and the first of a key that comes twice", () => {
    const view = new AttributeView();
    view.pointAt([...names, "k5", "outside"], [...names.map((_, i) => i), "second", 1], 0, 101);
    expect([view.get("k5"), view.get("outside")]).toEqual([5, undefined]);
    view.set("new", "n");
    view.set("k7", "seven");
    view.delete("k6");
    expect(["k5", "k6", "k7", "k8", "k99", "new"].map((key) => view.get(key))).toEqual([
      5,
      undefined,
      "seven",
      8,
      99,
      "n",
    ]);
    view.edit((map) => map.delete("k0"));
    expect([view.get("k0"), view.get("k1"), view.get("new")]).toEqual([undefined, 1, "n"]);
    view.pointAt(["k1"], ["other"], 0, 1);
    expect([view.get("k1"), view.get("k2")]).toEqual(["other", undefined]);
  });
});
