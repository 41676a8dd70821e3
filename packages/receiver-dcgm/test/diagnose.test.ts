import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Finding } from "@tracecore/core";
import { describe, expect, it } from "vitest";
import { missingCompiler } from "../double/compile.ts";
import { config } from "../src/config.ts";
import { diagnose } from "../src/diagnose.ts";
import { engineDouble, twoGpus } from "./double/engine-double.ts";

/** The checks that do not depend on the machine the test runs on, as `state check: detail`. */
async function findings(options: object): Promise<readonly string[]> {
  const all = await diagnose(config.parse(options), new AbortController().signal);
  const ofMachine = ({ check }: Finding): boolean =>
    check === "device files" || check === "driver" || check.startsWith("socket");
  return all.filter((one) => !ofMachine(one)).map(({ state, check, detail }) => `${state} ${check}: ${detail}`);
}

async function finding(check: string, options: object): Promise<Finding | undefined> {
  const all = await diagnose(config.parse(options), new AbortController().signal);
  return all.find((one) => one.check === check);
}

/** What is checked of an engine once it answers. */
const fields = [150, 203];
const noProfiling = "no GPU has profiling metrics, or the engine's profiling module is not loaded";
const modules = "core, nvswitch, vgpu, introspect, health, policy, config, diag, profiling, sysmon";

describe.skipIf(missingCompiler() !== undefined)("the checks of the receiver", { timeout: 60_000 }, () => {
  it("say that library, engine, GPUs and fields are fine", async () => {
    using engine = engineDouble();
    expect(await findings({ library: engine.library, fields })).toEqual([
      `ok library: 4.6.0 in ${engine.library}/libdcgm.so.4`,
      "ok engine localhost:5555: answers, version 4.6.0",
      "ok GPUs: 2 (NVIDIA H100 80GB HBM3)",
      "ok fields: 4 values of 2 fields",
      `warning profiling: ${noProfiling}`,
      `ok modules: ${modules}`,
    ]);
  });

  it("tell the engines of a list apart, and the library once", async () => {
    using engine = engineDouble();
    expect(await findings({ library: engine.library, fields, endpoint: ["localhost:5555", "localhost:5556"] })).toEqual(
      [
        `ok library: 4.6.0 in ${engine.library}/libdcgm.so.4`,
        "ok engine localhost:5555: answers, version 4.6.0",
        "ok GPUs of localhost:5555: 2 (NVIDIA H100 80GB HBM3)",
        "ok fields of localhost:5555: 4 values of 2 fields",
        `warning profiling of localhost:5555: ${noProfiling}`,
        `ok modules of localhost:5555: ${modules}`,
        "failed engine localhost:5556: no engine answers at localhost:5556",
        "skipped GPUs of localhost:5556: needs the engine",
        "skipped fields of localhost:5556: needs the engine",
        "skipped profiling of localhost:5556: needs the engine",
      ],
    );
  });

  it.each([
    [
      "an engine without GPUs",
      ["engine up 1"],
      "GPUs",
      "failed",
      "the engine sees no GPU",
      "Check nvidia-smi, and that the engine may open /dev/nvidia*",
    ],
    [
      "a lost GPU",
      [twoGpus[0]!.replace(/ 1 0$/, " 4 0"), twoGpus[1]!],
      "GPUs",
      "failed",
      "2 (NVIDIA H100 80GB HBM3); lost: 0",
      "Drain the node and reboot it; if it happens again, contact the vendor",
    ],
    [
      "an engine that may read nothing",
      [...twoGpus, "value * * * no_permission"],
      "fields",
      "failed",
      "0 values of 2 fields; no permission for gpu_temp, gpu_utilization",
      "Run the host engine as root",
    ],
    [
      "a field that the engine may not read",
      [...twoGpus, "value * * 203 no_permission"],
      "fields",
      "warning",
      "2 values of 2 fields; no permission for gpu_utilization",
      "Run the host engine as root",
    ],
    [
      "an engine of a release before the library's",
      ["version 4.5.0", ...twoGpus],
      "engine localhost:5555",
      "failed",
      "is too new for the engine, which is 4.5.0: it would refuse every read",
      "Update the engine (nv-hostengine) to 4.6.0, or name a libdcgm of 4.5.0 or older in the option library",
    ],
    [
      "an engine that takes connections and does not answer",
      ["engine deaf 1"],
      "engine localhost:5555",
      "failed",
      "localhost:5555 takes connections but does not answer",
      "Check that nv-hostengine runs and is not stopped",
    ],
  ])("say what to do about %s", async (_what, script, check, state, detail, remedy) => {
    using engine = engineDouble();
    engine.script(...script);
    const found = await finding(check, { library: engine.library, fields });
    expect(found).toMatchObject({ state, remedy });
    expect(found!.detail).toContain(detail);
  });

  it("try the fields of a counters file, and say which lines are not served", async () => {
    using engine = engineDouble();
    const file = join(mkdtempSync(join(tmpdir(), "counters-")), "counters.csv");
    writeFileSync(file, "DCGM_FI_DEV_GPU_TEMP, gauge, x\nDCGM_EXP_P2P_STATUS, gauge, x\n");
    const found = await findings({ library: engine.library, counters_file: file });
    expect(found[0]).toBe(
      `warning counters file: 1 fields in ${file}; ${file}:2: DCGM_EXP_P2P_STATUS is not served: links are shown by the nvlink family`,
    );
    expect(found).toContain("ok fields: 2 values of 1 fields");
  });

  it("say that a counters file is not there", async () => {
    const found = await finding("counters file", { mode: "simulated", counters_file: "/nowhere/counters.csv" });
    expect(found).toEqual({
      check: "counters file",
      state: "failed",
      detail:
        "cannot read counters_file /nowhere/counters.csv: ENOENT: no such file or directory, stat '/nowhere/counters.csv'",
      remedy: "Name a counters file of dcgm-exporter such as default-counters.csv, or leave counters_file out",
    });
  });

  it("tell a name that nobody knows from an engine that is not started", async () => {
    const ofSocket = (endpoint: string): Promise<Finding | undefined> =>
      finding(`socket ${endpoint}`, { library: "/nowhere", endpoint });
    expect(await ofSocket("unix:///no/such/socket")).toMatchObject({ detail: "there is no such socket (ENOENT)" });
    const unknown = await ofSocket("no-such-host.invalid:5555");
    expect(unknown!.detail).toMatch(
      /^the name of the host (is not known \(ENOTFOUND\)|cannot be looked up now \(EAI_AGAIN\))$/,
    );
    expect(unknown!.remedy).toBe("Correct the host in endpoint, or what resolves names on this machine");
  });
});
