import type { Batch } from "@tracecore/core";
import { encodedBatch } from "@tracecore/core/pdata";
import { encodeLogs } from "./encode-logs.ts";
import { encodeMetrics } from "./encode-metrics.ts";
import { encodeTraces } from "./encode-traces.ts";

/** A batch as an export request of its signal. A batch that came in as one and was not changed is just that, every byte. */
export function encodeProtobuf(batch: Batch): Uint8Array {
  return encodedBatch(batch)?.bytes ?? encode(batch);
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
