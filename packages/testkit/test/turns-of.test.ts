import { expect, test } from "vitest";
import { turnsOf } from "../src/testkit.ts";

test("counts the turns that work gives to others", async () => {
  expect(await turnsOf(() => 1)).toBe(0);
  expect(await turnsOf(() => Promise.resolve())).toBe(0);
  const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));
  const three = await turnsOf(async () => {
    for (let i = 0; i < 3; i++) await turn();
  });
  expect(three).toBeGreaterThanOrEqual(2);
  expect(three).toBeLessThanOrEqual(4);
});
