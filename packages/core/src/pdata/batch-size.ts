import type { Batch } from "../consumer.ts";
import { WholeDouble, type AttributesInput, type AttributeValue } from "./attribute-value.ts";
import type { Attributes } from "./attributes.ts";
import { BatchNote } from "./batch-note.ts";
import { encodedBatch } from "./encoded-batch.ts";
import { InternedMap } from "./interned-map.ts";
import type { Logs } from "./logs.ts";
import {
  POINT_NAN_MAX,
  POINT_NAN_MIN,
  POINT_NAN_SUM,
  type ExponentialBuckets,
  type Metrics,
  type PointColumns,
} from "./metrics.ts";
import { joinedParts } from "./parts.ts";
import type { Resource } from "./resource.ts";
import type { Scope } from "./scope.ts";
import type { MetricFamily } from "./series.ts";
import type { TimeColumn } from "./time-column.ts";
import type { Traces } from "./traces.ts";

/** A 64-bit field with its tag. */
const FIXED64 = 9;
/** A list of packed doubles has one of these for each. */
const DOUBLE = 8;
const TRACE_ID = 18;
const SPAN_ID = 10;

const batchSizes = new BatchNote<Batch, number>();
const setSizes = new InternedMap<Attributes, number>();

/**
 * The size of a batch in bytes: as OTLP protobuf, before compression. Exact where the batch still is the bytes it came in;
 * where it is columns, worked out from them without encoding, a few percent beside what an encoder makes of it, since whole
 * numbers and the order of rows count as they are mostly written. It is asked for once a batch, and costs about as much as a
 * copy of its columns.
 */
export function batchSize(batch: Batch): number {
  const encoded = encodedBatch(batch);
  if (encoded !== undefined) return encoded.bytes.length;
  let size = batchSizes.get(batch);
  if (size === undefined) batchSizes.set(batch, (size = columnsSize(batch)));
  return size;
}

function columnsSize(batch: Batch): number {
  const parts = joinedParts(batch);
  if (parts !== undefined) return parts.reduce((sum, part) => sum + batchSize(part), 0);
  switch (batch.signal) {
    case "metrics":
      return metricsSize(batch);
    case "logs":
      return logsSize(batch);
    case "traces":
      return tracesSize(batch);
  }
}

function metricsSize({ numbers, histograms, exponentialHistograms, summaries }: Metrics): number {
  const seen = new Set<unknown>();
  let size = pointsSize(numbers, seen, () => FIXED64);
  size += pointsSize(histograms, seen, (i) => {
    const buckets = histograms.bucketStarts[i + 1]! - histograms.bucketStarts[i]!;
    const counts = field(buckets * DOUBLE) + field(histograms.bounds[i]!.length * DOUBLE);
    return FIXED64 + doublesSize(histograms, i) + counts;
  });
  size += pointsSize(exponentialHistograms, seen, (i) => {
    const { positive, negative, zeroThresholds } = exponentialHistograms;
    const buckets = field(bucketsSize(positive[i]!)) + field(bucketsSize(negative[i]!));
    const scale = 2;
    return (
      2 * FIXED64 + doublesSize(exponentialHistograms, i) + scale + (zeroThresholds[i] === 0 ? 0 : FIXED64) + buckets
    );
  });
  size += pointsSize(summaries, seen, (i) => 2 * FIXED64 + summaries.quantiles[i]!.length * (2 + 2 * FIXED64));
  return size;
}

/** Sum, minimum and maximum. */
function doublesSize({ sums, mins, maxs, flags }: Aggregates, row: number): number {
  const bits = flags[row]!;
  const sum = !Number.isNaN(sums[row]) || (bits & POINT_NAN_SUM) !== 0;
  const min = !Number.isNaN(mins[row]) || (bits & POINT_NAN_MIN) !== 0;
  const max = !Number.isNaN(maxs[row]) || (bits & POINT_NAN_MAX) !== 0;
  return (Number(sum) + Number(min) + Number(max)) * FIXED64;
}

type Aggregates = Pick<Metrics["histograms"], "sums" | "mins" | "maxs" | "flags">;

function bucketsSize({ offset, counts }: ExponentialBuckets): number {
  let size = 0;
  for (const count of counts) size += varint(count);
  return (offset === 0 ? 0 : 2) + (size === 0 ? 0 : field(size));
}

/** The rows of one section; resource, scope and metric count once. */
function pointsSize(points: PointColumns, seen: Set<unknown>, ownSize: (row: number) => number): number {
  const { length, series, times, startTimes, exemplars } = points;
  let size = 0;
  let last: MetricFamily | undefined;
  for (let i = 0; i < length; i++) {
    const { family, attributes } = series[i]!;
    if (family !== last) size += familySize((last = family), seen);
    size += field(timeSize(times, i) + timeSize(startTimes, i) + setSize(attributes) + ownSize(i));
  }
  for (const list of exemplars?.values() ?? []) {
    for (const { filteredAttributes, traceId } of list) {
      size += field(2 * FIXED64 + objectSize(filteredAttributes) + (traceId === "" ? 0 : TRACE_ID + SPAN_ID));
    }
  }
  return size;
}

