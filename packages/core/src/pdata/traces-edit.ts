import type { AttributeValue } from "./attributes.ts";
import { pick, pickMap, pickTimes, pickTyped } from "./pick-rows.ts";
import type { Traces } from "./traces.ts";

/** The spans that `keep` wants, by row. Returns `batch` itself when it wants all. */
export function filterTraces(batch: Traces, keep: (row: number) => boolean): Traces {
  const rows = new Uint32Array(batch.itemCount);
  let count = 0;
  for (let i = 0; i < batch.itemCount; i++) if (keep(i)) rows[count++] = i;
  return count === batch.itemCount ? batch : pickTraces(batch, rows.subarray(0, count));
}

function pickTraces(from: Traces, rows: Uint32Array): Traces {
  const { length } = rows;
  const attributeStarts = new Uint32Array(length + 1);
  const attributeKeys: string[] = [];
  const attributeValues: AttributeValue[] = [];
  for (let i = 0; i < length; i++) {
    const row = rows[i]!;
    for (let at = from.attributeStarts[row]!; at < from.attributeStarts[row + 1]!; at++) {
      attributeKeys.push(from.attributeKeys[at]!);
      attributeValues.push(from.attributeValues[at]!);
    }
    attributeStarts[i + 1] = attributeKeys.length;
  }
  return {
    signal: "traces",
    itemCount: length,
    resources: pick(from.resources, rows),
    scopes: pick(from.scopes, rows),
    traceIds: pick(from.traceIds, rows),
    spanIds: pick(from.spanIds, rows),
    parentSpanIds: pick(from.parentSpanIds, rows),
    traceStates: pick(from.traceStates, rows),
    flags: pickTyped(from.flags, rows, new Uint32Array(length)),
    names: pick(from.names, rows),
    kinds: pickTyped(from.kinds, rows, new Uint8Array(length)),
    startTimes: pickTimes(from.startTimes, rows),
    endTimes: pickTimes(from.endTimes, rows),
    attributeStarts,
    attributeKeys,
    attributeValues,
    statusCodes: pickTyped(from.statusCodes, rows, new Uint8Array(length)),
    statusMessages: pick(from.statusMessages, rows),
    droppedAttributesCounts: pickTyped(from.droppedAttributesCounts, rows, new Uint32Array(length)),
    extras: pickMap(from.extras, rows) ?? new Map(),
  };
}
