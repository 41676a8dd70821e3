import { inTurns, type Batch } from "@tracecore/core";
import {
  encodedRows,
  readColumns,
  setEncodedBatch,
  setEncodedRows,
  setParts,
  type EncodedBatch,
  type Logs,
  type Metrics,
  type Resource,
  type Traces,
} from "@tracecore/core/pdata";
import {
  countItemsInSteps,
  ownSizeInSteps,
  ownSizeOf,
  sizeOf,
  type ItemCounts,
  type RequestSize,
} from "../wire/count-items.ts";
import { cutRequest, PART_BYTES } from "./cut-request.ts";
import { exceededLimit, type ItemLimits } from "../wire/item-fields.ts";
import { decodeLogs } from "./decode-logs.ts";
import { decodeMetrics } from "./decode-metrics.ts";
import { decodeTraces } from "./decode-traces.ts";
import { mapResourceBytes } from "./splice-resources.ts";

type Signal = Batch["signal"];
/** A batch by its signal. */
export type BatchOf<S extends Signal> = Extract<Batch, { readonly signal: S }>;

/**
 * An export request as a batch. It is checked and counted now, and decoded when somebody looks into it; until then it is its
 * bytes, which must not change any more. Throws `otlp-malformed`.
 */
export function decodeProtobuf<S extends Signal>(
  signal: S,
  bytes: Uint8Array,
  compressed?: EncodedBatch["compressed"],
): BatchOf<S> {
  return lazyBatch(signal, bytes, sizeOf(signal, bytes), compressed) as BatchOf<S>;
}

/** What decides whether a request that was received is taken. */
export interface RequestLimits extends ItemLimits {
  /** Most items, counted as {@link RequestSize} has them. */
  readonly items: number;
  /** Makes the error for a request that has more. */
  readonly exceeded: (limit: "items" | keyof ItemLimits) => Error;
}

/**
 * The same for a request that somebody has sent, with turns of the event loop between where it is large. At once where it is not:
 * most requests are small, and a promise costs as much as the check of one.
 */
export function decodeInTurns<S extends Signal>(
  signal: S,
  bytes: Uint8Array,
  limits: RequestLimits,
  compressed?: EncodedBatch["compressed"],
): BatchOf<S> | Promise<BatchOf<S>> {
  const steps = sizeInSteps(signal, bytes, limits);
  const first = steps.next();
  const taken = (size: RequestSize): BatchOf<S> => lazyBatch(signal, bytes, size, compressed) as BatchOf<S>;
  return first.done === true ? taken(first.value) : inTurns(steps).then(taken);
}

function* sizeInSteps(signal: Signal, bytes: Uint8Array, limits: RequestLimits): Generator<undefined, RequestSize> {
  const size = yield* countItemsInSteps(signal, bytes, limits.items);
  if (size.load > limits.items) throw limits.exceeded("items");
  // No limit is reached in fewer bytes.
  if (bytes.length > Math.min(limits.itemFields, limits.itemBytes, limits.headBytes)) {
    const exceeded = yield* exceededLimit(signal, bytes, limits);
    if (exceeded !== undefined) throw limits.exceeded(exceeded);
  }
  return size;
}

/** Requests are worked on in parts from so many bytes on, or from so many items; resources and metrics without any count as well. */
const LARGE_BYTES = 4 * PART_BYTES;
const LARGE_ITEMS = 2_000;

/** The same for a request that was encoded here, which may hold values that are too deep for others. */
export function ownRequest<S extends Signal>(signal: S, bytes: Uint8Array): BatchOf<S> {
  return lazyBatch(signal, bytes, ownSizeOf(signal, bytes)) as BatchOf<S>;
}

/** The same with turns of the event loop between. */
export async function ownRequestInTurns<S extends Signal>(signal: S, bytes: Uint8Array): Promise<BatchOf<S>> {
  return lazyBatch(signal, bytes, await inTurns(ownSizeInSteps(signal, bytes))) as BatchOf<S>;
}

function lazyBatch(
  signal: Signal,
  bytes: Uint8Array,
  size: RequestSize,
  compressed?: EncodedBatch["compressed"],
): Batch {
  const batch = wholeBatch(signal, bytes, size, compressed);
  const isLarge = bytes.length > LARGE_BYTES || (size.load > LARGE_ITEMS && bytes.length > PART_BYTES);
  if (isLarge) setParts(batch, () => partsOf(signal, bytes));
  return batch;
}

/**
 * What a part has at most, beside {@link PART_BYTES}: of a new resource, metric or series much more is made than there is in the
 * request. While V8 marks a heap of hundreds of MiB, it does so for 5 ms each time that 64 KiB were made.
 */
const PART_WORK = 500;

