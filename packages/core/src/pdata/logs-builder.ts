import type { AttributesInput, AttributeValue } from "./attribute-value.ts";
import { carryEncodedRows, pickEncodedRows } from "./encoded-rows.ts";
import { lazyColumns } from "./lazy-columns.ts";
import type { LogRecord, Logs } from "./logs.ts";
import { keptRows, pick, pickAttributes, pickTimes, pickTyped } from "./pick-rows.ts";
import type { Resource } from "./resource.ts";
import type { RowAttributes } from "./row-attributes.ts";
import type { Scope } from "./scope.ts";
import { setTime, type TimeColumn } from "./time-column.ts";

const FIRST_CAPACITY = 32;

/** A list that is written only once two of its values differ: ids, texts, resources and scopes are mostly all alike. */
class ListColumn<T> {
  #length = 0;
  #first: T | undefined;
  #list: T[] | undefined;

  push(value: T): void {
    if (this.#list !== undefined) this.#list.push(value);
    else if (this.#length === 0) this.#first = value;
    else if (value !== this.#first) {
      this.#list = this.build();
      this.#list.push(value);
    }
    this.#length++;
  }

  build(): T[] {
    // oxlint-disable-next-line unicorn/no-new-array -- Array.from asks an iterator for each element: ten times as dear
    return this.#list ?? new Array<T>(this.#length).fill(this.#first as T);
  }
}

/** Collects log records into columns. The record objects are read and let go, so they may be short-lived. `build` ends it. */
export class LogsBuilder {
  #length = 0;
  #capacity: number;
  readonly #resources = new ListColumn<Resource>();
  readonly #scopes = new ListColumn<Scope>();
  #times: TimeColumn;
  #observedTimes: TimeColumn;
  #severityNumbers: Uint8Array;
  #flags: Uint32Array;
  #attributeStarts: Uint32Array;
  #droppedAttributesCounts: Uint32Array;
  readonly #severityTexts = new ListColumn<string>();
  readonly #bodies: (AttributeValue | undefined)[] = [];
  readonly #attributeKeys: string[] = [];
  readonly #attributeValues: AttributeValue[] = [];
  readonly #traceIds = new ListColumn<string>();
  readonly #spanIds = new ListColumn<string>();
  readonly #eventNames = new ListColumn<string>();

  /** `capacity` is how many records to make room for at once. */
  constructor(capacity: number = FIRST_CAPACITY) {
    this.#capacity = Math.max(1, capacity);
    this.#times = timeColumn(this.#capacity);
    this.#observedTimes = timeColumn(this.#capacity);
    this.#severityNumbers = new Uint8Array(this.#capacity);
    this.#flags = new Uint32Array(this.#capacity);
    this.#attributeStarts = new Uint32Array(this.#capacity + 1);
    this.#droppedAttributesCounts = new Uint32Array(this.#capacity);
  }

  /** Records so far. */
  get itemCount(): number {
    return this.#length;
  }

  add(record: LogRecord): void {
    const row = this.#length++;
    if (row === this.#capacity) this.#grow();
    if (record.timeUnixNano !== undefined) setTime(this.#times, row, record.timeUnixNano);
    if (record.observedTimeUnixNano !== undefined) setTime(this.#observedTimes, row, record.observedTimeUnixNano);
    this.#severityNumbers[row] = record.severityNumber ?? 0;
    this.#flags[row] = record.flags ?? 0;
    this.#droppedAttributesCounts[row] = record.droppedAttributesCount ?? 0;
    this.#resources.push(record.resource);
    this.#scopes.push(record.scope);
    this.#severityTexts.push(record.severityText ?? "");
    this.#bodies.push(record.body);
    this.#traceIds.push(record.traceId ?? "");
    this.#spanIds.push(record.spanId ?? "");
    this.#eventNames.push(record.eventName ?? "");
    const { attributes } = record;
    if (attributes !== undefined) this.#addAttributes(attributes);
    this.#attributeStarts[row + 1] = this.#attributeKeys.length;
  }

  #addAttributes(attributes: AttributesInput): void {
    const prototype: unknown = Object.getPrototypeOf(attributes);
    // for…in is a third of the cost of Object.keys, and finds what an object inherits: only odd objects inherit anything.
    const odd = prototype !== Object.prototype && prototype !== null;
    for (const key in attributes) {
      if (odd && !Object.hasOwn(attributes, key)) continue;
      this.#attributeKeys.push(key);
      this.#attributeValues.push(attributes[key]!);
    }
  }

  /** The finished batch. The builder must not be used after it. */
  build(): Logs {
    const length = this.#length;
    return {
      signal: "logs",
      itemCount: length,
      resources: this.#resources.build(),
      scopes: this.#scopes.build(),
      times: shortened(this.#times, length),
      observedTimes: shortened(this.#observedTimes, length),
      severityNumbers: this.#severityNumbers.subarray(0, length),
      severityTexts: this.#severityTexts.build(),
      bodies: this.#bodies,
      attributeStarts: this.#attributeStarts.subarray(0, length + 1),
      attributeKeys: this.#attributeKeys,
      attributeValues: this.#attributeValues,
      traceIds: this.#traceIds.build(),
      spanIds: this.#spanIds.build(),
      flags: this.#flags.subarray(0, length),
      eventNames: this.#eventNames.build(),
      droppedAttributesCounts: this.#droppedAttributesCounts.subarray(0, length),
    };
  }

  #grow(): void {
    const capacity = this.#capacity * 2;
    this.#capacity = capacity;
    this.#times = grownTimes(this.#times, capacity);
    this.#observedTimes = grownTimes(this.#observedTimes, capacity);
    this.#severityNumbers = grown(this.#severityNumbers, new Uint8Array(capacity));
    this.#flags = grown(this.#flags, new Uint32Array(capacity));
    this.#attributeStarts = grown(this.#attributeStarts, new Uint32Array(capacity + 1));
    this.#droppedAttributesCounts = grown(this.#droppedAttributesCounts, new Uint32Array(capacity));
  }
}

/** The batch of these records. */
export function logs(records: readonly LogRecord[]): Logs {
  const builder = new LogsBuilder(records.length);
  for (const record of records) builder.add(record);
  return builder.build();
}

/** The records that `keep` wants, by row. Returns `batch` itself when it wants all. */
export function filterLogs(batch: Logs, keep: (row: number) => boolean): Logs {
  const rows = keptRows(batch.itemCount, keep);
  return rows === undefined ? batch : pickLogs(batch, rows);
}

function pickLogs(from: Logs, rows: Uint32Array): Logs {
  const { length } = rows;
  let attributes: RowAttributes | undefined;
  const picked = (): RowAttributes => (attributes ??= pickAttributes(from, rows));
  const batch = lazyColumns<Logs>(
    { signal: "logs", itemCount: length },
    {
      resources: () => pick(from.resources, rows),
      scopes: () => pick(from.scopes, rows),
      times: () => pickTimes(from.times, rows),
      observedTimes: () => pickTimes(from.observedTimes, rows),
      severityNumbers: () => pickTyped(from.severityNumbers, rows, new Uint8Array(length)),
      severityTexts: () => pick(from.severityTexts, rows),
      bodies: () => pick(from.bodies, rows),
      attributeStarts: () => picked().attributeStarts,
      attributeKeys: () => picked().attributeKeys,
      attributeValues: () => picked().attributeValues,
      traceIds: () => pick(from.traceIds, rows),
      spanIds: () => pick(from.spanIds, rows),
      flags: () => pickTyped(from.flags, rows, new Uint32Array(length)),
      eventNames: () => pick(from.eventNames, rows),
      droppedAttributesCounts: () => pickTyped(from.droppedAttributesCounts, rows, new Uint32Array(length)),
    },
  );
  carryEncodedRows(from, batch, (encoded) => pickEncodedRows(encoded, rows));
  return batch;
}

function timeColumn(length: number): TimeColumn {
  return { high: new Uint32Array(length), low: new Uint32Array(length) };
}

function shortened({ high, low }: TimeColumn, length: number): TimeColumn {
  return { high: high.subarray(0, length), low: low.subarray(0, length) };
}

function grownTimes({ high, low }: TimeColumn, capacity: number): TimeColumn {
  return { high: grown(high, new Uint32Array(capacity)), low: grown(low, new Uint32Array(capacity)) };
}

function grown<T extends { set(from: T): void }>(from: T, to: T): T {
  to.set(from);
  return to;
}
