import { describe, expect, test } from "vitest";
import { mkdtempSync, writeFileSync, appendFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Device } from "../src/emit/device.ts";
import type { DeviceEvent } from "../src/events/device-events.ts";
import { KernelLog, kernelEvent, pciAddress } from "../src/events/kernel-log.ts";
import { running } from "./running.ts";

const sim = (faults: string, rest = ""): string =>
  `{ mode: simulated, collection_interval: 10s, simulated: { gpus: 8, faults: [${faults}] }${rest} }`;

const xids = (lines: readonly string[]): string[] => lines.filter((line) => !line.endsWith(" 0"));

describe("XID events", () => {
  test("have a counter at 0 before the first one, so that an increase is seen", async () => {
    await using dcgm = await running(sim(""));
    const counters = dcgm.values("nvidia.gpu.xid.errors", "nvidia.gpu.index", "nvidia.xid.code");
    expect(counters).toEqual(expect.arrayContaining(["0 79 0", "7 48 0"]));
    expect(dcgm.points("nvidia.gpu.xid.errors").every(({ startTimeUnixNano }) => startTimeUnixNano > 0n)).toBe(true);
  });

  test("are counted once each, three between two reads as well as over reconnects", async () => {
    const burst = [13, 31, 79].map((code, i) => `{ kind: xid, gpu: 2, code: ${code}, after: ${i + 2}s }`);
    const lost = "{ kind: engine_lost, after: 15s, for: 20s }, { kind: xid, gpu: 2, code: 31, after: 20s }";
    await using dcgm = await running(sim([...burst, lost].join()));
    await dcgm.next(10_000);
    const counted = () => xids(dcgm.values("nvidia.gpu.xid.errors", "nvidia.gpu.index", "nvidia.xid.code")).toSorted();
    expect(counted()).toEqual(["2 13 1", "2 31 1", "2 79 1"]);
    expect(dcgm.sink.logRecords.filter(({ eventName }) => eventName === "nvidia.gpu.xid")).toHaveLength(3);
    await dcgm.next(30_000);
    await dcgm.next(40_000);
    await dcgm.next(10_000);
    expect(counted()).toEqual(["2 13 1", "2 31 2", "2 79 1"]);
    expect(dcgm.sink.logRecords).toEqual([]);
  });

  test("become log records with severity, meaning and advice", async () => {
    await using dcgm = await running(sim("{ kind: xid, gpu: 1, code: 79, after: 3s }"));
    await dcgm.next(10_000);
    const record = dcgm.sink.logRecords.find(({ eventName }) => eventName === "nvidia.gpu.xid");
    expect(record).toMatchObject({
      severityNumber: 21,
      severityText: "CRITICAL",
      timeUnixNano: 1_700_000_003_000_000_000n,
      body: "GPU 1: XID 79: GPU no longer answers on PCIe ('fell off the bus'); power, thermal, slot or board fault. Let no new job on the node, wait for those that run, and reboot it.",
      attributes: {
        "nvidia.gpu.index": 1,
        "nvidia.xid.code": 79,
        "nvidia.xid.action": "drain_and_reboot_node",
        "nvidia.event.source": "dcgm",
      },
    });
  });

  test("critical ones show in hw.status with the reason", async () => {
    await using dcgm = await running(sim("{ kind: xid, gpu: 1, code: 79, after: 3s }"));
    await dcgm.next(10_000);
    const status = dcgm.values("hw.status", "nvidia.gpu.index", "hw.state").filter((line) => line.startsWith("1 "));
    expect(status).toEqual(["1 ok 0", "1 degraded 0", "1 failed 1", "1 predicted_failure 0"]);
    expect(dcgm.sink.logRecords.map(({ eventName, body }) => [eventName, body]).at(-1)).toEqual([
      "hw.status",
      "GPU 1 is failed (xid_critical). A critical XID was reported; its log record says what to do.",
    ]);
  });

  test("under names of dcgm-exporter the gauge shows the last code for xid_window, and then 0", async () => {
    const gauge = (dcgm: Awaited<ReturnType<typeof running>>) =>
      dcgm.values("DCGM_FI_DEV_XID_ERRORS", "gpu", "err_code", "err_msg").filter((line) => line.startsWith("1 "));
    await using dcgm = await running(
      sim("{ kind: xid, gpu: 1, code: 43, after: 3s }", ", naming: [dcgm-exporter], xid_window: 30s"),
    );
    expect(gauge(dcgm)).toEqual(["1 0 No Error 0"]);
    await dcgm.next(10_000);
    expect(gauge(dcgm)[0]).toMatch(/^1 43 .+ 43$/);
    expect(dcgm.ended()).toEqual(["DCGM_FI_DEV_XID_ERRORS"]);
    await dcgm.next(30_000);
    await dcgm.next(10_000);
    expect(gauge(dcgm)).toEqual(["1 0 No Error 0"]);
  });

  test("SXIDs of a switch are counted by code and severity, from 0", async () => {
    await using dcgm = await running(sim("{ kind: sxid, gpu: 2, code: 12028, after: 3s }"));
    expect(dcgm.values("nvidia.nvswitch.sxid.errors", "nvidia.nvswitch.id", "nvidia.sxid.severity")).toContain(
      "2 fatal 0",
    );
    await dcgm.next(10_000);
    const counters = dcgm.values("nvidia.nvswitch.sxid.errors", "nvidia.nvswitch.id", "nvidia.sxid.code");
    expect(xids(counters)).toEqual(["2 12028 1"]);
    expect(dcgm.sink.logRecords.at(-1)?.body).toBe(
      "NVSwitch 2: fatal SXID 12028. Jobs on its GPUs fail: drain the node and reset GPUs and switches.",
    );
  });
});

