import type { AttributesInput, AttributeValue } from "./attribute-value.ts";
import type { Resource } from "./resource.ts";
import type { Scope } from "./scope.ts";
import { timeAt, type TimeColumn } from "./time-column.ts";

/** A log record as a receiver writes it. Ids are lower-case hex; empty means none. */
export interface LogRecord {
  readonly resource: Resource;
  readonly scope: Scope;
  readonly timeUnixNano?: bigint;
  readonly observedTimeUnixNano?: bigint;
  /** 1 (TRACE) to 24 (FATAL4); 0 means not set. */
  readonly severityNumber?: number;
  readonly severityText?: string;
  readonly body?: AttributeValue | undefined;
  readonly attributes?: AttributesInput;
  readonly traceId?: string;
  readonly spanId?: string;
  readonly flags?: number;
  readonly eventName?: string;
  readonly droppedAttributesCount?: number;
}

/** A batch of log records in columns; attributes of all records stand in one pair of lists. Immutable. */
export interface Logs {
  readonly signal: "logs";
  readonly itemCount: number;
  readonly resources: readonly Resource[];
  readonly scopes: readonly Scope[];
  readonly times: TimeColumn;
  readonly observedTimes: TimeColumn;
  readonly severityNumbers: Uint8Array;
  readonly severityTexts: readonly string[];
  readonly bodies: readonly (AttributeValue | undefined)[];
  /** Record i owns the attributes from attributeStarts[i] up to attributeStarts[i + 1]. */
  readonly attributeStarts: Uint32Array;
  readonly attributeKeys: readonly string[];
  readonly attributeValues: readonly AttributeValue[];
  readonly traceIds: readonly string[];
  readonly spanIds: readonly string[];
  readonly flags: Uint32Array;
  readonly eventNames: readonly string[];
  readonly droppedAttributesCounts: Uint32Array;
}

/** The record at `index`, for code that is not on a hot path. */
export function logRecordAt(batch: Logs, index: number): Required<LogRecord> {
  return {
    resource: batch.resources[index]!,
    scope: batch.scopes[index]!,
    timeUnixNano: timeAt(batch.times, index),
    observedTimeUnixNano: timeAt(batch.observedTimes, index),
    severityNumber: batch.severityNumbers[index]!,
    severityText: batch.severityTexts[index]!,
    body: batch.bodies[index],
    attributes: attributesAt(batch, index),
    traceId: batch.traceIds[index]!,
    spanId: batch.spanIds[index]!,
    flags: batch.flags[index]!,
    eventName: batch.eventNames[index]!,
    droppedAttributesCount: batch.droppedAttributesCounts[index]!,
  };
}

export function* logRecords(batch: Logs): IterableIterator<Required<LogRecord>> {
  for (let i = 0; i < batch.itemCount; i++) yield logRecordAt(batch, i);
}

/** The attributes of row `index` of a batch of logs or spans. */
export function attributesAt(
  batch: Pick<Logs, "attributeStarts" | "attributeKeys" | "attributeValues">,
  index: number,
): AttributesInput {
  const out: Record<string, AttributeValue> = {};
  for (let i = batch.attributeStarts[index]!; i < batch.attributeStarts[index + 1]!; i++) {
    setOwn(out, batch.attributeKeys[i]!, batch.attributeValues[i]!);
  }
  return out;
}

/** Sets a key that may be `__proto__` without touching the prototype. */
function setOwn(target: Record<string, AttributeValue>, key: string, value: AttributeValue): void {
  if (key === "__proto__")
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  else target[key] = value;
}
