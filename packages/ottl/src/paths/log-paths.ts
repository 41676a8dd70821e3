import type { AttributeValue } from "@tracecore/core/pdata";
import { fail } from "../ottl-error.ts";
import { isStorable, textOf, typeName, type Value } from "../values.ts";
import { asText, countField, idFields, textField, timeFields, viewField, type PathTable } from "./path-table.ts";

export const logPaths: PathTable = {
  ...timeFields(
    "time",
    ({ log }) => log.times.get(log.row),
    ({ log }, time) => log.times.set(log.row, time),
  ),
  ...timeFields(
    "observed_time",
    ({ log }) => log.observedTimes.get(log.row),
    ({ log }, time) => log.observedTimes.set(log.row, time),
  ),
  severity_number: countField(
    ({ log }) => log.severityNumbers.get(log.row),
    ({ log }, number) => log.severityNumbers.set(log.row, number),
    24,
  ),
  severity_text: textField(
    ({ log }) => log.severityTexts.get(log.row),
    ({ log }, text) => log.severityTexts.set(log.row, text),
  ),
  body: {
    get: ({ log }) => log.bodies.get(log.row),
    set: ({ log }, value) => log.bodies.set(log.row, stored(value)),
    indexed: true,
  },
  "body.string": {
    get: ({ log }) => textOf(log.bodies.get(log.row)),
    set: ({ log }, value) => log.bodies.set(log.row, asText(value)),
  },
  attributes: viewField(({ log }) => log.attributes),
  dropped_attributes_count: countField(
    ({ log }) => log.droppedAttributesCounts.get(log.row),
    ({ log }, count) => log.droppedAttributesCounts.set(log.row, count),
  ),
  flags: countField(
    ({ log }) => log.flags.get(log.row),
    ({ log }, flags) => log.flags.set(log.row, flags),
  ),
  ...idFields(
    "trace_id",
    16,
    ({ log }) => log.traceIds.get(log.row),
    ({ log }, hex) => log.traceIds.set(log.row, hex),
  ),
  ...idFields(
    "span_id",
    8,
    ({ log }) => log.spanIds.get(log.row),
    ({ log }, hex) => log.spanIds.set(log.row, hex),
  ),
  event_name: textField(
    ({ log }) => log.eventNames.get(log.row),
    ({ log }, text) => log.eventNames.set(log.row, text),
  ),
};

/** A value that a body or an attribute can hold. */
export function stored(value: Value): AttributeValue {
  return isStorable(value) ? value : fail(`${typeName(value)} cannot be stored. Make an int or a string of it`);
}
