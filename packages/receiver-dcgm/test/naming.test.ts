import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "@tracecore/core";
import { plainText, PrometheusRegistry } from "@tracecore/prometheus";
import { describe, expect, test } from "vitest";
import { running, type RunningDcgm } from "./running.ts";

const sim = (rest: string, simulated = "{ gpus: 2 }"): string =>
  `{ mode: simulated, collection_interval: 10s, simulated: ${simulated}, ${rest} }`;

/** What Prometheus would get. */
function page(dcgm: RunningDcgm): string {
  const registry = new PrometheusRegistry({
    strategy: "UnderscoreEscapingWithSuffixes",
    scopeLabels: true,
    targetInfo: true,
    resourceToTelemetry: false,
    sendTimestamps: false,
    maxSeries: 10_000,
    metricExpirationMs: 300_000,
    clock: systemClock,
  });
  for (const batch of dcgm.sink.batches) if (batch.signal === "metrics") registry.update(batch);
  return new TextDecoder().decode(registry.render(plainText)).replaceAll(/ +/g, " ");
}

describe("the names of dcgm-exporter", () => {
  test("come out as dcgm-exporter 4.8 writes them, labels and raw units included", async () => {
    await using dcgm = await running(sim("naming: [dcgm-exporter]"));
    const labels =
      '{DCGM_FI_DRIVER_VERSION="570.86.15",Hostname="test-host",UUID="GPU-07d37c44-7e52-1352-e341-c99e63b125b3",device="nvidia0",gpu="0",modelName="NVIDIA H100 80GB HBM3",pci_bus_id="00000000:1B:00.0"}';
    const text = page(dcgm);
    expect(text).toMatch(new RegExp(`^DCGM_FI_DEV_GPU_TEMP${escaped(labels)} \\d\\d$`, "m"));
    expect(text).toContain(`# TYPE DCGM_FI_DEV_GPU_TEMP gauge\n`);
    expect(text).toContain(
      `# TYPE DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION counter\nDCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION${labels} `,
    );
    expect(text).toMatch(new RegExp(`^DCGM_FI_DEV_FB_USED${escaped(labels)} \\d{4,5}$`, "m"));
  });

  test("are just the 25 metrics of its default counters that the hardware has, and nothing else", async () => {
    await using dcgm = await running(sim("naming: [dcgm-exporter]"));
    const names = new Set([...page(dcgm).matchAll(/^# TYPE (\S+)/gm)].map(([, name = ""]) => name));
    expect([...names].toSorted()).toEqual([
      "DCGM_FI_DEV_CORRECTABLE_REMAPPED_ROWS",
      "DCGM_FI_DEV_DEC_UTIL",
      "DCGM_FI_DEV_ENC_UTIL",
      "DCGM_FI_DEV_FB_FREE",
      "DCGM_FI_DEV_FB_RESERVED",
      "DCGM_FI_DEV_FB_USED",
      "DCGM_FI_DEV_GPU_TEMP",
      "DCGM_FI_DEV_GPU_UTIL",
      "DCGM_FI_DEV_MEMORY_TEMP",
      "DCGM_FI_DEV_MEM_CLOCK",
      "DCGM_FI_DEV_MEM_COPY_UTIL",
      "DCGM_FI_DEV_NVLINK_BANDWIDTH_TOTAL",
      "DCGM_FI_DEV_PCIE_REPLAY_COUNTER",
      "DCGM_FI_DEV_POWER_USAGE",
      "DCGM_FI_DEV_ROW_REMAP_FAILURE",
      "DCGM_FI_DEV_SM_CLOCK",
      "DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION",
      "DCGM_FI_DEV_UNCORRECTABLE_REMAPPED_ROWS",
      "DCGM_FI_DEV_VGPU_LICENSE_STATUS",
      "DCGM_FI_DEV_XID_ERRORS",
      "DCGM_FI_PROF_DRAM_ACTIVE",
      "DCGM_FI_PROF_GR_ENGINE_ACTIVE",
      "DCGM_FI_PROF_PCIE_RX_BYTES",
      "DCGM_FI_PROF_PCIE_TX_BYTES",
      "DCGM_FI_PROF_PIPE_TENSOR_ACTIVE",
      "target_info",
    ]);
  });

  test("run beside those of 4.9 and of OpenTelemetry, each in its units", async () => {
    await using dcgm = await running(sim("naming: [dcgm-exporter, dcgm-exporter-4.9, otel]"));
    const of = (name: string, label: string): string => dcgm.values(name, label)[0]!;
    const [, mhz] = of("DCGM_FI_DEV_SM_CLOCK", "gpu").split(" ");
    expect(of("DCGM_FI_DEV_SM_CLOCK_HERTZ", "gpu")).toBe(`0 ${Number(mhz) * 1e6}`);
    expect(of("nvidia.gpu.clock.frequency", "nvidia.gpu.index")).toBe(`0 ${Number(mhz) * 1e6}`);
    const [, percent] = of("DCGM_FI_DEV_GPU_UTIL", "gpu").split(" ");
    expect(of("DCGM_FI_DEV_GPU_UTIL_RATIO", "gpu")).toBe(`0 ${Number(percent) / 100}`);
    const [, mib] = of("DCGM_FI_DEV_FB_USED", "gpu").split(" ");
    expect(of("DCGM_FI_DEV_FB_USED_BYTES", "gpu")).toBe(`0 ${Number(mib) * 1_048_576}`);
    const new49 = dcgm.points("DCGM_FI_DEV_GPU_TEMP_CELSIUS")[0]!.attributes;
    expect(new49).toMatchObject({ hostname: "test-host", DCGM_FI_SYSTEM_DRIVER_VERSION: "570.86.15" });
    expect(new49["Hostname"]).toBeUndefined();
  });

  test("of 4.8.4 say hostname, and type NVLink bandwidth as the rate that it is", async () => {
    await using dcgm = await running(sim("naming: [dcgm-exporter-4.8.4]"));
    expect(page(dcgm)).toContain("# TYPE DCGM_FI_DEV_NVLINK_BANDWIDTH_TOTAL gauge\n");
    expect(dcgm.points("DCGM_FI_DEV_GPU_TEMP")[0]!.attributes).toMatchObject({ hostname: "test-host" });
  });

  test("of MIG instances carry profile and instance, and the values of the GPU are not copied to them", async () => {
    await using dcgm = await running(sim("naming: [dcgm-exporter, otel]", "{ gpus: 2, mig: true }"));
    const used = dcgm
      .points("DCGM_FI_DEV_FB_USED")
      .map(({ attributes }) => [attributes["gpu"], attributes["GPU_I_PROFILE"], attributes["GPU_I_ID"]]);
    expect(used).toEqual([
      ["0", undefined, undefined],
      ["1", "3g.40gb", "1"],
      ["1", "2g.20gb", "2"],
      ["1", "1g.10gb", "3"],
    ]);
    expect(
      dcgm.values("DCGM_FI_DEV_POWER_USAGE", "gpu", "GPU_I_ID").map((line) => line.split(" ").slice(0, 2)),
    ).toEqual([
      ["0", "undefined"],
      ["1", "undefined"],
    ]);
    const ids = dcgm.points("hw.gpu.memory.usage").map(({ attributes }) => (attributes["hw.id"] as string).slice(0, 3));
    expect(ids).toEqual(["GPU", "MIG", "MIG", "MIG"]);
    const instance = dcgm.points("hw.gpu.memory.usage").at(-1)!.attributes;
    expect(instance).toMatchObject({
      "hw.parent": dcgm.points("hw.power").at(-1)!.attributes["hw.id"],
      "nvidia.gpu.mig.profile": "1g.10gb",
      "nvidia.gpu.mig.gi_id": 3,
    });
  });
});

test("MIG instances that change are read anew within a minute, and what is gone ends", async () => {
  await using dcgm = await running(
    sim("fields: [default]", "{ gpus: 2, mig: true, faults: [{ kind: mig_change, after: 15s }] }"),
  );
  await dcgm.next(10_000);
  const profiles = (): unknown[] =>
    dcgm.points("hw.gpu.memory.usage").map(({ attributes }) => attributes["nvidia.gpu.mig.profile"] ?? "whole");
  expect(profiles()).toEqual(["whole", "3g.40gb", "2g.20gb", "1g.10gb"]);
  await dcgm.next(60_000);
  await dcgm.next(10_000);
  expect(profiles()).toEqual(["whole", "4g.40gb", "3g.40gb"]);
  expect(dcgm.values("hw.power")).toHaveLength(2);
});

test("counters say since when they count, and begin anew when they fall", async () => {
  await using dcgm = await running(sim("fields: [156]"));
  const first = dcgm.points("hw.energy")[0]!;
  expect(first.startTimeUnixNano).toBe(first.timeUnixNano);
  await dcgm.next(10_000);
  const second = dcgm.points("hw.energy")[0]!;
  expect(second.startTimeUnixNano).toBe(first.timeUnixNano);
});

test("fields without a metric of their own are shown under their tag, as they are", async () => {
  await using dcgm = await running(sim("fields: [DCGM_FI_DEV_GPU_MINOR_NUMBER]"));
  expect(dcgm.values("nvidia.dcgm.minor_number", "nvidia.gpu.index")).toEqual(["0 232", "1 233"]);
});

test("what namings call the same is shown once, so that sums stay right while two run side by side", async () => {
  const file = join(mkdtempSync(join(tmpdir(), "counters-")), "counters.csv");
  writeFileSync(file, "DCGM_EXP_XID_ERRORS_TOTAL, counter, x\n");
  await using dcgm = await running(
    sim(`naming: [dcgm-exporter, dcgm-exporter-4.9], fields: [all], counters_file: ${file}`),
  );
  const namesOf = (labels: Readonly<Record<string, unknown>>): string =>
    Object.entries(labels)
      .filter(([key]) => key.toLowerCase() !== "hostname" && !key.startsWith("DCGM_FI_"))
      .map(([key, value]) => `${key}=${String(value)}`)
      .sort()
      .join();
  const seen = new Set<string>();
  const twice: string[] = [];
  for (const { name, attributes } of dcgm.sink.points) {
    const key = `${name} ${namesOf(attributes)}`;
    if (seen.has(key)) twice.push(key);
    seen.add(key);
  }
  expect(twice).toEqual([]);
  expect(dcgm.values("DCGM_FI_PROF_PCIE_TX_BYTES", "gpu", "Hostname").map((line) => line.slice(0, 11))).toEqual([
    "0 test-host",
    "1 test-host",
  ]);
});

describe("identifiers", () => {
  test("are hashed with the salt, the same one each time, in names of both kinds", async () => {
    const yaml = sim("naming: [otel, dcgm-exporter], identifiers: hashed, identifier_salt: pepper");
    await using dcgm = await running(yaml);
    const id = dcgm.points("hw.power")[0]!.attributes["hw.id"];
    expect(id).toMatch(/^[0-9a-f]{16}$/);
    expect(dcgm.points("DCGM_FI_DEV_POWER_USAGE")[0]!.attributes["UUID"]).toBe(id);
    expect(JSON.stringify(dcgm.sink.points.map(({ attributes }) => attributes))).not.toMatch(/GPU-|00000000:/);
    await using again = await running(yaml);
    expect(again.points("hw.power")[0]!.attributes["hw.id"]).toBe(id);
  });

  test("may be left out but for the index", async () => {
    await using dcgm = await running(sim("identifiers: index"));
    expect(dcgm.points("hw.power")[1]!.attributes).toMatchObject({ "hw.id": "gpu1", "nvidia.gpu.index": 1 });
    expect(dcgm.points("nvidia.gpu.info")[0]!.attributes["nvidia.gpu.pci.bus_id"]).toBeUndefined();
  });

  describe("that a counters file makes labels of", () => {
    const file = join(mkdtempSync(join(tmpdir(), "counters-")), "labels.csv");
    writeFileSync(
      file,
      ["GPU_TEMP, gauge, x", "UUID, label, x", "SERIAL, label, x", "PCI_BUSID, label, x", "NAME, label, x"]
        .map((line) => `DCGM_FI_DEV_${line}\n`)
        .join(""),
    );
    const labels = async (identifiers: string): Promise<Record<string, unknown>> => {
      await using dcgm = await running(
        sim(`counters_file: ${file}, naming: [dcgm-exporter], identifiers: ${identifiers}, identifier_salt: pepper`),
      );
      const { attributes } = dcgm.points("DCGM_FI_DEV_GPU_TEMP")[0]!;
      return Object.fromEntries(Object.entries(attributes).filter(([key]) => /^DCGM_|UUID|bus_id/.test(key)));
    };

    test("stay as they are where identifiers are plain", async () => {
      const { UUID, pci_bus_id: busId, ...rest } = await labels("plain");
      expect(rest).toEqual({
        DCGM_FI_DEV_UUID: UUID,
        DCGM_FI_DEV_PCI_BUSID: busId,
        DCGM_FI_DEV_SERIAL: expect.stringMatching(/^\d{13}$/),
        DCGM_FI_DEV_NAME: "NVIDIA H100 80GB HBM3",
      });
    });

    test("are hashed as the labels of dcgm-exporter are", async () => {
      const { UUID, pci_bus_id: busId, ...rest } = await labels("hashed");
      expect(rest).toEqual({
        DCGM_FI_DEV_UUID: UUID,
        DCGM_FI_DEV_PCI_BUSID: busId,
        DCGM_FI_DEV_SERIAL: expect.stringMatching(/^[0-9a-f]{16}$/),
        DCGM_FI_DEV_NAME: "NVIDIA H100 80GB HBM3",
      });
    });

    test("are left out where the index is to do", async () => {
      expect(await labels("index")).toEqual({ UUID: "gpu0", DCGM_FI_DEV_NAME: "NVIDIA H100 80GB HBM3" });
    });
  });

  test.each(["hashed", "index"])("that are %s stand so in events, reasons and log lines too", async (identifiers) => {
    const faults = ["xid", "sxid", "gpu_lost", "thermal", "ecc", "row_remap_failed", "mig_change", "unsupported"]
      .map((kind) => `{ kind: ${kind}, after: 15s }`)
      .join(", ");
    await using dcgm = await running(
      sim(
        `fields: [all], naming: [otel, dcgm-exporter, dcgm-exporter-4.9], identifiers: ${identifiers}, identifier_salt: pepper`,
        `{ gpus: 3, mig: true, faults: [${faults}] }`,
      ),
    );
    const shown: unknown[] = [];
    for (let i = 0; i < 10; i++) {
      await dcgm.next(10_000);
      shown.push(
        dcgm.sink.points.map(({ attributes }) => attributes),
        dcgm.sink.logRecords.map(({ body, attributes }) => [body, attributes]),
      );
    }
    const text = [shown, dcgm.logger.lines, dcgm.host]
      .map((one) => JSON.stringify(one, (_key, value: unknown) => (typeof value === "bigint" ? String(value) : value)))
      .join("\n");
    expect(text).toMatch(/XID 79/);
    expect(text).not.toMatch(/GPU-[0-9a-f]{8}|MIG-[0-9a-f]{8}|[0-9A-F]{8}:[0-9A-F]{2}:|16500000/);
  });

  test("leave serial numbers out unless asked", async () => {
    await using without = await running(sim("fields: [150]"));
    expect(without.points("nvidia.gpu.info")[0]!.attributes["hw.serial_number"]).toBeUndefined();
    await using withThem = await running(sim("serial_numbers: true"));
    expect(withThem.points("nvidia.gpu.info")[0]!.attributes["hw.serial_number"]).toMatch(/^\d+$/);
  });
});

function escaped(text: string): string {
  return text.replaceAll(/[{}.]/g, String.raw`\$&`);
}
