import { describe, expect, it } from "vitest";
import {
  metricFamily,
  numberPoints,
  POINT_INTEGER,
  POINT_NO_VALUE,
  RecurringNumbers,
  emptyResource,
  emptyScope,
  series,
  splitTime,
  type Metrics,
  type Series,
} from "@tracecore/core/pdata";

const family = metricFamily(emptyResource, emptyScope, {
  name: "gpu.energy",
  description: "",
  unit: "J",
  kind: "sum",
  monotonic: true,
  temporality: "cumulative",
});
const one = (gpu: number): Series => series(family, { gpu });

function shown(batch: Metrics): string[] {
  return [...numberPoints(batch)].map(
    ({ attributes, value, integer, startTimeUnixNano, timeUnixNano }) =>
      `${Number(attributes["gpu"])}=${value}${integer ? "i" : ""} ${startTimeUnixNano}-${timeUnixNano}`,
  );
}

function built(rows: RecurringNumbers, timeNs: bigint, gpus: readonly number[], flags = 0): Metrics {
  rows.begin(timeNs);
  for (const gpu of gpus) rows.add(one(gpu), gpu * 10, flags, 0, 5);
  return rows.build();
}

describe("numbers that recur", () => {
  it("have their series, value, kind and times in the batch", () => {
    const rows = new RecurringNumbers();
    rows.begin(1_700_000_000_000_000_001n);
    const { high, low } = splitTime(1_600_000_000_000_000_002n);
    rows.add(one(0), 1.5);
    rows.add(one(1), 2, POINT_INTEGER, high, low);
    rows.addExact(one(2), 2n ** 60n + 1n);
    rows.add(one(3), 0, POINT_NO_VALUE);
    const batch = rows.build();
    expect(batch.itemCount).toBe(4);
    expect(shown(batch)).toEqual([
      "0=1.5 0-1700000000000000001",
      "1=2i 1600000000000000002-1700000000000000001",
      "2=1152921504606846977i 0-1700000000000000001",
      "3=0 0-1700000000000000001",
    ]);
    expect([...batch.numbers.flags]).toEqual([0, POINT_INTEGER, POINT_INTEGER, POINT_NO_VALUE]);
  });

  it("share series, flags and start times with the batch before when those are the same, never values or times", () => {
    const rows = new RecurringNumbers();
    const { numbers: first } = built(rows, 1n, [1, 2, 3]);
    const { numbers: second } = built(rows, 2n, [1, 2, 3]);
    expect(second.series).toBe(first.series);
    expect(second.flags.buffer).toBe(first.flags.buffer);
    expect(second.startTimes.low.buffer).toBe(first.startTimes.low.buffer);
    expect(second.values.buffer).not.toBe(first.values.buffer);
    expect(second.times.low.buffer).not.toBe(first.times.low.buffer);
  });

  it("leave every batch as it was when later ones have other series, flags, start times, or more or fewer rows", () => {
    const rows = new RecurringNumbers();
    const many = Array.from({ length: 100 }, (_, gpu) => gpu);
    const layouts: (readonly [readonly number[], number])[] = [
      [[1, 2, 3], 0],
      [[1, 9, 3], 0],
      [[1, 9, 3], POINT_INTEGER],
      [[1], POINT_INTEGER],
      [[1, 2, 3, 4], 0],
      [many, POINT_INTEGER],
      [[], 0],
      [[7], 0],
    ];
    const batches = layouts.map(([gpus, flags], index) => built(rows, BigInt(index), gpus, flags));
    for (const [index, [gpus, flags]] of layouts.entries()) {
      const kind = flags === POINT_INTEGER ? "i" : "";
      expect(shown(batches[index]!)).toEqual(gpus.map((gpu) => `${gpu}=${gpu * 10}${kind} 5-${index}`));
      expect(batches[index]!.numbers.series).toHaveLength(gpus.length);
    }
  });

  it("forget what was added to a batch that was not built", () => {
    const rows = new RecurringNumbers();
    const first = built(rows, 1n, [1, 2]);
    rows.begin(2n);
    for (const gpu of [5, 6, 7, 8]) rows.addExact(one(gpu), 2n ** 60n);
    expect(rows.itemCount).toBe(4);
    const second = built(rows, 3n, [1, 2, 3]);
    expect(shown(second)).toEqual(["1=10 5-3", "2=20 5-3", "3=30 5-3"]);
    expect(shown(first)).toEqual(["1=10 5-1", "2=20 5-1"]);
  });
});
