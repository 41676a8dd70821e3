import { manualClock, TimeLimit } from "@tracecore/core";
import { expect, test } from "vitest";

interface Rig extends Disposable {
  readonly clock: ReturnType<typeof manualClock>;
  readonly limit: TimeLimit<{ name: string }>;
  readonly late: string[];
}

function rig(ms: number): Rig {
  const clock = manualClock();
  const late: string[] = [];
  const limit = new TimeLimit<{ name: string }>(clock, ms, ({ name }) => late.push(name));
  return { clock, limit, late, [Symbol.dispose]: () => limit[Symbol.dispose]() };
}

test("tells of each that does not end in time, at its time and once", async () => {
  using it = rig(1_000);
  const [first, second, third] = [{ name: "first" }, { name: "second" }, { name: "third" }];
  it.limit.begin(first);
  await it.clock.advance(400);
  it.limit.begin(second);
  it.limit.begin(third);
  await it.clock.advance(599);
  expect(it.late).toEqual([]);
  await it.clock.advance(1);
  expect(it.late).toEqual(["first"]);
  it.limit.end(second);
  await it.clock.advance(399);
  expect(it.late).toEqual(["first"]);
  await it.clock.advance(1);
  expect([it.late, [...it.limit.open]]).toEqual([["first", "third"], []]);
  await it.clock.advance(10_000);
  expect(it.late).toHaveLength(2);
});

test("watches again after nothing was under way", async () => {
  using it = rig(1_000);
  const one = { name: "one" };
  it.limit.begin(one);
  it.limit.end(one);
  await it.clock.advance(5_000);
  it.limit.begin(one);
  await it.clock.advance(1_000);
  expect(it.late).toEqual(["one"]);
});

test("waits for ever without a limit, and once it is disposed", async () => {
  using it = rig(0);
  it.limit.begin({ name: "one" });
  await it.clock.advance(1e9);
  expect(it.late).toEqual([]);
  using other = rig(10);
  other.limit.begin({ name: "one" });
  other.limit[Symbol.dispose]();
  await other.clock.advance(100);
  expect(other.late).toEqual([]);
});

test("holds nothing of what has ended while one still waits", () => {
  using it = rig(60_000);
  it.limit.begin({ name: "waits" });
  const before = process.memoryUsage().heapUsed;
  for (let i = 0; i < 3_000_000; i++) {
    const one = { name: "" };
    it.limit.begin(one);
    it.limit.end(one);
  }
  // A suspended iterator over the map kept some 50 bytes of each.
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(80e6);
});
