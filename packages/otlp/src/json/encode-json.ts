import { inTurns, jsonPieces, type Batch, type Json } from "@tracecore/core";
import { eachPart } from "@tracecore/core/pdata";
import { concatInSteps } from "../wire/concat-in-steps.ts";
import { logsToJson } from "./encode-logs.ts";
import { metricsToJson } from "./encode-metrics.ts";
import { tracesToJson } from "./encode-traces.ts";

/**
 * A batch as one line of OTLP/JSON (opentelemetry-proto, "JSON Protobuf Encoding"): ids as hex, enums as integers, 64-bit
 * integers as strings. The top level is ExportMetricsServiceRequest, ExportLogsServiceRequest or
 * ExportTraceServiceRequest.
 */
export function encodeJson(batch: Batch): string {
  return JSON.stringify(toJson(batch));
}

function toJson(batch: Batch): Json {
  switch (batch.signal) {
    case "metrics":
      return metricsToJson(batch);
    case "logs":
      return logsToJson(batch);
    case "traces":
      return tracesToJson(batch);
  }
}

/**
 * The same as bytes, with turns of the event loop between the parts of a large batch, whose lists of resources are put together: a
 * text of all of them would be copied twice more.
 */
export async function encodeJsonInParts(batch: Batch): Promise<Uint8Array> {
  const requests: Uint8Array[] = [];
  await eachPart(batch, async (part) => void requests.push(await inTurns(jsonBytes(part))));
  const [first] = requests;
  // A long request may have no part: where there are resources and metrics, but no item.
  if (first === undefined) return Buffer.from(encodeJson(batch));
  if (requests.length === 1) return first;
  const head = first.subarray(0, first.indexOf(OPENING) + 1);
  const lists = requests
    .map((request) => request.subarray(head.length, -END.length))
    .filter(({ length }) => length > 0);
  return inTurns(concatInSteps([head, ...lists.flatMap((list, i) => (i === 0 ? [list] : [COMMA, list])), END]));
}

/** A part may be one item of megabytes. */
function* jsonBytes(part: Batch): Generator<undefined, Uint8Array> {
  const tree = toJson(part);
  yield;
  const pieces: Buffer[] = [];
  for (const text of jsonPieces(tree)) {
    pieces.push(Buffer.from(text));
    yield;
  }
  return yield* concatInSteps(pieces);
}

const OPENING = "[".charCodeAt(0);
const COMMA = Buffer.from(",");
const END = Buffer.from("]}");