function* partsOf(signal: Signal, bytes: Uint8Array, most: number = PART_BYTES): Generator<Batch | undefined> {
  for (const part of cutRequest(signal, bytes, most)) {
    if (part === undefined) {
      yield undefined;
      continue;
    }
    const size = ownSizeOf(signal, part);
    const { work } = size;
    // One that is as long as the request could not be divided: its heads are long. Each other one is half as long at most.
    if (work > PART_WORK && part.length > SHORTEST_PART && part.length < bytes.length) {
      yield* partsOf(signal, part, Math.floor((part.length * PART_WORK) / Math.max(work, 2 * PART_WORK)));
      continue;
    }
    const batch = wholeBatch(signal, part, size);
    // One large item takes long enough to be cut out, to be decoded, and to be worked on, each by itself.
    if (part.length > 2 * PART_BYTES) {
      yield undefined;
      decodeItems(batch);
    }
    yield batch;
  }
}

/** Decodes what would be decoded when somebody looks. */
function decodeItems(batch: Batch): unknown {
  return batch.signal === "metrics" ? batch.numbers : batch.attributeValues;
}

/** Shorter ones are not cut again, in bytes: five thousand empty items are no more work than that of some that are not. */
const SHORTEST_PART = 4 * 1024;

function wholeBatch(
  signal: Signal,
  bytes: Uint8Array,
  size: RequestSize,
  compressed?: EncodedBatch["compressed"],
): Batch {
  const batch = makers[signal](bytes, size.counts);
  setEncodedBatch(batch, new EncodedRequest(batch, bytes, size, compressed));
  return batch;
}

/** A class, for a generator that is made for each request would leave a shape with it behind until V8 collects everything. */
class EncodedRequest implements EncodedBatch {
  readonly bytes: Uint8Array;
  readonly compressed: EncodedBatch["compressed"];
  readonly #batch: Batch;
  readonly #size: RequestSize;

  constructor(batch: Batch, bytes: Uint8Array, size: RequestSize, compressed: EncodedBatch["compressed"]) {
    this.#batch = batch;
    this.bytes = bytes;
    this.#size = size;
    this.compressed = compressed;
  }

  *mapResources(map: (resource: Resource) => Resource): Generator<undefined, Batch> {
    const mapped = yield* mapResourceBytes(this.bytes, map);
    return mapped === this.bytes ? this.#batch : lazyBatch(this.#batch.signal, mapped, this.#size);
  }
}

const makers: { readonly [S in Signal]: (bytes: Uint8Array, counts: ItemCounts) => BatchOf<S> } = {
  metrics: lazyMetrics,
  logs: lazyLogs,
  traces: lazyTraces,
};

const metricColumns = [
  "numbers",
  "histograms",
  "exponentialHistograms",
  "summaries",
] as const satisfies (keyof Metrics)[];

function lazyMetrics(bytes: Uint8Array, counts: ItemCounts): Metrics {
  let decoded: Metrics | undefined;
  const itemCount = counts[0] + counts[1] + counts[2] + counts[3];
  return readColumns<Metrics>({ signal: "metrics", itemCount }, metricColumns, (name) => {
    decoded ??= decodeMetrics(bytes, counts);
    return decoded[name];
  });
}

const logColumns = [
  "resources",
  "scopes",
  "times",
  "observedTimes",
  "severityNumbers",
  "severityTexts",
  "bodies",
  "attributeStarts",
  "attributeKeys",
  "attributeValues",
  "traceIds",
  "spanIds",
  "flags",
  "eventNames",
  "droppedAttributesCounts",
] as const satisfies (keyof Logs)[];

function lazyLogs(bytes: Uint8Array, [itemCount]: ItemCounts): Logs {
  return withRows({ signal: "logs", itemCount }, logColumns, () => decodeLogs(bytes, itemCount));
}

const spanColumns = [
  "resources",
  "scopes",
  "traceIds",
  "spanIds",
  "parentSpanIds",
  "traceStates",
  "flags",
  "names",
  "kinds",
  "startTimes",
  "endTimes",
  "attributeStarts",
  "attributeKeys",
  "attributeValues",
  "statusCodes",
  "statusMessages",
  "droppedAttributesCounts",
  "extras",
] as const satisfies (keyof Traces)[];

function lazyTraces(bytes: Uint8Array, [itemCount]: ItemCounts): Traces {
  return withRows({ signal: "traces", itemCount }, spanColumns, () => decodeTraces(bytes, itemCount));
}

function withRows<B extends Logs | Traces>(
  base: Pick<B, "signal" | "itemCount">,
  names: readonly (keyof B)[],
  decode: () => B,
): B {
  let decoded: B | undefined;
  const columns = (): B => (decoded ??= decode());
  const batch = readColumns<B>(base as Partial<B>, names, (name) => columns()[name]);
  setEncodedRows(batch, () => encodedRows(columns())!);
  return batch;
}
