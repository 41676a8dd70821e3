import { inTurns, type Batch } from "@tracecore/core";
import { eachPart, encodedBatch, joinedParts } from "@tracecore/core/pdata";
import { concatInSteps } from "../wire/concat-in-steps.ts";
import { cutRequest } from "./cut-request.ts";
import { encodeLogs } from "./encode-logs.ts";
import { encodeMetrics } from "./encode-metrics.ts";
import { encodeTraces } from "./encode-traces.ts";

/** A batch as an export request of its signal. A batch that came in as one and was not changed is just that, every byte. */
export function encodeProtobuf(batch: Batch): Uint8Array {
  return encodedBatch(batch)?.bytes ?? encodeParts(batch) ?? encode(batch);
}

/** The same with turns of the event loop between the parts of a large batch. */
export async function encodeInParts(batch: Batch): Promise<Uint8Array> {
  const encoded = encodedBatch(batch)?.bytes;
  if (encoded !== undefined) return encoded;
  const requests: Uint8Array[] = [];
  await eachPart(batch, (part) => void requests.push(encodeProtobuf(part)));
  return joinInTurns(requests);
}

/** One request of several, with turns of the event loop between: protobuf joins when it is put together. */
export function joinInTurns(requests: readonly Uint8Array[]): Promise<Uint8Array> {
  return inTurns(concatInSteps(requests));
}

/** As much from the beginning of a batch as there is in `most` bytes, one item at least. */
export function encodeUpTo(batch: Batch, most: number): Uint8Array {
  let bytes = encodedBatch(batch)?.bytes;
  for (const part of bytes === undefined ? (joinedParts(batch) ?? [batch]) : []) {
    const own = encodeProtobuf(part);
    if (bytes !== undefined && bytes.length + own.length > most) return bytes;
    bytes = bytes === undefined ? own : Buffer.concat([bytes, own]);
  }
  if (bytes!.length <= most) return bytes!;
  return cutRequest(batch.signal, bytes!, most).find((part) => part !== undefined) ?? bytes!;
}

/** Requests are joined by putting them together. */
function encodeParts(batch: Batch): Uint8Array | undefined {
  const parts = joinedParts(batch);
  return parts === undefined ? undefined : Buffer.concat(parts.map(encodeProtobuf));
}

function encode(batch: Batch): Uint8Array {
  switch (batch.signal) {
    case "metrics":
      return encodeMetrics(batch);
    case "logs":
      return encodeLogs(batch);
    case "traces":
      return encodeTraces(batch);
  }
}
