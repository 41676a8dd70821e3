import { TracecoreError } from "@tracecore/core";
import type { ReadOutcome } from "./table-reader.ts";

/** What can be wrong although the engine answers, with what to do. */
export function noGpus(engine: string): TracecoreError {
  return new TracecoreError("dcgm-no-gpus", `the host engine ${engine} sees no GPU`, {
    remedy: "Check that the driver is loaded (nvidia-smi) and that the engine may open /dev/nvidia*",
  });
}

export function unreadable(
  engine: string,
  plans: readonly { readonly outcome: ReadOutcome | undefined }[],
): TracecoreError {
  const sum = (key: "stale" | "errors" | "notWatched"): number =>
    plans.reduce((all, { outcome }) => all + (outcome?.[key] ?? 0), 0);
  const parts = [
    [sum("stale"), "stale"],
    [sum("errors"), "in error"],
    [sum("notWatched"), "no longer watched"],
  ] as const;
  const found = parts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  return new TracecoreError("dcgm-values-missing", `${engine}: samples left out: ${found.join(", ")}`, {
    remedy: "tracecore_dcgm_values_dropped_total says which fields, hw_status which GPU",
  });
}

export function forbidden(engine: string, count: number): TracecoreError {
  return new TracecoreError("dcgm-no-permission", `${engine}: the engine may not read ${count} values`, {
    remedy:
      "Profiling needs root or CAP_SYS_ADMIN for the engine, or the driver option NVreg_RestrictProfilingToAdminUsers=0",
  });
}

export function busyProfiler(engine: string): TracecoreError {
  return new TracecoreError("dcgm-profiling-in-use", `${engine}: another profiler has the performance counters`, {
    remedy: "Their fields are left out until it ends. Set profiling: pause for as long as you profile",
  });
}

export function silentZeros(engine: string, gpus: number): TracecoreError {
  return new TracecoreError(
    "dcgm-profiling-zero",
    `${engine}: ${gpus} busy GPUs report only zeros for profiling fields`,
    {
      remedy: "They are left out, and profiling is set up anew",
    },
  );
}

export function tooManySeries(max: number): TracecoreError {
  return new TracecoreError("dcgm-too-many-series", `the limit of ${max} series is reached; the rest is left out`, {
    remedy: "Raise max_series, or choose fewer fields or namings",
  });
}

/** Whether no library could be used, as opposed to an engine that does not answer. */
export function isLibraryError(error: unknown): boolean {
  return error instanceof TracecoreError && error.code.startsWith("dcgm-library");
}
