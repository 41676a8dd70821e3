import { describe, expect, test } from "vitest";
import { namedDevices } from "../src/emit/device.ts";
import { selectFields } from "../src/fields/select-fields.ts";
import { readPlans } from "../src/poll/read-plan.ts";
import { Freshness } from "../src/poll/freshness.ts";
import { Schedule } from "../src/poll/schedule.ts";
import { machineEntities } from "../src/simulated/simulated-entities.ts";

const identity = { identifiers: "plain", salt: undefined, endpoint: undefined } as const;
const machine = { gpus: 8, model: "x", seed: 1, migLayout: undefined, lost: new Set<number>() };
const plan = (fields: (string | number)[], migLayout?: 0 | 1) =>
  readPlans(namedDevices(machineEntities({ ...machine, migLayout }), identity), selectFields(fields, [], "auto"), {
    intervalMs: 10_000,
    intervals: { ecc: 30_000 },
    wants: () => true,
    canProfile: ({ entity }) => entity.id !== 5,
  });

describe("what is read", () => {
  test("watches NVLink and profiling apart from the rest", () => {
    const plans = plan([150, 155, 409, 1201, 1002]);
    expect(plans.map(({ fields, devices }) => [fields.map(({ field }) => field.id), devices.length])).toEqual([
      [[150, 155], 8],
      [[409, 1201], 8],
      // GPU 5 has no profiling: it is left out, so that the others keep theirs.
      [[1002], 7],
    ]);
    expect(plans.map(({ profiling }) => profiling)).toEqual([false, false, true]);
  });

  test("asks the engine to keep three intervals", () => {
    expect(
      plan([150, 310]).map(({ intervalMs, updateEveryMs, keepForMs }) => [intervalMs, updateEveryMs, keepForMs]),
    ).toEqual([
      [10_000, 10_000, 30_000],
      [30_000, 30_000, 90_000],
    ]);
  });

  test("reads of a split GPU what is its own, and of its instances what is theirs", () => {
    const plans = plan([155, 252], 0);
    expect(plans.map(({ fields, devices }) => [fields[0]!.field.id, devices.map(({ entity }) => entity.kind)])).toEqual(
      [
        [155, Array.from({ length: 8 }, () => "gpu")],
        [252, [...Array.from({ length: 7 }, () => "gpu"), "gpu_instance", "gpu_instance", "gpu_instance"]],
      ],
    );
  });

  test("asks for what a level does not have of no device", () => {
    expect(plan([1110])).toEqual([]);
  });
});

describe("freshness", () => {
  test("goes by the age of a sample where the engine has this machine's clock", () => {
    const fresh = new Freshness(true);
    fresh.learn(5_000_000, 100_000);
    expect(fresh.ageMs(5_000_000, 100_000)).toBe(95_000);
    expect([fresh.isStale(30_000, 10_000), fresh.isStale(30_001, 10_000)]).toEqual([false, true]);
  });

  test("takes the clock of another machine as it is, an hour behind or ahead", () => {
    for (const offMs of [-3_600_000, 3_600_000]) {
      const fresh = new Freshness(false);
      const sampleMs = 10_000_000 + offMs;
      fresh.learn(sampleMs * 1000, 10_000_000);
      expect(fresh.ageMs(sampleMs * 1000, 10_000_000)).toBe(0);
      expect(fresh.ageMs((sampleMs - 40_000) * 1000, 10_000_000)).toBe(40_000);
    }
  });

  test("has no sample from the future", () => {
    expect(new Freshness(true).ageMs(200_000_000, 100_000)).toBe(0);
  });
});

test("a schedule keeps to its grid when ticks come early or late, and makes up for nothing", () => {
  const schedule = new Schedule(1000, 1000, 0);
  const done: number[] = [];
  for (const now of [12, 998, 2003, 5400, 5990, 7001]) {
    if (!schedule.isDue(now)) continue;
    schedule.done(now);
    done.push(now);
  }
  expect(done).toEqual([12, 998, 2003, 5400, 5990, 7001]);
  const slow = new Schedule(10_000, 1000, 0);
  expect([0, 1000, 9400, 9600].map((now) => slow.isDue(now) && (slow.done(now), true))).toEqual([
    true,
    false,
    false,
    true,
  ]);
});
