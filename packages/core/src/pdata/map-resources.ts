import type { Batch } from "../consumer.ts";
import { encodedBatch } from "./encoded-batch.ts";
import { mapSeries } from "./metrics-edit.ts";
import type { Resource } from "./resource.ts";

/**
 * A batch with other resources; everything else is shared with `batch`. What is under them is not decoded when the batch still
 * is the bytes it came in. Returns `batch` itself when nothing changed.
 */
export function mapResources<B extends Batch>(batch: B, map: (resource: Resource) => Resource): B {
  return (encodedBatch(batch)?.mapResources(map) ?? mapColumns(batch, map)) as B;
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
  return resources.every((resource, row) => resource === batch.resources[row]) ? batch : { ...batch, resources };
}