describe("hw.status", () => {
  test("says ok, and again after what was wrong has passed", async () => {
    await using dcgm = await running(sim("{ kind: thermal, gpu: 0, after: 5s, for: 30s }"));
    const state = () =>
      dcgm
        .values("hw.status", "nvidia.gpu.index", "hw.state")
        .filter((line) => line.startsWith("0 ") && line.endsWith(" 1"));
    expect(state()).toEqual(["0 ok 1"]);
    await dcgm.next(10_000);
    expect(state()).toEqual(["0 degraded 1"]);
    expect(dcgm.values("nvidia.gpu.health.reason", "nvidia.gpu.health.reason")).toEqual(["thermal_slowdown 1"]);
    expect(dcgm.values("nvidia.gpu.clock.event", "nvidia.gpu.index", "nvidia.gpu.clock.event.reason")).toContain(
      "0 hw_thermal 1",
    );
    await dcgm.next(20_000);
    await dcgm.next(10_000);
    expect(state()).toEqual(["0 ok 1"]);
    expect(dcgm.values("nvidia.gpu.health.reason", "nvidia.gpu.health.reason")).toEqual(["thermal_slowdown 0"]);
    expect(dcgm.sink.logRecords.map(({ body }) => body)).toEqual(["GPU 0 is ok"]);
  });

  test("takes up what DCGM's own health checks find", async () => {
    await using dcgm = await running(sim("{ kind: row_remap_failed, gpu: 4 }"));
    const reasons = dcgm.values("nvidia.gpu.health.reason", "nvidia.gpu.index", "nvidia.gpu.health.reason");
    expect(reasons).toEqual(expect.arrayContaining(["4 health_memory 1", "4 row_remap_failed 1"]));
    expect(dcgm.sink.logRecords.at(-1)?.body).toContain("A row remapping failed.");
  });
});

