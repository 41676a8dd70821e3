import { blankCondition, blankTextCondition } from "../engine/blank-values.ts";
import type { EventSample } from "../engine/engine.ts";
import { fieldTypes } from "../engine/sample-table.ts";
import type { RawValue } from "./library.ts";

const LONGEST_TEXT = 256;
const LONGEST_BLOB = 4096;

/** Copies a value that the library shows; undefined for rows that say that there is no sample. */
export function eventSample(group: number, id: number, value: RawValue): EventSample | undefined {
  if (value.status !== 0) return undefined;
  const { fieldId, fieldType, timestampUs } = value;
  const copy = valueOf(fieldType, value);
  return copy === undefined ? undefined : { group, id, fieldId, timestampUs, value: copy };
}

function valueOf(type: number, value: RawValue): EventSample["value"] | undefined {
  switch (type) {
    case fieldTypes.string: {
      const bytes = value.bytes(LONGEST_TEXT);
      const end = bytes.indexOf(0);
      const text = Buffer.from(end === -1 ? bytes : bytes.subarray(0, end)).toString("utf8");
      return blankTextCondition(text) === "ok" ? text : undefined;
    }
    case fieldTypes.blob: {
      return value.bytes(LONGEST_BLOB);
    }
    default: {
      const view = new DataView(value.bytes(8).buffer);
      if (blankCondition(type, view.getUint32(4, true), view.getUint32(0, true)) !== "ok") return undefined;
      return type === fieldTypes.double ? view.getFloat64(0, true) : view.getBigInt64(0, true);
    }
  }
}
