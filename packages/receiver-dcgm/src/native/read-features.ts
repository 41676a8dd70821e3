import type { EngineModule, ProfilingGroup } from "../engine/engine.ts";
import { statuses } from "../engine/status-codes.ts";
import type { CallGate } from "./call-gate.ts";
import { layouts, versionWords } from "./layouts.ts";
import { Struct } from "./struct.ts";

/** Modules of DCGM by their number. */
const moduleNames = [
  "core",
  "nvswitch",
  "vgpu",
  "introspect",
  "health",
  "policy",
  "config",
  "diag",
  "profiling",
  "sysmon",
  "mndiag",
];

/** States of a module by their number. */
const moduleStatuses: readonly EngineModule["status"][] = [
  "not_loaded",
  "denylisted",
  "failed",
  "loaded",
  "unloaded",
  "paused",
  "reloadable",
];

/** Answers to a question for profiling groups that mean "there are none". */
const withoutProfiling: ReadonlySet<number> = new Set([
  statuses.profilingNotSupported,
  statuses.notSupported,
  statuses.moduleNotLoaded,
]);

/** The parts of the engine and how they are. */
export async function readModules(gate: CallGate, handle: bigint): Promise<readonly EngineModule[]> {
  const { size, numStatuses, statuses: first } = layouts.dcgmModuleGetStatuses_v1;
  const struct = new Struct(size, versionWords.dcgmModuleGetStatuses_version1);
  await gate.call("dcgmModuleGetStatuses", handle, struct.bytes);
  const row = layouts.dcgmModuleGetStatusesModule_t;
  return Array.from({ length: struct.uint32(numStatuses) }, (_, index) => {
    const at = first + index * row.size;
    const id = struct.uint32(at + row.id);
    return {
      name: moduleNames[id] ?? `module ${id}`,
      status: moduleStatuses[struct.uint32(at + row.status)] ?? "unknown",
    };
  });
}

/** The groups of profiling fields of one GPU. */
export async function readProfilingGroups(
  gate: CallGate,
  handle: bigint,
  gpuId: number,
): Promise<readonly ProfilingGroup[]> {
  const at = layouts.dcgmProfGetMetricGroups_v3;
  const struct = new Struct(at.size, versionWords.dcgmProfGetMetricGroups_version3);
  struct.setUint32(at.gpuId, gpuId);
  const status = await gate.try("dcgmProfGetSupportedMetricGroups", handle, struct.bytes);
  if (withoutProfiling.has(status)) return [];
  if (status !== 0) throw gate.failure("dcgmProfGetSupportedMetricGroups", status);
  const row = layouts.dcgmProfMetricGroupInfo_v2;
  return Array.from({ length: struct.uint32(at.numMetricGroups) }, (_, index) => {
    const group = at.metricGroups + index * row.size;
    const fieldIds = Array.from({ length: struct.uint32(group + row.numFieldIds) }, (__, field) =>
      struct.uint16(group + row.fieldIds + field * 2),
    );
    return { major: struct.uint16(group + row.majorId), minor: struct.uint16(group + row.minorId), fieldIds };
  });
}