function familySize(family: MetricFamily, seen: Set<unknown>): number {
  if (seen.has(family)) return 0;
  seen.add(family);
  const { name, description, unit, kind } = family.descriptor;
  const own = textField(name) + textField(description) + textField(unit) + (kind === "sum" ? 8 : 5);
  return field(own) + originSize(family.resource, family.scope, seen);
}

/** A resource and a scope below it, where they come first. */
function originSize(resource: Resource, scope: Scope, seen: Set<unknown>): number {
  let size = 0;
  if (!seen.has(resource)) {
    seen.add(resource);
    size += 3 + field(setSize(resource.attributes)) + textField(resource.schemaUrl);
  }
  if (!seen.has(scope)) {
    seen.add(scope);
    size += 3 + field(textField(scope.name) + textField(scope.version) + setSize(scope.attributes));
    size += textField(scope.schemaUrl);
  }
  return size;
}

function logsSize(batch: Logs): number {
  const seen = new Set<unknown>();
  let size = 0;
  for (let i = 0; i < batch.itemCount; i++) {
    const body = batch.bodies[i];
    size += originSize(batch.resources[i]!, batch.scopes[i]!, seen);
    size += field(
      timeSize(batch.times, i) +
        timeSize(batch.observedTimes, i) +
        (batch.severityNumbers[i] === 0 ? 0 : 2) +
        textField(batch.severityTexts[i]!) +
        (body === undefined ? 0 : field(valueSize(body))) +
        rowAttributesSize(batch, i) +
        (batch.flags[i] === 0 ? 0 : 5) +
        (batch.traceIds[i] === "" ? 0 : TRACE_ID) +
        (batch.spanIds[i] === "" ? 0 : SPAN_ID) +
        textField(batch.eventNames[i]!),
    );
  }
  return size;
}

function tracesSize(batch: Traces): number {
  const seen = new Set<unknown>();
  let size = 0;
  for (let i = 0; i < batch.itemCount; i++) {
    const status = textField(batch.statusMessages[i]!) + (batch.statusCodes[i] === 0 ? 0 : 2);
    size += originSize(batch.resources[i]!, batch.scopes[i]!, seen);
    size += field(
      TRACE_ID +
        SPAN_ID +
        (batch.parentSpanIds[i] === "" ? 0 : SPAN_ID) +
        textField(batch.traceStates[i]!) +
        textField(batch.names[i]!) +
        (batch.kinds[i] === 0 ? 0 : 2) +
        2 * FIXED64 +
        rowAttributesSize(batch, i) +
        (batch.flags[i] === 0 ? 0 : 5) +
        (status === 0 ? 0 : field(status)) +
        extrasSize(batch, i),
    );
  }
  return size;
}

function extrasSize({ extras }: Traces, row: number): number {
  let size = 0;
  const { events, links } = extras.get(row) ?? { events: [], links: [] };
  for (const { name, attributes } of events) size += field(FIXED64 + textField(name) + objectSize(attributes));
  for (const { traceState, attributes } of links) {
    size += field(TRACE_ID + SPAN_ID + textField(traceState) + objectSize(attributes));
  }
  return size;
}

function rowAttributesSize(batch: Pick<Logs, "attributeStarts" | "attributeKeys" | "attributeValues">, row: number) {
  let size = 0;
  for (let i = batch.attributeStarts[row]!; i < batch.attributeStarts[row + 1]!; i++) {
    size += pairSize(batch.attributeKeys[i]!, batch.attributeValues[i]!);
  }
  return size;
}

function setSize(set: Attributes): number {
  let size = setSizes.get(set);
  if (size === undefined) {
    size = 0;
    for (const [key, value] of set) size += pairSize(key, value);
    setSizes.set(set, size);
  }
  return size;
}

function objectSize(attributes: AttributesInput): number {
  let size = 0;
  for (const key of Object.keys(attributes)) size += pairSize(key, attributes[key]!);
  return size;
}

function pairSize(key: string, value: AttributeValue): number {
  return field(textField(key) + field(valueSize(value)));
}

/** An AnyValue, without what stands around it. */
function valueSize(value: AttributeValue): number {
  if (value === null) return 0;
  if (typeof value === "string") return value === "" ? 2 : textField(value);
  if (typeof value === "boolean") return 2;
  if (typeof value === "number") return Number.isSafeInteger(value) ? 1 + varint(value) : FIXED64;
  if (typeof value === "bigint") return 1 + varint(Number(value));
  if (value instanceof WholeDouble) return FIXED64;
  if (value instanceof Uint8Array) return field(value.length);
  if (Array.isArray(value)) {
    const list: readonly AttributeValue[] = value;
    return field(list.reduce<number>((sum, one) => sum + field(valueSize(one)), 0));
  }
  return field(objectSize(value as AttributesInput));
}

function timeSize({ high, low }: TimeColumn, row: number): number {
  return high[row] === 0 && low[row] === 0 ? 0 : FIXED64;
}

/** A text field; an empty text is not written. */
function textField(text: string): number {
  return text === "" ? 0 : field(Buffer.byteLength(text));
}

/** A field of `length` bytes with its tag and its length. */
function field(length: number): number {
  return 1 + varint(length) + length;
}

/** Bytes of a whole number; a negative one has ten. */
function varint(value: number): number {
  if (value < 0) return 10;
  let bytes = 1;
  for (let rest = value; rest >= 128; rest /= 128) bytes++;
  return bytes;
}
