import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { SlidingCounts } from "../src/events/sliding-counts.ts";
import { running, type RunningDcgm } from "./running.ts";

const file = join(mkdtempSync(join(tmpdir(), "counters-")), "counters.csv");
writeFileSync(
  file,
  `DCGM_FI_DEV_GPU_TEMP, gauge, x
DCGM_EXP_XID_ERRORS_COUNT, gauge, Count of XID Errors within user-specified time window.
DCGM_EXP_XID_ERRORS_TOTAL, counter, Total XID errors observed since exporter start.
DCGM_EXP_CLOCK_EVENTS_COUNT, gauge, Count of clock events within the user-specified time window.
DCGM_EXP_CLOCK_EVENTS_TOTAL, counter, Total clock events observed since exporter start (edge-counted).
`,
);

function sim(faults: string, rest = ""): string {
  return `{ mode: simulated, collection_interval: 10s, counters_file: ${file}, naming: [dcgm-exporter], simulated: { gpus: 2, faults: [${faults}] }${rest} }`;
}

const xidCounts = (dcgm: RunningDcgm): string[] =>
  dcgm.values("DCGM_EXP_XID_ERRORS_COUNT", "gpu", "xid", "window_size_in_ms");
const clockCounts = (dcgm: RunningDcgm): string[] =>
  dcgm.values("DCGM_EXP_CLOCK_EVENTS_COUNT", "gpu", "clock_event", "window_size_in_ms");
const above0 = (lines: readonly string[]): string[] => lines.filter((line) => !line.endsWith(" 0"));
const totals = (dcgm: RunningDcgm, name: string, label: string): string[] => above0(dcgm.values(name, "gpu", label));

