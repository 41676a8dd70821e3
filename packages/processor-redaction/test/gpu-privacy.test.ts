import { emptyScope, logs, resource, type AttributesInput } from "@tracecore/core/pdata";
import { redactionProcessor } from "@tracecore/processor-redaction";
import { metricsOf, runProcessor } from "@tracecore/testkit";
import { describe, expect, test } from "vitest";

const gpu = "GPU-4c2a1b7e-0f3d-4a55-9f55-0c1d2e3f4a5b";
const mig = "MIG-4c2a1b7e-0f3d-4a55-9f55-0c1d2e3f4a5c";
/** Made with another implementation of HMAC-SHA-256, and the salt "pepper". */
const hashes = {
  gpu: "acc2f87340eb5b7d",
  mig: "fee4e4c121c0eee3",
  bus: "5046b8714d176e7f",
  kernel: "9658f031e0de9ff7",
};
const yaml = "{ gpu_privacy: hash, gpu_privacy_salt: pepper }";

async function attributesAfter(options: string, attributes: AttributesInput): Promise<AttributesInput> {
  await using processor = await runProcessor(redactionProcessor, options);
  await processor.consume(metricsOf([{ name: "hw.gpu.utilization", value: 1, attributes }]));
  return processor.out.points[0]!.attributes;
}

async function bodyAfter(body: string): Promise<unknown> {
  await using processor = await runProcessor(redactionProcessor, yaml);
  await processor.consume(logs([{ resource: resource({}), scope: emptyScope, body }]));
  return processor.out.logRecords[0]!.body;
}

describe("gpu_privacy: hash", () => {
  test("puts the salted hash that the receiver dcgm makes in place of what tells GPUs apart, and keeps the rest", async () => {
    const attributes = {
      "hw.id": gpu,
      "hw.parent": gpu,
      "hw.serial_number": "1320323000001",
      "pci.bdf": "00000000:17:00.0",
      "nvidia.gpu.pci.bus_id": "00000000:17:00.0",
      "nvidia.gpu.index": 3,
      "hw.model": "NVIDIA H100",
    };
    expect(await attributesAfter(yaml, attributes)).toEqual({
      "hw.id": hashes.gpu,
      "hw.parent": hashes.gpu,
      "hw.serial_number": "cb42daa2832b0ac9",
      "pci.bdf": hashes.bus,
      "nvidia.gpu.pci.bus_id": hashes.bus,
      "nvidia.gpu.index": 3,
      "hw.model": "NVIDIA H100",
    });
  });

  test("knows the labels of dcgm-exporter", async () => {
    const labels = { gpu: "0", UUID: gpu, device: "nvidia0", pci_bus_id: "00000000:17:00.0", gpu_uuid: gpu };
    expect(await attributesAfter(yaml, labels)).toEqual({
      gpu: "0",
      UUID: hashes.gpu,
      device: "nvidia0",
      pci_bus_id: hashes.bus,
      gpu_uuid: hashes.gpu,
    });
  });

  test.each([
    [mig, hashes.mig],
    [`${gpu}/3`, `${hashes.gpu}/3`],
    [`${gpu}/3/0`, `${hashes.gpu}/3/0`],
    ["cpu1", "cpu1"],
    ["core17", "core17"],
    ["", ""],
  ])("names the device %s as %s", async (id, expected) => {
    expect(await attributesAfter(yaml, { "hw.id": id })).toEqual({ "hw.id": expected });
  });

  test("finds UUIDs in any attribute, and in resources", async () => {
    expect(await attributesAfter(yaml, { visible: `0:${gpu},1:${mig}`, time: "2026:11:05.1" })).toEqual({
      visible: `0:${hashes.gpu},1:${hashes.mig}`,
      time: "2026:11:05.1",
    });
    await using processor = await runProcessor(redactionProcessor, yaml);
    await processor.consume(
      metricsOf([{ name: "a", value: 1, resource: resource({ "hw.id": gpu, "host.name": "n1" }) }]),
    );
    expect(processor.out.points[0]!.series.resource.attributes.toObject()).toEqual({
      "host.name": "n1",
      "hw.id": hashes.gpu,
    });
  });

  test.each([
    [`XID 79 on ${gpu.toUpperCase()}`, /^XID 79 on [0-9a-f]{16}$/],
    [
      "NVRM: Xid (PCI:0000:17:00): 79, GPU has fallen off the bus.",
      new RegExp(`^NVRM: Xid \\(PCI:${hashes.kernel}\\): 79, GPU has fallen off the bus\\.$`),
    ],
    ["NVRM: GPU at 00000000:17:00.0 is lost", new RegExp(`^NVRM: GPU at ${hashes.bus} is lost$`)],
    ["at 2026:11:05 nothing of it", /^at 2026:11:05 nothing of it$/],
  ])("in the log line %j leaves %s", async (body, expected) => {
    expect(await bodyAfter(body)).toMatch(expected);
  });

  test("leaves ignored keys alone, and keeps to allowed_keys where they are given", async () => {
    expect(
      await attributesAfter("{ gpu_privacy: hash, gpu_privacy_salt: pepper, ignored_keys: [hw.id] }", { "hw.id": gpu }),
    ).toEqual({
      "hw.id": gpu,
    });
    expect(
      await attributesAfter("{ gpu_privacy: hash, gpu_privacy_salt: pepper, allowed_keys: [hw.id] }", {
        "hw.id": gpu,
        a: 1,
      }),
    ).toEqual({ "hw.id": hashes.gpu });
  });

  test("without a salt uses one of its own for the whole process, and warns", async () => {
    const first = await attributesAfter("gpu_privacy: hash", { "hw.id": gpu });
    expect(first["hw.id"]).toMatch(/^[0-9a-f]{16}$/);
    expect(first["hw.id"]).not.toBe(hashes.gpu);
    expect(await attributesAfter("gpu_privacy: hash", { "hw.id": gpu })).toEqual(first);
    await using processor = await runProcessor(redactionProcessor, "gpu_privacy: hash");
    expect(processor.logs.map(({ level, message }) => [level, message])).toEqual([
      [
        "warn",
        "gpu_privacy has no salt: the names of GPUs change with each start, and differ from process to process. Set gpu_privacy_salt, for example to ${env:GPU_SALT}",
      ],
    ]);
  });

  test("does not warn with a salt", async () => {
    await using processor = await runProcessor(redactionProcessor, yaml);
    expect(processor.logs).toEqual([]);
  });
});
