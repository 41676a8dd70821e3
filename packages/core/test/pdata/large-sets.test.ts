import { describe, expect, test, vi } from "vitest";
import { attributes } from "../../src/pdata/pdata.ts";

// A request of 4 MiB has room for a resource of 200,000 attributes and a million records that each ask it for one.
describe("a look-up in many attributes", () => {
  const keys = Array.from({ length: 1000 }, (_, i) => `${String.fromCodePoint(0x40 + (i % 7) * 0x3000)}${i * 3}`);
  const set = attributes(Object.fromEntries(keys.map((key, i) => [key, i])));

  test("finds each of them, and no other", () => {
    expect(keys.map((key) => set.get(key))).toEqual(keys.map((_, i) => i));
    expect(keys.every((key) => set.has(key))).toBe(true);
    for (const key of ["", "\u{FFFF}", "@1", `${keys[500]!}x`, "__proto__"]) {
      expect([set.get(key), set.has(key)]).toEqual([undefined, false]);
    }
  });

  test("does not look at all of them", () => {
    const indexOf = vi.spyOn(Array.prototype, "indexOf");
    set.get("none");
    const calls = indexOf.mock.calls.length;
    indexOf.mockRestore();
    expect(calls).toBe(0);
  });
});
