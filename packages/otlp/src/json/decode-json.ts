import type { Batch } from "@tracecore/core";
import type { BatchOf } from "../proto/lazy-batch.ts";
import { countJsonItems } from "./count-json-items.ts";
import { logsFrom } from "./decode-logs.ts";
import { metricsFrom } from "./decode-metrics.ts";
import { tracesFrom } from "./decode-traces.ts";
import { parseJson, type JsonCursor } from "./json-cursor.ts";

type Signal = Batch["signal"];

const decoders: { readonly [S in Signal]: (request: JsonCursor) => BatchOf<S> } = {
  metrics: metricsFrom,
  logs: logsFrom,
  traces: tracesFrom,
};

/**
 * An export request in OTLP/JSON: ids in hex, enums as integers, 64-bit integers as texts or numbers. Members that are not known
 * are passed by. `check` gets the number of items before anything is made of them, and may throw. Throws `otlp-malformed` with the
 * place of what is wrong.
 */
export function decodeJson<S extends Signal>(signal: S, text: string, check?: (items: number) => void): BatchOf<S> {
  const request = parseJson(text);
  // An empty text, a list or a number is no request; get() says so.
  if (request.absent) throw request.wrong("an object");
  check?.(countJsonItems(signal, request));
  return decoders[signal](request);
}
