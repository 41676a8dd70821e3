import { atOnce, inTurns } from "../clock/event-loop.ts";
import type { Batch } from "../consumer.ts";
import { encodedBatch } from "./encoded-batch.ts";
import { carryEncodedRows, encodedRows } from "./encoded-rows.ts";
import { withColumns } from "./lazy-columns.ts";
import type { Logs } from "./logs.ts";
import { mapSeries } from "./metrics-edit.ts";
import { mapParts } from "./parts.ts";
import type { Resource } from "./resource.ts";
import type { Traces } from "./traces.ts";

/**
 * A batch with other resources; everything else is shared with `batch`. What is under them is not decoded when the batch still
 * is the bytes it came in. Returns `batch` itself when nothing changed.
 */
export function mapResources<B extends Batch>(batch: B, map: (resource: Resource) => Resource): B {
  const encoded = encodedBatch(batch);
  return (encoded === undefined ? mapColumns(batch, map) : atOnce(encoded.mapResources(map))) as B;
}

/** The same with turns of the event loop between where the batch is large. */
export function mapResourcesInTurns<B extends Batch>(batch: B, map: (resource: Resource) => Resource): Promise<B> {
  const encoded = encodedBatch(batch);
  // Of bytes nothing is decoded; who divided them would copy them.
  return encoded === undefined
    ? mapParts(batch, (part) => mapResources(part, map))
    : (inTurns(encoded.mapResources(map)) as Promise<B>);
}

function mapColumns(batch: Batch, map: (resource: Resource) => Resource): Batch {
  const known = new Map<Resource, Resource>();
  const once = (resource: Resource): Resource => {
    let mapped = known.get(resource);
    if (mapped === undefined) known.set(resource, (mapped = map(resource)));
    return mapped;
  };
  if (batch.signal === "metrics") return mapSeries(batch, (series) => series.withResource(once(series.resource)));
  const resources = batch.resources.map(once);
  if (resources.every((resource, row) => resource === batch.resources[row])) return batch;
  if (encodedRows(batch) === undefined) return { ...batch, resources };
  const moved = withColumns<Logs | Traces>(batch, { resources });
  carryEncodedRows(batch, moved, (rows) => rows);
  return moved;
}
