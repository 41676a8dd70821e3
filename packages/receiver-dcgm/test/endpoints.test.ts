import { manualClock } from "@tracecore/core";
import { describe, expect, test } from "vitest";
import { namedDevices } from "../src/emit/device.ts";
import { machineEntities } from "../src/simulated/simulated-entities.ts";
import { engineSources } from "../src/sources.ts";
import { config } from "../src/config.ts";

describe("several engines", () => {
  test("are read each, and remote ones are not expected to have this machine's clock", async () => {
    const options = config.parse({ endpoint: ["localhost:5555", "gpu7:5555", "unix:///run/nv-hostengine"] });
    const sources = await engineSources(options, { clock: manualClock() });
    expect(sources.map(({ source, sameClock }) => [source.name, sameClock])).toEqual([
      ["localhost:5555", true],
      ["gpu7:5555", false],
      ["unix:///run/nv-hostengine", true],
    ]);
  });

  test("show which one a device is of", () => {
    const entities = machineEntities({ gpus: 1, model: "x", seed: 1, migLayout: undefined, lost: new Set() });
    const [gpu] = namedDevices(entities, { identifiers: "plain", salt: undefined, endpoint: "gpu7:5555" });
    expect(gpu!.attributes).toMatchObject({ "nvidia.dcgm.endpoint": "gpu7:5555", "nvidia.gpu.index": 0 });
    expect(gpu!.exporterLabels).toMatchObject({ endpoint: "gpu7:5555", gpu: "0" });
  });
});
