import { carryEncodedRows, pickEncodedRows } from "./encoded-rows.ts";
import { lazyColumns } from "./lazy-columns.ts";
import { keptRows, pick, pickAttributes, pickMap, pickTimes, pickTyped } from "./pick-rows.ts";
import type { RowAttributes } from "./row-attributes.ts";
import type { Traces } from "./traces.ts";

/** The spans that `keep` wants, by row. Returns `batch` itself when it wants all. */
export function filterTraces(batch: Traces, keep: (row: number) => boolean): Traces {
  const rows = keptRows(batch.itemCount, keep);
  return rows === undefined ? batch : pickTraces(batch, rows);
}

function pickTraces(from: Traces, rows: Uint32Array): Traces {
  const { length } = rows;
  let attributes: RowAttributes | undefined;
  const picked = (): RowAttributes => (attributes ??= pickAttributes(from, rows));
  const batch = lazyColumns<Traces>(
    { signal: "traces", itemCount: length },
    {
      resources: () => pick(from.resources, rows),
      scopes: () => pick(from.scopes, rows),
      traceIds: () => pick(from.traceIds, rows),
      spanIds: () => pick(from.spanIds, rows),
      parentSpanIds: () => pick(from.parentSpanIds, rows),
      traceStates: () => pick(from.traceStates, rows),
      flags: () => pickTyped(from.flags, rows, new Uint32Array(length)),
      names: () => pick(from.names, rows),
      kinds: () => pickTyped(from.kinds, rows, new Uint8Array(length)),
      startTimes: () => pickTimes(from.startTimes, rows),
      endTimes: () => pickTimes(from.endTimes, rows),
      attributeStarts: () => picked().attributeStarts,
      attributeKeys: () => picked().attributeKeys,
      attributeValues: () => picked().attributeValues,
      statusCodes: () => pickTyped(from.statusCodes, rows, new Uint8Array(length)),
      statusMessages: () => pick(from.statusMessages, rows),
      droppedAttributesCounts: () => pickTyped(from.droppedAttributesCounts, rows, new Uint32Array(length)),
      extras: () => pickMap(from.extras, rows) ?? new Map(),
    },
  );
  carryEncodedRows(from, batch, (encoded) => pickEncodedRows(encoded, rows));
  return batch;
}
