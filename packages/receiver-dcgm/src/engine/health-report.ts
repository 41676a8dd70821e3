import type { EntityKey } from "./entity.ts";

/** The outcome of DCGM's own health checks. */
export interface HealthReport {
  readonly overall: HealthResult;
  readonly incidents: readonly HealthIncident[];
  /** The entities that were checked: those without an incident pass. */
  readonly checked: readonly EntityKey[];
}

export type HealthResult = "pass" | "warn" | "fail";

/** Something that a check found on one entity. */
export interface HealthIncident extends EntityKey {
  readonly system: HealthSystem;
  readonly result: HealthResult;
  /** DCGM's number of the error (`dcgmError_t`). */
  readonly code: number;
  readonly message: string;
}

/** The parts of a GPU or switch that DCGM checks. */
export type HealthSystem = (typeof healthSystems)[keyof typeof healthSystems] | "unknown";

/** By bit of `dcgmHealthSystems_t`. */
export const healthSystems = {
  0x1: "pcie",
  0x2: "nvlink",
  0x4: "pmu",
  0x8: "mcu",
  0x10: "memory",
  0x20: "sm",
  0x40: "inforom",
  0x80: "thermal",
  0x100: "power",
  0x200: "driver",
  0x400: "nvswitch_nonfatal",
  0x800: "nvswitch_fatal",
  0x1000: "connectx",
} as const;
