import { csvRows } from "./csv.ts";
import { fieldsTable } from "./fields-table.ts";

export type FieldType = "int64" | "double" | "string" | "binary";

/** What a field is a property of. `GPU_I` and `GPU_CI` also exist on the whole GPU. */
export type FieldLevel =
  | "GLOBAL"
  | "NONE"
  | "GPU"
  | "GPU_I"
  | "GPU_CI"
  | "LINK"
  | "SWITCH"
  | "VGPU"
  | "CPU"
  | "CPU_CORE"
  | "CONNECTX";

/** The groups that `fields` and `intervals` name. */
export const families = [
  "clocks",
  "connectx",
  "cpu",
  "diag",
  "ecc",
  "events",
  "inventory",
  "memory",
  "nvlink",
  "nvswitch",
  "pcie",
  "power",
  "profiling",
  "thermal",
  "utilization",
  "vgpu",
] as const;
export type Family = (typeof families)[number];

/** A field of DCGM. Its id and tag never change; its names did. */
export interface Field {
  readonly id: number;
  readonly type: FieldType;
  readonly level: FieldLevel;
  readonly family: Family;
  /** As `dcgmi` and the library know it: `gpu_temp`. */
  readonly tag: string;
  /** Of DCGM 4.6 and later. */
  readonly name: string;
  /** Up to DCGM 4.5, which dcgm-exporter 4.8 uses; the same as `name` where it did not change. */
  readonly legacyName: string;
  /** All names ever, the 1.x ones included. */
  readonly names: readonly string[];
}

const types: Readonly<Record<string, FieldType>> = { i: "int64", d: "double", s: "string", b: "binary" };

interface Catalogue {
  readonly all: readonly Field[];
  readonly byId: ReadonlyMap<number, Field>;
  /** Lower-case names without `DCGM_FI_`, and tags. */
  readonly byName: ReadonlyMap<string, Field>;
}

let loaded: Catalogue | undefined;

/** Parsed when somebody first asks. */
function catalogue(): Catalogue {
  if (loaded !== undefined) return loaded;
  const byId = new Map<number, Field>();
  const byName = new Map<string, Field>();
  for (const row of csvRows<"id" | "type" | "level" | "family" | "tag" | "names">(fieldsTable)) {
    const names = row.names.split(" ");
    const field: Field = {
      id: Number(row.id),
      type: types[row.type]!,
      level: row.level as FieldLevel,
      family: row.family as Family,
      tag: row.tag,
      name: names[0]!,
      legacyName: names.find((name, i) => i > 0 && name.startsWith("DCGM_FI_")) ?? names[0]!,
      names,
    };
    byId.set(field.id, field);
    for (const name of names) byName.set(normalized(name), field);
    if (!byName.has(row.tag)) byName.set(row.tag, field);
  }
  loaded = { all: [...byId.values()], byId, byName };
  return loaded;
}

/** Every field that is known here. */
export function allFields(): readonly Field[] {
  return catalogue().all;
}

export function fieldById(id: number): Field | undefined {
  return catalogue().byId.get(id);
}

/** The field of an id in digits, a name of any generation (with or without `DCGM_FI_`), or a tag. */
export function findField(text: string): Field | undefined {
  const { byId, byName } = catalogue();
  return /^\d+$/.test(text) ? byId.get(Number(text)) : byName.get(normalized(text));
}

/** Every name and tag, for suggestions. */
export function fieldNames(): readonly string[] {
  return catalogue().all.flatMap(({ names, tag }) => names.concat(tag));
}

function normalized(name: string): string {
  return name
    .toLowerCase()
    .replace(/^dcgm_fi_(?=dev_|prof_|system_|cuda_|bind_|driver_|nvml_|gpu_|process_|sync_)/, "");
}
