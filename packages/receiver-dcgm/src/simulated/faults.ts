/** What can go wrong with simulated GPUs. */
export const faultKinds = [
  "xid",
  "sxid",
  "gpu_lost",
  "thermal",
  "ecc",
  "row_remap_failed",
  "row_remap_pending",
  "nvlink_errors",
  "stale",
  "profiling_zero",
  "unsupported",
  "mig_change",
  "engine_lost",
  "hang",
] as const;
export type FaultKind = (typeof faultKinds)[number];

/** A fault and when it lasts; times in milliseconds from the start. */
export interface Fault {
  readonly kind: FaultKind;
  readonly gpu: number;
  readonly after: number;
  readonly for?: number | undefined;
  /** Of `xid` and `sxid`. */
  readonly code: number;
}

/** The faults that last at this time. */
export function lasting(faults: readonly Fault[], elapsedMs: number): readonly Fault[] {
  return faults.filter(
    ({ after, for: forMs }) => elapsedMs >= after && (forMs === undefined || elapsedMs < after + forMs),
  );
}
