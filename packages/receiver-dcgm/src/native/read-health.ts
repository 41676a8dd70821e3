import { entityGroups, type EntityKey } from "../engine/entity.ts";
import {
  healthSystems,
  type HealthIncident,
  type HealthReport,
  type HealthResult,
  type HealthSystem,
} from "../engine/health-report.ts";
import { statuses } from "../engine/status-codes.ts";
import type { CallGate } from "./call-gate.ts";
import { layouts, versionWords } from "./layouts.ts";
import { Struct } from "./struct.ts";

/** All systems that DCGM checks. */
const ALL_SYSTEMS = 0xffff_ffff;
/** Where an incident's entity and message lie in it. */
const { size: INCIDENT_BYTES, system, health, error, entityInfo } = layouts.dcgmIncidentInfo_t;
const { msg, code } = layouts.dcgmDiagErrorDetail_t;
const MESSAGE_BYTES = 1024;

/** Entities that DCGM can check. */
export function hasHealth({ group }: EntityKey): boolean {
  return group === entityGroups.gpu || group === entityGroups.switch || group === entityGroups.cpu;
}

/** Switches the checks of a group on. */
export async function switchHealthOn(gate: CallGate, handle: bigint, group: bigint): Promise<void> {
  await gate.call("dcgmHealthSet", handle, group, ALL_SYSTEMS);
}

/** A buffer for reports: 1 MB from 4.0 on, 64 kB before; the library refuses the other one. */
export function healthBuffer(major: number): Struct {
  return major >= 4
    ? new Struct(layouts.dcgmHealthResponse_v5.size, versionWords.dcgmHealthResponse_version5)
    : new Struct(layouts.dcgmHealthResponse_v4.size, versionWords.dcgmHealthResponse_version4);
}

/** Asks for the outcome of the checks. */
export async function readHealth(
  gate: CallGate,
  handle: bigint,
  group: bigint,
  struct: Struct,
  checked: readonly EntityKey[],
): Promise<HealthReport> {
  const status = await gate.try("dcgmHealthCheck", handle, group, struct.bytes);
  if (status !== 0 && status !== statuses.noData) throw gate.failure("dcgmHealthCheck", status);
  const { overallHealth, incidentCount, incidents } = layouts.dcgmHealthResponse_v5;
  const count = status === 0 ? struct.uint32(incidentCount) : 0;
  return {
    overall: status === 0 ? resultOf(struct.uint32(overallHealth)) : "pass",
    incidents: Array.from({ length: count }, (_, index) => incident(struct, incidents + index * INCIDENT_BYTES)),
    checked,
  };
}

function incident(struct: Struct, at: number): HealthIncident {
  return {
    group: struct.uint32(at + entityInfo),
    id: struct.uint32(at + entityInfo + 4),
    system: (healthSystems as Record<number, HealthSystem>)[struct.uint32(at + system)] ?? "unknown",
    result: resultOf(struct.uint32(at + health)),
    code: struct.uint32(at + error + code),
    message: struct.text(at + error + msg, MESSAGE_BYTES) ?? "",
  };
}

function resultOf(value: number): HealthResult {
  if (value >= 20) return "fail";
  return value >= 10 ? "warn" : "pass";
}
