import type { Series } from "@tracecore/core/pdata";
import type { FamilyMaker, PointWriter } from "../emit/point-writer.ts";

/** Why a sample was not passed on. */
export type DropReason =
  | "stale"
  | "blank"
  | "not_supported"
  | "no_permission"
  | "error"
  | "impossible"
  | "profiling_zero"
  | "paused";

/** Counts the samples that were not passed on, by field and reason. */
export class DroppedValues {
  readonly #counts = new Map<
    string,
    { readonly fieldId: number; readonly reason: DropReason; count: number; series: Series | undefined }
  >();

  add(fieldId: number, reason: DropReason): void {
    const key = `${fieldId} ${reason}`;
    const there = this.#counts.get(key);
    if (there === undefined) this.#counts.set(key, { fieldId, reason, count: 1, series: undefined });
    else there.count++;
  }

  /** All drops for one reason, for tests and log lines. */
  total(reason: DropReason): number {
    let sum = 0;
    for (const one of this.#counts.values()) if (one.reason === reason) sum += one.count;
    return sum;
  }

  write(writer: PointWriter, make: FamilyMaker, startNs: bigint, extra: Readonly<Record<string, string>>): void {
    const family = make.counter("tracecore.dcgm.values.dropped", "{value}", "Samples that were not passed on.");
    for (const one of this.#counts.values()) {
      one.series ??= writer.series(family, {
        "nvidia.dcgm.field.id": one.fieldId,
        "tracecore.dcgm.drop.reason": one.reason,
        ...extra,
      });
      if (one.series !== undefined) writer.add(one.series, one.count, { startTimeUnixNano: startNs, integer: true });
    }
  }

  end(writer: PointWriter): void {
    for (const one of this.#counts.values()) {
      if (one.series === undefined) continue;
      writer.end(one.series);
      writer.release(1);
      one.series = undefined;
    }
  }
}
