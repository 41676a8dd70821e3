import type { Slot } from "../emit/slot.ts";
import { isProfiling } from "../fields/select-fields.ts";

/** Busy reads in a row with all profiling values at zero that make them unbelievable. */
const SUSPICIOUS_READS = 3;
const GPU_UTILIZATION = 203;

/** Finds GPUs that are busy while all of their profiling values are zero: the counters were lost, and 0 would be a lie. */
export class ProfilingWatchdog {
  readonly #suspicions = new Map<string, number>();
  /** GPUs whose profiling values are not to be believed, by device key. */
  readonly broken: Set<string> = new Set<string>();

  /** Looks at the values of a read. Gives the GPUs that were found broken just now. */
  look(slots: Iterable<Slot>): readonly string[] {
    const gpus = new Map<string, { busy: boolean; seen: boolean; alive: boolean }>();
    for (const { device, chosen, value } of slots) {
      if (device.entity.kind !== "gpu") continue;
      let gpu = gpus.get(device.key);
      if (gpu === undefined) {
        gpu = { busy: false, seen: false, alive: false };
        gpus.set(device.key, gpu);
      }
      if (chosen.field.id === GPU_UTILIZATION) gpu.busy = value > 0;
      else if (isProfiling(chosen.field) && !Number.isNaN(value)) {
        gpu.seen = true;
        gpu.alive ||= value !== 0;
      }
    }
    const found: string[] = [];
    for (const [key, { busy, seen, alive }] of gpus) {
      if (alive || !seen) {
        this.#suspicions.delete(key);
        if (alive) this.broken.delete(key);
      } else if (busy) {
        const reads = (this.#suspicions.get(key) ?? 0) + 1;
        this.#suspicions.set(key, reads);
        if (reads % SUSPICIOUS_READS !== 0) continue;
        this.broken.add(key);
        found.push(key);
      }
    }
    return found;
  }
}
