import { fieldById } from "../fields/catalogue.ts";
import type { ChosenField } from "../fields/select-fields.ts";
import { statusFields } from "../health/gpu-status.ts";
import { allMappings } from "../naming/mapping.ts";
import { ENERGY } from "./gpu-presence.ts";

const UTILIZATION = 203;

/** The numbers among the chosen fields, and what is read for hw.status and the watchdog although nobody asked to see it. */
export function fieldsToRead(fields: readonly ChosenField[]): readonly ChosenField[] {
  const known = new Set(fields.map(({ field }) => field.id));
  const internal = [...statusFields, ENERGY, UTILIZATION].filter((id) => !known.has(id));
  const readable = fields.filter(({ field }) => {
    const isNumber = field.type === "int64" || field.type === "double";
    return (
      isNumber &&
      allMappings().get(field.id)?.transform.kind !== "events" &&
      field.level !== "NONE" &&
      field.level !== "GLOBAL"
    );
  });
  return [
    ...readable,
    ...internal.map((id): ChosenField => ({ field: fieldById(id)!, otel: false, exporter: false, counter: undefined })),
  ];
}