describe("the kernel log", () => {
  test.each([
    [
      "NVRM: Xid (PCI:0000:1b:00): 79, pid=1234, name=python, GPU has fallen off the bus.",
      { kind: "xid", code: 79, address: "1b:00", processId: 1234 },
    ],
    ["NVRM: GPU 0000:4b:00.0: GPU has fallen off the bus.", { kind: "xid", code: 79, address: "4b:00" }],
    [
      "nvidia-nvswitch0: SXid (PCI:0000:a1:00.0): 12028, Non-fatal, Link 35 egress non-posted PRIV error",
      { kind: "sxid", code: 12_028, fatal: false, link: 35, address: "a1:00" },
    ],
    [
      "NVRM: Xid (PCI:0001:1b:00): 144, SAW_MVB Fatal XC0 i0 Link 08 (0x00000001 0x00000002 0x0 0x0 0x0 0x0)",
      { code: 144, link: 8, address: "1:1b:00", nvlink5: { unit: "SAW_MVB", action: "drain_and_reset_gpu" } },
    ],
  ])("%s", (line, event) => {
    expect(kernelEvent(line)).toMatchObject({ ...event, source: "kernel_log" });
  });

  test("lines about other things are no events", () => {
    expect(kernelEvent("usb 1-1: new high-speed USB device")).toBeUndefined();
  });

  test("addresses are the same however they are written", () => {
    expect(["00000000:1B:00.0", "0000:1b:00", "1b:00.0"].map(pciAddress)).toEqual(["1b:00", "1b:00", "1b:00"]);
  });

  test("is read from where it was at the start, for the devices that there are", () => {
    const file = join(mkdtempSync(join(tmpdir(), "kmsg-")), "kmsg");
    writeFileSync(file, "4,1,1,-;NVRM: Xid (PCI:0000:1b:00): 13, old\n");
    using log = new KernelLog(file, () => 5000);
    appendFileSync(
      file,
      "4,2,2,-;NVRM: Xid (PCI:0000:1b:00): 31, new\n4,3,3,-;NVRM: Xid (PCI:0000:99:00): 31, other\n",
    );
    const device = { entity: { kind: "gpu", pciBusId: "00000000:1B:00.0" } } as Device;
    const events: DeviceEvent[] = [];
    log.read([device], (event) => void events.push(event));
    expect(events.map(({ code, timestampUs }) => [code, timestampUs])).toEqual([[31, 5_000_000]]);
  });

  test("that cannot be read is said once with what to do, and DCGM's events go on", async () => {
    await using dcgm = await running(sim("{ kind: xid, gpu: 1, code: 43, after: 3s }", ", kernel_log: /no/such/kmsg"));
    await dcgm.next(10_000);
    expect(dcgm.logger.lines[0]?.message).toBe(
      "cannot read /no/such/kmsg: ENOENT: no such file or directory, open '/no/such/kmsg'. Give the process CAP_SYSLOG, or leave kernel_log out: DCGM reports XIDs too",
    );
    expect(dcgm.kinds).toEqual(["kernel_log"]);
    expect(xids(dcgm.values("nvidia.gpu.xid.errors", "nvidia.xid.code"))).toEqual(["43 1"]);
  });

  test("that is a folder is said to be one", async () => {
    await using dcgm = await running(sim("", ", kernel_log: /tmp"));
    expect(dcgm.logger.lines[0]?.message).toBe(
      "cannot read /tmp: /tmp is a folder. Give the process CAP_SYSLOG, or leave kernel_log out: DCGM reports XIDs too",
    );
    expect(dcgm.kinds).toEqual(["kernel_log"]);
  });

  test("and DCGM telling of one event count it once", async () => {
    const file = join(mkdtempSync(join(tmpdir(), "kmsg-")), "kmsg");
    writeFileSync(file, "");
    await using dcgm = await running(sim("{ kind: xid, gpu: 0, code: 43, after: 9s }", `, kernel_log: ${file}`));
    appendFileSync(file, "4,2,2,-;NVRM: Xid (PCI:0000:1b:00): 43, pid=7, name=x, Ch 1\n");
    await dcgm.next(10_000);
    await dcgm.next(10_000);
    expect(xids(dcgm.values("nvidia.gpu.xid.errors", "nvidia.xid.code"))).toEqual(["43 1"]);
  });
});
