import { atOnce, inTurns, type Batch } from "@tracecore/core";
import { joinParts } from "@tracecore/core/pdata";
import { decodeProtobuf, type BatchOf, type RequestLimits } from "../proto/lazy-batch.ts";
import type { ItemLimits } from "../wire/item-fields.ts";
import { countJsonItems } from "./count-json-items.ts";
import { JsonBytes } from "./cut-json.ts";
import { logsFrom } from "./decode-logs.ts";
import { metricsFrom } from "./decode-metrics.ts";
import { tracesFrom } from "./decode-traces.ts";
import { JsonCursor } from "./json-cursor.ts";
import { JsonCutter } from "./json-cutter.ts";
import { jsonPaths } from "./json-path.ts";
import { JsonScanner } from "./json-scanner.ts";
import { parseText } from "./parse-text.ts";

type Signal = Batch["signal"];
type Check = (items: number, largest?: ItemLimits) => void;

/** How many bytes are parsed at once: what is made of them takes a few milliseconds at worst. */
const PIECE = 32 * 1024;

/** How many items a part has, or fewer where they are long. */
const PART_ITEMS = 500;

const decoders: {
  readonly [S in Signal]: (request: JsonCursor, partItems: number) => Generator<BatchOf<S> | undefined, BatchOf<S>>;
} = {
  metrics: metricsFrom,
  logs: logsFrom,
  traces: tracesFrom,
};

/**
 * An export request in OTLP/JSON: ids in hex, enums as integers or names, 64-bit integers as texts or numbers. Members that are not known
 * are passed by. `check` gets the number of items before anything is made of them, and may throw. Throws `otlp-malformed` with the
 * place of what is wrong.
 */
export function decodeJson<S extends Signal>(signal: S, text: string, check?: Check): BatchOf<S> {
  return atOnce(decoders[signal](wholeRequest(signal, text, check), Number.POSITIVE_INFINITY));
}

/**
 * The same in parts, and a step at a time: `undefined` stands wherever work may pause. Of a long request, `check` gets as many items
 * as its resources, scopes and metrics would do for, if that is more, and how much the largest of all these have.
 * Parts come before the rest was looked into, so a request may turn out to be wrong behind them; that it is JSON is certain. A
 * request without items has no parts.
 */
export function* jsonParts<S extends Signal>(
  signal: S,
  body: Uint8Array,
  check?: Check,
  { piece = PIECE, partItems = PART_ITEMS }: { readonly piece?: number; readonly partItems?: number } = {},
): Generator<BatchOf<S> | undefined> {
  const request =
    body.length <= piece
      ? wholeRequest(signal, Buffer.from(body.buffer, body.byteOffset, body.length).toString(), check)
      : yield* cutRequest(signal, body, check, piece);
  const rest = yield* decoders[signal](request, partItems);
  if (rest.itemCount > 0) yield rest;
}

/** The same as one batch, with turns of the event loop between where it is large; at once where it is not. */
export function decodeJsonInTurns<S extends Signal>(
  signal: S,
  body: Uint8Array,
  limits: RequestLimits,
): BatchOf<S> | Promise<BatchOf<S>> {
  const check: Check = (items, largest) => {
    if (items > limits.items) throw limits.exceeded("items");
    if (largest === undefined) return;
    for (const limit of ["itemFields", "itemBytes", "headBytes"] as const) {
      if (largest[limit] > limits[limit]) throw limits.exceeded(limit);
    }
  };
  // What is no longer than a piece is not measured, and has no more fields than bytes.
  const piece = Math.min(PIECE, limits.itemFields, limits.itemBytes, limits.headBytes);
  const steps = joinedInSteps(signal, body, check, piece);
  const first = steps.next();
  return first.done === true ? first.value : inTurns(steps);
}

function* joinedInSteps<S extends Signal>(
  signal: S,
  body: Uint8Array,
  check: Check,
  piece: number,
): Generator<undefined, BatchOf<S>> {
  const parts: BatchOf<S>[] = [];
  for (const part of jsonParts(signal, body, check, { piece })) {
    if (part !== undefined) parts.push(part);
    if (body.length > PIECE) yield;
  }
  const [first, ...others] = parts;
  return first === undefined ? decodeProtobuf(signal, new Uint8Array()) : joinParts([first, ...others]);
}

function wholeRequest(signal: Signal, text: string, check: Check | undefined): JsonCursor {
  const request = asRequest(parseText(text));
  check?.(countJsonItems(signal, request));
  return request;
}

function* cutRequest(
  signal: Signal,
  body: Uint8Array,
  check: Check | undefined,
  piece: number,
): Generator<undefined, JsonCursor> {
  const source = new JsonBytes(body);
  const cutter = new JsonCutter(source, jsonPaths[signal], piece);
  const scanner = new JsonScanner(body, cutter);
  while (scanner.scan(PIECE)) yield undefined;
  source.hasLongIntegers = scanner.hasLongIntegers;
  check?.(cutter.load, cutter.largest);
  return asRequest(cutter.result());
}

/** An empty text, a list or a number is no request; get() says so, but of what is absent. */
function asRequest(value: unknown): JsonCursor {
  const request = new JsonCursor(value);
  if (request.absent) throw request.wrong("an object");
  return request;
}
