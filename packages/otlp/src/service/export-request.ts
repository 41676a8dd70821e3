import { atOnce, inTurns, type Batch } from "@tracecore/core";
import { encodedBatch, type EncodedBatch } from "@tracecore/core/pdata";
import { encodeProtobuf } from "../proto/encode-protobuf.ts";
import { splitInTurns, splitRequest } from "../proto/split-request.ts";
import { concatInSteps } from "../wire/concat-in-steps.ts";
import { ownSizeInSteps } from "../wire/count-items.ts";

/** A batch on its way to a backend. */
export interface ExportRequest {
  readonly signal: Batch["signal"];
  readonly items: number;
  /** Of the protobuf, before compression. */
  readonly bytes: number;
  readonly body: Uint8Array;
  /** The body compressed, when it came in like that. */
  readonly compressed: EncodedBatch["compressed"];
}

/** The request of a batch: its bytes as they came in where nothing has changed them. */
export function exportRequest(batch: Batch): ExportRequest {
  const body = encodeProtobuf(batch);
  const { signal, itemCount: items } = batch;
  return { signal, items, bytes: body.length, body, compressed: encodedBatch(batch)?.compressed };
}

/** Requests are put together and split in turns of the event loop from so many bytes on. */
const LARGE_BYTES = 256 * 1024;

/** One request of several of the same signal: protobuf joins when it is put together. */
export function mergeExportRequests(requests: readonly ExportRequest[]): ExportRequest | Promise<ExportRequest> {
  const { signal } = requests[0]!;
  const items = requests.reduce((sum, one) => sum + one.items, 0);
  const merged = (body: Uint8Array): ExportRequest => ({
    signal,
    items,
    bytes: body.length,
    body,
    compressed: undefined,
  });
  const steps = concatInSteps(requests.map(({ body }) => body));
  return requests.reduce((sum, { bytes }) => sum + bytes, 0) > LARGE_BYTES
    ? inTurns(steps).then(merged)
    : merged(atOnce(steps));
}

/** Parts of at most `max` in size; see {@link splitRequest}. At once where the request is not large. */
export function splitExportRequest(
  { signal, body }: ExportRequest,
  max: number,
  sizer: "items" | "bytes",
): ExportRequest[] | Promise<ExportRequest[]> {
  return body.length > LARGE_BYTES
    ? splitInTurns(signal, body, max, sizer).then((parts) => inTurns(requestsOf(signal, parts)))
    : atOnce(requestsOf(signal, splitRequest(signal, body, max, sizer)));
}

function* requestsOf(signal: Batch["signal"], bodies: readonly Uint8Array[]): Generator<undefined, ExportRequest[]> {
  const requests: ExportRequest[] = [];
  for (const body of bodies) {
    const { counts } = yield* ownSizeInSteps(signal, body);
    const items = counts.reduce((sum, one) => sum + one, 0);
    requests.push({ signal, items, bytes: body.length, body, compressed: undefined });
    yield;
  }
  return requests;
}
