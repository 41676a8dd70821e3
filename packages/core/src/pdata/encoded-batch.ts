import type { Batch } from "../consumer.ts";
import { BatchNote } from "./batch-note.ts";
import type { Resource } from "./resource.ts";

/** The protobuf of OTLP that a batch came in as, or was made into. Whoever sends the batch on unchanged sends this. */
export interface EncodedBatch {
  /** An export request of the batch's signal. */
  readonly bytes: Uint8Array;
  /** The same bytes compressed, as they were received. */
  readonly compressed?: { readonly encoding: "gzip" | "zstd"; readonly bytes: Uint8Array } | undefined;
  /** The batch with other resources, a step at a time; what lies under them is neither decoded nor copied more than once. */
  readonly mapResources: (map: (resource: Resource) => Resource) => Generator<undefined, Batch>;
}

const encodings = new BatchNote<Batch, EncodedBatch>();

/** What `batch` is in OTLP, when that is known. */
export function encodedBatch(batch: Batch): EncodedBatch | undefined {
  return encodings.get(batch);
}

/** Says what `batch` is in OTLP. For codecs. */
export function setEncodedBatch(batch: Batch, encoded: EncodedBatch): void {
  encodings.set(batch, encoded);
}
