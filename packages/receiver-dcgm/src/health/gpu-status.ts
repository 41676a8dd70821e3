/** The states of `hw.status`. */
export const states = ["ok", "degraded", "failed", "predicted_failure"] as const;
export type State = (typeof states)[number];

/** Why a GPU is not well: a closed list of words, each of which is a value of `nvidia.gpu.health.reason`. */
export const reasons = [
  "gpu_lost",
  "row_remap_failed",
  "memory_unrepairable",
  "recovery_action_reset",
  "recovery_action_reboot",
  "recovery_action_drain_and_reset",
  "xid_critical",
  "row_remap_pending",
  "sram_threshold_exceeded",
  "spare_rows_low",
  "pages_pending",
  "recovery_action_drain_p2p",
  "thermal_slowdown",
  "power_brake",
  "fabric_unhealthy",
  "health_pcie",
  "health_nvlink",
  "health_pmu",
  "health_mcu",
  "health_memory",
  "health_sm",
  "health_inforom",
  "health_thermal",
  "health_power",
  "health_driver",
  "health_nvswitch",
  "health_connectx",
] as const;
export type Reason = (typeof reasons)[number];

/** The state that a reason stands for; `health` where the severity of the finding decides. */
const reasonStates: Readonly<Record<Reason, State | "health">> = {
  gpu_lost: "failed",
  row_remap_failed: "failed",
  memory_unrepairable: "failed",
  recovery_action_reset: "failed",
  recovery_action_reboot: "failed",
  recovery_action_drain_and_reset: "failed",
  xid_critical: "failed",
  row_remap_pending: "predicted_failure",
  sram_threshold_exceeded: "predicted_failure",
  spare_rows_low: "predicted_failure",
  pages_pending: "predicted_failure",
  recovery_action_drain_p2p: "degraded",
  thermal_slowdown: "degraded",
  power_brake: "degraded",
  fabric_unhealthy: "degraded",
  health_pcie: "health",
  health_nvlink: "health",
  health_pmu: "health",
  health_mcu: "health",
  health_memory: "health",
  health_sm: "health",
  health_inforom: "health",
  health_thermal: "health",
  health_power: "health",
  health_driver: "health",
  health_nvswitch: "health",
  health_connectx: "health",
};

/** One finding of DCGM's own health checks. */
export interface HealthFinding {
  readonly reason: Reason;
  readonly severity: "warning" | "failure";
  readonly message: string;
}

/** What is known of a GPU, as read on a tick; undefined where the GPU does not say. */
export interface GpuSignals {
  readonly lost: boolean;
  readonly values: ReadonlyMap<number, number>;
  readonly findings: readonly HealthFinding[];
  /** A critical XID came and the GPU has not been reset since. */
  readonly criticalXid: boolean;
}

export interface GpuStatus {
  readonly state: State;
  readonly reasons: readonly Reason[];
}

const HW_THERMAL = 0x40;
const POWER_BRAKE = 0x80;

/** The fields that {@link gpuStatus} looks at. */
export const statusFields: readonly number[] = [112, 175, 346, 388, 389, 392, 395, 396, 1507, 1523];

const recoveryReasons: readonly (Reason | undefined)[] = [
  undefined,
  "recovery_action_reset",
  "recovery_action_reboot",
  "recovery_action_drain_p2p",
  "recovery_action_drain_and_reset",
];

/** The status of a GPU and why. The worst reason decides: failed, then predicted_failure, then degraded. */
export function gpuStatus({ lost, values, findings, criticalXid }: GpuSignals): GpuStatus {
  if (lost) return { state: "failed", reasons: ["gpu_lost"] };
  const found = new Set<Reason>();
  const isSet = (id: number): boolean => (values.get(id) ?? 0) > 0;
  if (isSet(395)) found.add("row_remap_failed");
  if (isSet(1507)) found.add("memory_unrepairable");
  const recovery = recoveryReasons[values.get(1523) ?? 0];
  if (recovery !== undefined) found.add(recovery);
  if (criticalXid) found.add("xid_critical");
  if (isSet(396)) found.add("row_remap_pending");
  if (isSet(346)) found.add("sram_threshold_exceeded");
  if (isSet(388) || isSet(389)) found.add("spare_rows_low");
  if (isSet(392)) found.add("pages_pending");
  const clockEvents = values.get(112) ?? 0;
  if ((clockEvents & HW_THERMAL) !== 0) found.add("thermal_slowdown");
  if ((clockEvents & POWER_BRAKE) !== 0) found.add("power_brake");
  const fabric = values.get(175) ?? 0;
  if (fabric === 2 || fabric === 3) found.add("fabric_unhealthy");
  let failedByHealth = false;
  for (const { reason, severity } of findings) {
    found.add(reason);
    failedByHealth ||= severity === "failure";
  }
  const all = reasons.filter((reason) => found.has(reason));
  const has = (state: State): boolean => all.some((reason) => reasonStates[reason] === state);
  let state: State = "ok";
  if (has("failed") || failedByHealth) state = "failed";
  else if (has("predicted_failure")) state = "predicted_failure";
  else if (all.length > 0) state = "degraded";
  return { state, reasons: all };
}

/** What to do about a reason, as a sentence. */
export function reasonAdvice(reason: Reason): string {
  return advice[reason] ?? "Look at the DCGM health check: dcgmi health -g 0 -c.";
}

const advice: Partial<Record<Reason, string>> = {
  gpu_lost: "The GPU no longer answers. Drain the node and reboot it; if it happens again, contact the vendor.",
  row_remap_failed: "A memory row could not be replaced. Take the GPU out of use and contact the vendor.",
  memory_unrepairable: "Memory is beyond repair. Take the GPU out of use and contact the vendor.",
  recovery_action_reset: "Drain the GPU and reset it.",
  recovery_action_reboot: "Drain the node and reboot it.",
  recovery_action_drain_and_reset: "Drain the GPU and reset it.",
  recovery_action_drain_p2p: "Let no new job use peer to peer with this GPU.",
  xid_critical: "A critical XID was reported; its log record says what to do.",
  row_remap_pending: "Reset the GPU when no job uses it: a memory row waits to be replaced.",
  sram_threshold_exceeded: "SRAM errors passed the vendor's limit. Plan a replacement.",
  spare_rows_low: "Few spare memory rows are left. Plan a replacement.",
  pages_pending: "Reboot when no job uses the GPU: memory pages wait to be retired.",
  thermal_slowdown: "The hardware slows the GPU down because of heat. Check fans, air flow and dust.",
  power_brake: "The power supply asks the GPU to slow down. Check power supplies and cables.",
  fabric_unhealthy: "The NVLink fabric is not healthy. Check the fabric manager and the switches.",
};
