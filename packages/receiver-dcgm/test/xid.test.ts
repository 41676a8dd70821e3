import { describe, expect, test } from "vitest";
import { adviceOf, nvlink5Meaning, preparedXids, xidMeaning } from "../src/events/xid-catalogue.ts";
import { xidTable } from "../src/events/xid-table.ts";
import { gpuStatus, type GpuSignals } from "../src/health/gpu-status.ts";

describe("the XID catalogue", () => {
  test("knows severity, meaning and advice of a code", () => {
    expect(xidMeaning(79)).toEqual({
      code: 79,
      mnemonic: "ROBUST_CHANNEL_GPU_HAS_FALLEN_OFF_THE_BUS",
      severity: "critical",
      action: "drain_and_reboot_node",
      inUse: true,
      description: "GPU no longer answers on PCIe ('fell off the bus'); power, thermal, slot or board fault",
    });
    expect(adviceOf("drain_and_reboot_node")).toBe(
      "Let no new job on the node, wait for those that run, and reboot it.",
    );
  });

  test("says that it does not know a code that it does not know", () => {
    expect(xidMeaning(999)).toMatchObject({ mnemonic: "UNKNOWN", severity: "warning" });
  });

  test("has advice for every action that it names", () => {
    const actions = new Set(
      xidTable
        .trimEnd()
        .split("\n")
        .slice(1)
        .map((line) => line.split(",")[3]!),
    );
    expect([...actions].filter((action) => adviceOf(action).startsWith("Look the code up"))).toEqual([]);
  });

  test("prepares counters for the codes that call for somebody to act, and not for every code", () => {
    const codes = preparedXids();
    expect(codes).toEqual(expect.arrayContaining([48, 74, 79, 95, 119]));
    expect(codes).not.toContain(13);
    expect(codes.length).toBeLessThan(40);
  });

  test("finds the rule of an NVLink 5 sub-code by unit bits and error status", () => {
    // Bits 0000001 at the low end are the unit SAW_MVB in the newer layout of the word.
    expect(nvlink5Meaning(144, 0b1, 2)).toMatchObject({
      unit: "SAW_MVB",
      severity: "critical",
      action: "drain_and_reset_gpu",
      layer: "HW",
    });
    expect(nvlink5Meaning(144, 0b1, 4)).toMatchObject({ severity: "info", action: "none" });
    expect(nvlink5Meaning(145, 0b11, 0x8000_0000)).toMatchObject({ unit: "RLW_CTRL" });
    // The older layout has other low bits for the same unit.
    expect(nvlink5Meaning(144, 0b00_0010_0001, 2)).toMatchObject({ unit: "SAW_MVB" });
    expect(nvlink5Meaning(144, 0b1, 0xdead)).toBeUndefined();
    expect(nvlink5Meaning(79, 1, 1)).toBeUndefined();
  });
});

describe("hw.status", () => {
  const well: GpuSignals = { lost: false, values: new Map(), findings: [], criticalXid: false };
  const withValue = (id: number, value: number): GpuSignals => ({ ...well, values: new Map([[id, value]]) });

  test.each([
    ["ok when nothing is wrong", well, "ok", []],
    [
      "failed when the GPU is lost, whatever else is read",
      { ...withValue(396, 1), lost: true },
      "failed",
      ["gpu_lost"],
    ],
    ["failed when a row could not be replaced", withValue(395, 1), "failed", ["row_remap_failed"]],
    ["failed when the driver asks for a reset", withValue(1523, 1), "failed", ["recovery_action_reset"]],
    [
      "degraded when the driver asks to drain peer to peer",
      withValue(1523, 3),
      "degraded",
      ["recovery_action_drain_p2p"],
    ],
    ["predicted_failure when a row waits for a reset", withValue(396, 1), "predicted_failure", ["row_remap_pending"]],
    ["degraded by heat", withValue(112, 0x41), "degraded", ["thermal_slowdown"]],
    ["ok while it only idles", withValue(112, 0x1), "ok", []],
    ["failed after a critical XID", { ...well, criticalXid: true }, "failed", ["xid_critical"]],
    [
      "degraded by a warning of DCGM",
      { ...well, findings: [{ reason: "health_pcie", severity: "warning", message: "replays" }] },
      "degraded",
      ["health_pcie"],
    ],
    [
      "failed by a failure of DCGM",
      { ...well, findings: [{ reason: "health_memory", severity: "failure", message: "DBE" }] },
      "failed",
      ["health_memory"],
    ],
  ] as const)("is %s", (_what, signals, state, reasons) => {
    expect(gpuStatus(signals)).toEqual({ state, reasons });
  });

  test("names every reason when there are several, and the worst decides", () => {
    expect(
      gpuStatus({
        ...well,
        values: new Map([
          [396, 1],
          [112, 0x80],
        ]),
      }),
    ).toEqual({
      state: "predicted_failure",
      reasons: ["row_remap_pending", "power_brake"],
    });
  });
});
