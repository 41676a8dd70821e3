import { allMappings } from "../naming/mapping.ts";
import { allFields, families, fieldNames, findField, fieldById, type Family, type Field } from "./catalogue.ts";
import type { Counter } from "./counters-file.ts";
import { closest } from "./did-you-mean.ts";

/** The words that `fields` takes beside fields and families. */
export const presets = ["default", "profiling", "nvlink", "ecc", "all"] as const;
export type FieldPreset = (typeof presets)[number];

/** A field to read, and who is to show it. */
export interface ChosenField {
  readonly field: Field;
  /** Shown under OpenTelemetry names. */
  otel: boolean;
  /** Shown under the names of dcgm-exporter. */
  exporter: boolean;
  /** What a counters file says of it. */
  readonly counter: Counter | undefined;
}

/** The metrics and labels of the default counters of dcgm-exporter 4.8. */
export const exporterDefaults: readonly number[] = [
  100, 101, 140, 150, 155, 156, 202, 203, 204, 206, 207, 230, 251, 252, 253, 449, 526, 393, 394, 395, 1001, 1004, 1005,
  1009, 1010, 1,
];

/** A text: a label of dcgm-exporter. */
export const DRIVER_VERSION = 1;

/** Fields that the profiling module of DCGM measures. */
export function isProfiling({ id }: Field): boolean {
  return (id >= 1000 && id < 1100) || id === 1532 || id === 1533;
}

/** What is wrong with an entry of `fields`; undefined when it is a preset, a family or a field. */
export function fieldProblem(entry: string | number): string | undefined {
  const text = String(entry);
  if (isPreset(text) || isFamily(text) || findField(text) !== undefined) return undefined;
  if (/^\d+$/.test(text)) return `${text} is not the id of a DCGM field that this version knows`;
  const guess = closest(text, [...presets, ...families, ...fieldNames()]);
  return `${JSON.stringify(text)} is not a DCGM field, family or preset${guess === undefined ? "" : `. Did you mean "${guess}"?`}`;
}

/** The fields of these entries and of a counters file. Entries that do not exist were refused with the config. */
export function selectFields(
  entries: readonly (string | number)[],
  counters: readonly Counter[],
  profiling: "auto" | "off",
): ChosenField[] {
  const chosen = new Map<number, ChosenField>();
  const choose = (field: Field, otel: boolean, exporter: boolean, counter?: Counter): void => {
    if (profiling === "off" && isProfiling(field)) return;
    const there = chosen.get(field.id);
    if (there === undefined) {
      chosen.set(field.id, { field, otel, exporter, counter });
    } else {
      there.otel ||= otel;
      there.exporter ||= exporter;
      if (counter !== undefined && there.counter === undefined) chosen.set(field.id, { ...there, counter });
    }
  };
  for (const counter of counters) choose(counter.field, true, true, counter);
  for (const entry of entries) {
    const text = String(entry);
    if (text === "default") {
      for (const [id, { onByDefault }] of allMappings()) {
        const field = fieldById(id);
        if (field !== undefined && onByDefault !== "off") choose(field, true, false);
      }
      for (const id of exporterDefaults) choose(fieldById(id)!, allMappings().get(id)?.onByDefault !== "off", true);
    } else if (isPreset(text) || isFamily(text)) {
      for (const field of allFields()) {
        if (isReadable(field) && (text === "all" || field.family === text)) choose(field, true, true);
      }
      if (text === "all") choose(fieldById(DRIVER_VERSION)!, false, true);
    } else {
      const field = findField(text);
      if (field !== undefined) choose(field, true, true);
    }
  }
  return [...chosen.values()].toSorted((a, b) => a.field.id - b.field.id);
}

/** A field whose latest value means something: not a list of samples, not a blob, not the marker of a family. */
function isReadable({ type, id }: Field): boolean {
  return (type === "int64" || type === "double") && id !== 210 && id !== 211;
}

function isPreset(text: string): text is FieldPreset {
  return (presets as readonly string[]).includes(text);
}

export function isFamily(text: string): text is Family {
  return (families as readonly string[]).includes(text);
}
