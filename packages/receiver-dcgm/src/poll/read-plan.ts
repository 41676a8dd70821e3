import type { Device } from "../emit/device.ts";
import type { EntityKind } from "../engine/entity.ts";
import type { Family, Field } from "../fields/catalogue.ts";
import { isProfiling, type ChosenField } from "../fields/select-fields.ts";

/** How many times the engine samples a field in one interval of ours. */
const WATCH_UPDATE_DIVISOR = 1;
/** The engine samples no more often than this, in milliseconds. */
const WATCH_UPDATE_MINIMUM_MS = 100;
/** For how many intervals the engine keeps a sample. */
const WATCH_KEEP_FOR_MULTIPLIER = 3;

/** Devices and fields that are read in one call. */
export interface ReadPlan {
  /** The same for the same devices, fields and interval. */
  readonly key: string;
  readonly intervalMs: number;
  readonly updateEveryMs: number;
  readonly keepForMs: number;
  readonly devices: readonly Device[];
  readonly fields: readonly ChosenField[];
  readonly profiling: boolean;
}

/** Fields that a MIG instance has of its own. On a split GPU they are read there and not on the GPU, so that sums stay right. */
export function isPerInstance({ id, level }: Field): boolean {
  return level === "GPU_I" || level === "GPU_CI" || (id >= 250 && id <= 254);
}

/**
 * NVLink 5 counters in one watch with ECC counters have made all of them blank on some machines, and a profiling module that
 * fails must cost nothing else: these are watched apart.
 */
function setOf(field: Field): "profiling" | "nvlink" | "device" {
  if (isProfiling(field)) return "profiling";
  return field.family === "nvlink" ? "nvlink" : "device";
}

const kindOfLevel: Readonly<Partial<Record<Field["level"], EntityKind>>> = {
  LINK: "link",
  SWITCH: "switch",
  VGPU: "vgpu",
  CPU: "cpu",
  CPU_CORE: "cpu_core",
  CONNECTX: "connectx",
};

/** The licence is a property of a vGPU on the host, and of the GPU itself in its guest. */
const LICENSE = 526;

/** The devices that have a field. */
function devicesOf(field: Field, devices: readonly Device[]): readonly Device[] {
  const kind = kindOfLevel[field.level];
  if (field.id === LICENSE) return devices.filter(({ entity }) => entity.kind === "vgpu" || entity.kind === "gpu");
  if (kind !== undefined) return devices.filter(({ entity }) => entity.kind === kind);
  const split = new Set(devices.filter(({ entity }) => entity.kind === "gpu_instance").map(({ gpu }) => gpu?.id));
  if (!isPerInstance(field)) return devices.filter(({ entity }) => entity.kind === "gpu");
  return devices.filter(
    ({ entity }) => entity.kind === "gpu_instance" || (entity.kind === "gpu" && !split.has(entity.id)),
  );
}

export interface PlanOptions {
  readonly intervalMs: number;
  readonly intervals: Readonly<{ [F in Family]?: number | undefined }>;
  /** Whether a field of a device is worth asking for. */
  readonly wants: (device: Device, chosen: ChosenField) => boolean;
  /** Whether a device can count a profiling field. Devices that cannot spoil the watch for those that can. */
  readonly canProfile: (device: Device, fieldId: number) => boolean;
}

/** What to read of these devices: as few calls as the differences between fields allow. */
export function readPlans(
  devices: readonly Device[],
  fields: readonly ChosenField[],
  { intervalMs, intervals, wants, canProfile }: PlanOptions,
): ReadPlan[] {
  const groups = new Map<
    string,
    { devices: readonly Device[]; fields: ChosenField[]; interval: number; set: string }
  >();
  for (const chosen of fields) {
    const { field } = chosen;
    const all = devicesOf(field, devices);
    const having = isProfiling(field) ? all.filter((device) => canProfile(device, field.id)) : all;
    if (!having.some((device) => wants(device, chosen))) continue;
    const interval = intervals[field.family] ?? intervalMs;
    const set = setOf(field);
    const key = `${set}/${interval}/${having.map(({ key: one }) => one).join(",")}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { devices: having, fields: [chosen], interval, set });
    else group.fields.push(chosen);
  }
  return [...groups].map(([key, { devices: having, fields: own, interval, set }]) => ({
    key: `${key}/${own.map(({ field }) => field.id).join(",")}`,
    intervalMs: interval,
    updateEveryMs: Math.max(WATCH_UPDATE_MINIMUM_MS, interval / WATCH_UPDATE_DIVISOR),
    keepForMs: interval * WATCH_KEEP_FOR_MULTIPLIER,
    devices: having,
    fields: own,
    profiling: set === "profiling",
  }));
}