describe("what dcgm-exporter computes", () => {
  test("counts XIDs within the window, and shows 0 without a code where there were none", async () => {
    await using dcgm = await running(
      sim(
        "{ kind: xid, gpu: 1, code: 43, after: 3s }, { kind: xid, gpu: 1, code: 43, after: 13s }",
        ", xid_window: 30s",
      ),
    );
    expect(xidCounts(dcgm)).toEqual(["0 undefined 30000 0", "1 undefined 30000 0"]);
    await dcgm.next(10_000);
    expect(xidCounts(dcgm)).toEqual(["0 undefined 30000 0", "1 43 30000 1"]);
    expect(dcgm.ended().filter((name) => name.startsWith("DCGM_EXP_XID"))).toEqual(["DCGM_EXP_XID_ERRORS_COUNT"]);
    await dcgm.next(10_000);
    expect(xidCounts(dcgm)).toEqual(["0 undefined 30000 0", "1 43 30000 2"]);
    for (let i = 0; i < 4; i++) await dcgm.next(10_000);
    expect(xidCounts(dcgm)).toEqual(["0 undefined 30000 0", "1 undefined 30000 0"]);
    expect(totals(dcgm, "DCGM_EXP_XID_ERRORS_TOTAL", "xid")).toEqual(["1 43 2"]);
  });

  test("has a total at 0 before the first XID that calls for somebody, so that increase() sees it", async () => {
    await using dcgm = await running(sim("{ kind: xid, gpu: 0, code: 79, after: 3s }"));
    const line = (): string[] =>
      dcgm.values("DCGM_EXP_XID_ERRORS_TOTAL", "gpu", "xid").filter((one) => one.startsWith("0 79 "));
    expect(line()).toEqual(["0 79 0"]);
    await dcgm.next(10_000);
    expect(line()).toEqual(["0 79 1"]);
    const [point] = dcgm.points("DCGM_EXP_XID_ERRORS_TOTAL");
    expect(point!.startTimeUnixNano).toBeGreaterThan(0n);
    expect(point!.attributes).not.toHaveProperty("window_size_in_ms");
  });

  test("counts clock events at each read within the window, and each time that one begins in all", async () => {
    await using dcgm = await running(
      sim(
        "{ kind: thermal, gpu: 0, after: 5s, for: 20s }, { kind: thermal, gpu: 0, after: 45s, for: 10s }",
        ", clock_events_window: 1m",
      ),
    );
    const hot = (lines: readonly string[]): string[] => lines.filter((line) => line.startsWith("0 hw_thermal "));
    expect(hot(clockCounts(dcgm))).toEqual([]);
    for (let i = 0; i < 2; i++) await dcgm.next(10_000);
    expect(hot(clockCounts(dcgm))).toEqual(["0 hw_thermal 60000 2"]);
    expect(totals(dcgm, "DCGM_EXP_CLOCK_EVENTS_TOTAL", "clock_event")).toContain("0 hw_thermal 1");
    for (let i = 0; i < 4; i++) await dcgm.next(10_000);
    expect(totals(dcgm, "DCGM_EXP_CLOCK_EVENTS_TOTAL", "clock_event")).toContain("0 hw_thermal 2");
    expect(hot(clockCounts(dcgm))).toEqual(["0 hw_thermal 60000 3"]);
  });

  test("shows no window while the engine is gone, and goes on with the totals", async () => {
    await using dcgm = await running(
      sim("{ kind: xid, gpu: 1, code: 43, after: 3s }, { kind: engine_lost, after: 15s, for: 20s }"),
    );
    await dcgm.next(10_000);
    await dcgm.next(10_000);
    expect(xidCounts(dcgm)).toEqual([]);
    expect(totals(dcgm, "DCGM_EXP_XID_ERRORS_TOTAL", "xid")).toEqual(["1 43 1"]);
    for (let i = 0; i < 4; i++) await dcgm.next(10_000);
    expect(xidCounts(dcgm)).toEqual(["0 undefined 300000 0", "1 43 300000 1"]);
    expect(totals(dcgm, "DCGM_EXP_XID_ERRORS_TOTAL", "xid")).toEqual(["1 43 1"]);
  });

  test("is not there without a naming of dcgm-exporter, which is said", async () => {
    await using dcgm = await running(sim("", "").replace("[dcgm-exporter]", "[otel]"));
    expect(dcgm.points("DCGM_EXP_XID_ERRORS_TOTAL")).toEqual([]);
    expect(dcgm.logger.lines[0]?.message).toBe(
      `${file}: DCGM_EXP_XID_ERRORS_COUNT, DCGM_EXP_XID_ERRORS_TOTAL, DCGM_EXP_CLOCK_EVENTS_COUNT, DCGM_EXP_CLOCK_EVENTS_TOTAL: these are shown with a naming of dcgm-exporter only; nvidia.gpu.xid.errors and nvidia.gpu.clock.event tell the same`,
    );
  });

  test("ends with the receiver", async () => {
    const dcgm = await running(sim(""));
    const alive = new Set(dcgm.sink.points.map(({ name }) => name).filter((name) => name.startsWith("DCGM_EXP_")));
    expect([...alive].sort()).toEqual([
      "DCGM_EXP_CLOCK_EVENTS_COUNT",
      "DCGM_EXP_CLOCK_EVENTS_TOTAL",
      "DCGM_EXP_XID_ERRORS_COUNT",
      "DCGM_EXP_XID_ERRORS_TOTAL",
    ]);
    dcgm.sink.clear();
    await dcgm[Symbol.asyncDispose]();
    expect(alive.difference(new Set(dcgm.ended())).size).toBe(0);
  });
});

test("a sliding window forgets what is older, and holds a bounded number of parts however much it counts", () => {
  const counts = new SlidingCounts<string>(300_000);
  for (let ms = 0; ms < 1_000_000; ms += 10) counts.add("a", ms);
  const seen = counts.counts(1_000_000).get("a")!;
  // A part is a 300th of the window: what leaves, leaves with its part.
  expect(seen).toBeGreaterThanOrEqual(29_800);
  expect(seen).toBeLessThanOrEqual(30_100);
  expect([...counts.counts(1_400_000)]).toEqual([]);
});
