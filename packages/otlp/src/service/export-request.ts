import type { Batch } from "@tracecore/core";
import { encodedBatch, type EncodedBatch } from "@tracecore/core/pdata";
import { encodeProtobuf } from "../proto/encode-protobuf.ts";
import { splitInTurns, splitRequest } from "../proto/split-request.ts";
import { countOwnItems } from "../wire/count-items.ts";

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

/** One request of several of the same signal: protobuf joins when it is put together. */
export function mergeExportRequests(requests: readonly ExportRequest[]): ExportRequest {
  const body = Buffer.concat(requests.map((one) => one.body));
  const items = requests.reduce((sum, one) => sum + one.items, 0);
  return { signal: requests[0]!.signal, items, bytes: body.length, body, compressed: undefined };
}

/** Requests are split in turns of the event loop from so many bytes on. */
const LARGE_BYTES = 256 * 1024;

/** Parts of at most `max` in size; see {@link splitRequest}. At once where the request is not large. */
export function splitExportRequest(
  { signal, body }: ExportRequest,
  max: number,
  sizer: "items" | "bytes",
): ExportRequest[] | Promise<ExportRequest[]> {
  const requests = (parts: readonly Uint8Array[]): ExportRequest[] => parts.map((part) => requestOf(signal, part));
  return body.length > LARGE_BYTES
    ? splitInTurns(signal, body, max, sizer).then(requests)
    : requests(splitRequest(signal, body, max, sizer));
}

function requestOf(signal: Batch["signal"], body: Uint8Array): ExportRequest {
  const items = countOwnItems(signal, body).reduce((sum, one) => sum + one, 0);
  return { signal, items, bytes: body.length, body, compressed: undefined };
}
