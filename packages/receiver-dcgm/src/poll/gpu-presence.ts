import type { Device } from "../emit/device.ts";
import type { GpuReading } from "../health/gpu-health.ts";
import { statusFields } from "../health/gpu-status.ts";
import type { SlotStore } from "./slot-store.ts";
import type { ReadOutcome } from "./table-reader.ts";

/** Reads in a row without an answer after which a GPU counts as lost. */
const SILENT_READS = 2;
/** Fewer rows than this say nothing about a GPU. */
const TELLING_ROWS = 3;
/** For how long after a bind event a GPU may go without being missed, ms. */
const UNBIND_MS = 60_000;
/** Energy since the driver was loaded: when it falls, the GPU has been reset. */
export const ENERGY = 156;

/** Knows which GPUs are there, which are silent and which are gone. */
export class GpuPresence {
  readonly #silent = new Map<string, number>();
  readonly #lastEnergy = new Map<string, number>();
  /** GPUs that were there and are gone without having been unbound. */
  readonly #missing = new Map<string, Device>();
  #unboundMs = Number.NEGATIVE_INFINITY;

  noteUnbound(nowMs: number): void {
    this.#unboundMs = nowMs;
  }

  /** Remembers the GPUs that went without a word, and forgets those that are back. */
  noteDevices(before: readonly Device[], now: readonly Device[], nowMs: number): void {
    const keys = new Set(now.map(({ key }) => key));
    for (const key of keys) this.#missing.delete(key);
    if (nowMs - this.#unboundMs < UNBIND_MS) return;
    for (const device of before) {
      if (device.entity.kind === "gpu" && !keys.has(device.key)) this.#missing.set(device.key, device);
    }
  }

  /** A lost GPU answers with blanks. Tells whether one has just begun to. */
  noteRead(devices: readonly Device[], { byGpu }: ReadOutcome): boolean {
    let isNew = false;
    for (const device of devices) {
      if (device.entity.kind !== "gpu") continue;
      const seen = byGpu.get(device.entity.id);
      if (seen === undefined || seen.rows < TELLING_ROWS) continue;
      if (seen.answered > 0 && !seen.lost) {
        this.#silent.delete(device.key);
        continue;
      }
      const reads = (this.#silent.get(device.key) ?? 0) + 1;
      this.#silent.set(device.key, reads);
      isNew ||= reads === 1;
    }
    return isNew;
  }

  /** What hw.status is derived from. A GPU that was reset is taken off `critical`. */
  readings(devices: readonly Device[], slots: SlotStore, critical: Set<string>): GpuReading[] {
    const readings: GpuReading[] = [];
    for (const device of devices) {
      if (device.entity.kind !== "gpu") continue;
      const values = new Map<number, number>();
      for (const id of statusFields) {
        const value = slots.value(device.key, id);
        if (value !== undefined) values.set(id, value);
      }
      if (this.#wasReset(device, slots.value(device.key, ENERGY))) critical.delete(device.key);
      const { state } = device.entity;
      const isSilent = (this.#silent.get(device.key) ?? 0) >= SILENT_READS;
      const lost = state === "lost" || state === "inaccessible" || isSilent;
      readings.push({ device, values, lost, criticalXid: critical.has(device.key) });
    }
    for (const device of this.#missing.values()) {
      readings.push({ device, values: new Map(), lost: true, criticalXid: false });
    }
    return readings;
  }

  #wasReset({ key }: Device, energy: number | undefined): boolean {
    if (energy === undefined) return false;
    const before = this.#lastEnergy.get(key);
    this.#lastEnergy.set(key, energy);
    return before !== undefined && energy < before;
  }
}
