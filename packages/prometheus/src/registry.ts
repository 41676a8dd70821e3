import type { Clock } from "@tracecore/core";
import {
  POINT_NO_VALUE,
  timeMsAt,
  type Exemplar,
  type Metrics,
  type Resource,
  type Series,
  type TimeColumn,
} from "@tracecore/core/pdata";
import { SlotTable, type Entry } from "./entry.ts";
import { classicBuckets, emptyExponential, takeExponential } from "./exponential.ts";
import { Families, isRefusal, type RefusalReason } from "./family.ts";
import type { Format } from "./format.ts";
import { labelText, seriesLabels, type LabelOptions } from "./labels.ts";
import { keepsUtf8, type TranslationStrategy } from "./metric-name.ts";
import { Exposition, type Lease } from "./exposition.ts";

export interface RegistryOptions {
  readonly strategy: TranslationStrategy;
  /** Put before every name, with an underscore. */
  readonly namespace?: string;
  /** Labels of every series, unless the point has one of that name. */
  readonly constLabels?: Readonly<Record<string, string>>;
  /** Adds `otel_scope_name`, `otel_scope_version`, `otel_scope_schema_url` and the scope's attributes. */
  readonly scopeLabels: boolean;
  /** Adds `job` and `instance` from the resource; default true. */
  readonly identityLabels?: boolean;
  /** Writes the resource's other attributes into `target_info`. */
  readonly targetInfo: boolean;
  /** Writes all resource attributes on every series. */
  readonly resourceToTelemetry: boolean;
  readonly sendTimestamps: boolean;
  /** The most lines; a histogram takes one for each bucket and two more. Their text may take 1 KiB each on average. */
  readonly maxSeries: number;
  /** A series without a new value for longer than this is left out. */
  readonly metricExpirationMs: number;
  readonly clock: Pick<Clock, "monotonicMs">;
}

/** What became of a batch. */
export interface UpdateResult {
  /** Data points. */
  readonly accepted: number;
  readonly refused: number;
  readonly reasons: Readonly<Record<RefusalReason, number>>;
  /** One sentence for each reason, about the first point refused for it. */
  readonly messages: readonly string[];
}

const KIBIBYTE = 1024;

/** Keeps the last value of each series and writes them all as Prometheus text. */
export class PrometheusRegistry {
  readonly #options: RegistryOptions;
  readonly #labels: LabelOptions;
  readonly #families: Families;
  readonly #table = new SlotTable();
  readonly #slotOf = new Map<Series, number>();
  readonly #resources = new Map<Resource, number>();
  readonly #exposition: Exposition;
  #bytes = 0;
  /** The generation that the next render will show; slots that change are marked with it. */
  #generation = 1;
  #touched = true;
  #oldestMs = Number.POSITIVE_INFINITY;

  constructor(options: RegistryOptions) {
    this.#options = options;
    const {
      strategy,
      scopeLabels,
      resourceToTelemetry,
      identityLabels = true,
      constLabels = {},
      namespace = "",
    } = options;
    this.#labels = { strategy, scopeLabels, resourceToTelemetry, identityLabels, constLabels };
    this.#families = new Families(strategy, namespace, options.targetInfo);
    this.#exposition = new Exposition({
      table: this.#table,
      families: this.#families,
      resources: this.#resources,
      targetInfo: options.targetInfo,
      sendTimestamps: options.sendTimestamps,
      strategy,
    });
  }

  /** Lines that a render would write, without `target_info`. */
  get seriesCount(): number {
    return this.#table.used;
  }

  /** Takes the values of a batch. What cannot be exposed is refused and counted; the rest is taken. */
  update(batch: Metrics): UpdateResult {
    const refusals = new Refusals();
    const nowMs = this.#options.clock.monotonicMs();
    this.#oldestMs = Math.min(this.#oldestMs, nowMs);
    this.#updateNumbers(batch, nowMs, refusals);
    this.#updateHistograms(batch, nowMs, refusals);
    this.#updateExponential(batch, nowMs, refusals);
    this.#updateSummaries(batch, nowMs, refusals);
    return refusals.result(batch.itemCount);
  }

  /** The exposition as bytes that nobody else will change. A copy: servers use {@link lease}. */
  render(format: Format): Uint8Array {
    using lease = this.lease(format);
    return Uint8Array.from(lease.bytes);
  }

  /** The exposition in a retained buffer that stays as it is until the lease is disposed. */
  lease(format: Format): Lease {
    this.#expire();
    if (this.#touched) {
      this.#touched = false;
      this.#exposition.generation = this.#generation++;
    }
    const utf8 = format.utf8 && keepsUtf8(this.#options.strategy);
    return this.#exposition.lease(
      { ...format, utf8 },
      this.#options.clock.monotonicMs(),
      this.#options.metricExpirationMs,
    );
  }

  #updateNumbers({ numbers }: Metrics, nowMs: number, refusals: Refusals): void {
    const { length, series, values: from, flags, exactIntegers, exemplars, times } = numbers;
    const table = this.#table;
    const { sendTimestamps } = this.#options;
    const generation = this.#generation;
    const plain = exactIntegers === undefined && table.exact.size === 0;
    let previous = 0;
    let touched = false;
    for (let i = 0; i < length; i++) {
      const one = series[i]!;
      if ((flags[i]! & POINT_NO_VALUE) !== 0) {
        this.#forget(one);
        continue;
      }
      let slot = table.next[previous]!;
      if (table.series[slot] !== one) {
        slot = this.#slotOf.get(one) ?? this.#add(one, 1, [], true, refusals);
        if (slot === 0) continue;
        table.next[previous] = slot;
      }
      previous = slot;
      table.updatedMs[slot] = nowMs;
      const value = from[i]!;
      if (table.delta[slot] !== 0) {
        if (this.#addDelta(slot, value, exactIntegers?.get(i), generation)) touched = true;
      } else if (table.values[slot] !== value) {
        table.values[slot] = value;
        table.changed[slot] = generation;
        touched = true;
      }
      if (!plain && table.delta[slot] === 0) this.#setExact(slot, exactIntegers?.get(i));
      if (sendTimestamps) this.#setTime(slot, slot, times, i);
      if (exemplars !== undefined) this.#setExemplar(slot, exemplars.get(i)?.at(-1));
    }
    if (touched) this.#touched = true;
  }

  #addDelta(slot: number, value: number, exact: bigint | undefined, generation: number): boolean {
    const { values, exact: known } = this.#table;
    const before = known.get(slot);
    const sum = values[slot]! + value;
    if (before !== undefined || exact !== undefined || Math.abs(sum) > Number.MAX_SAFE_INTEGER) {
      if (Number.isInteger(values[slot]) && Number.isInteger(value)) {
        const total = (before ?? BigInt(values[slot]!)) + (exact ?? BigInt(value));
        known.set(slot, total);
        values[slot] = Number(total);
        this.#table.changed[slot] = generation;
        return true;
      }
      known.delete(slot);
    }
    if (value === 0) return false;
    values[slot] = sum;
    this.#table.changed[slot] = generation;
    return true;
  }

  #setExact(slot: number, exact: bigint | undefined): void {
    const { exact: known } = this.#table;
    if (known.get(slot) === exact) return;
    if (exact === undefined) known.delete(slot);
    else known.set(slot, exact);
    this.#mark(slot);
  }

  #setTime(slot: number, head: number, times: TimeColumn, row: number): void {
    const timeMs = timeMsAt(times, row);
    const table = this.#table;
    if (table.timesMs[head] === timeMs) return;
    table.timesMs[head] = timeMs;
    this.#mark(slot);
  }

  #setExemplar(slot: number, exemplar: Exemplar | undefined): void {
    if (exemplar === undefined || this.#table.exemplars.get(slot) === exemplar) return;
    this.#table.exemplars.set(slot, exemplar);
    this.#mark(slot);
  }

  #mark(slot: number): void {
    this.#table.changed[slot] = this.#generation;
    this.#touched = true;
  }

  #set(slot: number, value: number): void {
    if (this.#table.values[slot] === value) return;
    this.#table.values[slot] = value;
    this.#mark(slot);
  }

  #updateHistograms({ histograms }: Metrics, nowMs: number, refusals: Refusals): void {
    const { length, series, flags, counts, exactCounts, sums, bounds, bucketStarts, bucketCounts, exemplars, times } =
      histograms;
    const table = this.#table;
    for (let i = 0; i < length; i++) {
      const one = series[i]!;
      if ((flags[i]! & POINT_NO_VALUE) !== 0) {
        this.#forget(one);
        continue;
      }
      const marks = bounds[i]!;
      const sum = sums[i]!;
      const entry = this.#shaped(one, marks, !Number.isNaN(sum), refusals);
      if (entry === undefined) continue;
      const { head, delta } = entry;
      table.updatedMs[head] = nowMs;
      let slot = head;
      let seen = 0;
      // Deltas are of each bucket, slots hold running counts: the sum of two running counts is the running count of the sum.
      for (let bucket = bucketStarts[i]!; bucket < bucketStarts[i + 1]! - 1; bucket++) {
        seen += bucketCounts[bucket]!;
        this.#set(slot, delta ? table.values[slot]! + seen : seen);
        slot++;
      }
      const count = counts[i]!;
      const total = delta ? table.values[slot]! + count : count;
      this.#set(slot, total);
      this.#set(head + entry.size - 1, total);
      const exact = delta ? undefined : exactCounts?.get(i);
      if (exact !== undefined || table.exact.size > 0) {
        this.#setExact(slot, exact);
        this.#setExact(head + entry.size - 1, exact);
      }
      const sumSlot = head + entry.size - 2;
      if (entry.hasSum) this.#set(sumSlot, delta ? table.values[sumSlot]! + sum : sum);
      if (this.#options.sendTimestamps) this.#setTime(head, head, times, i);
      for (const exemplar of exemplars?.get(i) ?? []) {
        const bucket = marks.findIndex((bound) => Number(exemplar.value) <= bound);
        this.#setExemplar(head + (bucket === -1 ? marks.length : bucket), exemplar);
      }
    }
  }

  #updateExponential({ exponentialHistograms: points }: Metrics, nowMs: number, refusals: Refusals): void {
    const table = this.#table;
    for (let i = 0; i < points.length; i++) {
      const one = points.series[i]!;
      if ((points.flags[i]! & POINT_NO_VALUE) !== 0) {
        this.#forget(one);
        continue;
      }
      const sum = points.sums[i]!;
      const scale = points.scales[i]!;
      const state = table.entries[this.#slotOf.get(one) ?? 0]?.exponential ?? emptyExponential(scale);
      const point = {
        scale,
        zeroThreshold: points.zeroThresholds[i]!,
        zeroCount: points.zeroCounts[i]!,
        positive: points.positive[i]!,
        negative: points.negative[i]!,
        count: points.counts[i]!,
        sum,
      };
      takeExponential(state, point, one.descriptor.temporality === "delta");
      const { bounds, cumulative } = classicBuckets(state);
      const entry = this.#shaped(one, bounds, !Number.isNaN(sum), refusals);
      if (entry === undefined) continue;
      entry.exponential = state;
      const { head, size } = entry;
      table.updatedMs[head] = nowMs;
      for (const [bucket, count] of cumulative.entries()) this.#set(head + bucket, count);
      this.#set(head + bounds.length, state.count);
      this.#set(head + size - 2, state.sum);
      this.#set(head + size - 1, state.count);
      if (this.#options.sendTimestamps) this.#setTime(head, head, points.times, i);
      for (const exemplar of points.exemplars?.get(i) ?? []) {
        const bucket = bounds.findIndex((bound) => Number(exemplar.value) <= bound);
        this.#setExemplar(head + (bucket === -1 ? bounds.length : bucket), exemplar);
      }
    }
  }

  #updateSummaries({ summaries: points }: Metrics, nowMs: number, refusals: Refusals): void {
    for (let i = 0; i < points.length; i++) {
      const one = points.series[i]!;
      if ((points.flags[i]! & POINT_NO_VALUE) !== 0) {
        this.#forget(one);
        continue;
      }
      const quantiles = points.quantiles[i]!;
      const marks = quantiles.map(({ quantile }) => quantile);
      const entry = this.#shaped(one, marks, true, refusals);
      if (entry === undefined) continue;
      const { head, size } = entry;
      this.#table.updatedMs[head] = nowMs;
      for (const [at, { value }] of quantiles.entries()) this.#set(head + at, value);
      this.#set(head + size - 2, points.sums[i]!);
      this.#set(head + size - 1, points.counts[i]!);
      if (this.#options.sendTimestamps) this.#setTime(head, head, points.times, i);
    }
  }

  /** The entry of a series with one slot for each of these marks; other marks than last time begin it anew. */
  #shaped(one: Series, marks: readonly number[], hasSum: boolean, refusals: Refusals): Entry | undefined {
    const size = marks.length + (one.descriptor.kind === "summary" ? 2 : 3);
    const slot = this.#slotOf.get(one) ?? this.#add(one, size, marks, hasSum, refusals);
    const entry = this.#table.entries[slot];
    if (slot === 0 || entry === undefined) return undefined;
    if (entry.hasSum !== hasSum) {
      entry.hasSum = hasSum;
      this.#relayout();
    }
    if (
      entry.marks === marks ||
      (entry.marks.length === marks.length && entry.marks.every((mark, i) => mark === marks[i]))
    )
      return entry;
    if (this.#table.used + size - entry.size > this.#options.maxSeries) {
      refusals.add("cardinality", () => this.#capMessage(one));
      return undefined;
    }
    this.#table.release(entry.head, entry.size);
    entry.marks = marks;
    entry.size = size;
    entry.head = this.#table.allocate(size);
    this.#place(entry);
    for (const alias of entry.series) this.#slotOf.set(alias, entry.head);
    this.#relayout();
    return entry;
  }

  /** Gives a new series its slots and returns the first; 0 when it is refused. */
  #add(one: Series, size: number, marks: readonly number[], hasSum: boolean, refusals: Refusals): number {
    const { kind } = one.descriptor;
    const family = this.#families.of(one.family);
    if ((kind === "gauge" || kind === "sum") !== (size === 1)) {
      refusals.add("conflict", () => `the ${kind} ${JSON.stringify(one.name)} comes with points of another kind`);
      return 0;
    }
    if (isRefusal(family)) {
      refusals.add(family.reason, () => family.message);
      return 0;
    }
    // At the cap nothing new is looked at closely, so that a flood of series costs little.
    if (this.#full(size)) {
      this.#expire();
      if (this.#full(size)) {
        this.#dropIfEmpty(family);
        refusals.add("cardinality", () => this.#capMessage(one));
        return 0;
      }
    }
    const labels = seriesLabels(one, this.#labels);
    const text = labelText(labels, false);
    const delta = one.descriptor.temporality === "delta";
    const there = family.entries.get(text);
    if (there !== undefined) {
      if (there.delta !== delta) {
        refusals.add("conflict", () => `${family.name}{${text}} comes with delta and with cumulative temporality`);
        return 0;
      }
      there.series.push(one);
      this.#slotOf.set(one, there.head);
      this.#countResource(one.resource, 1);
      return there.head;
    }
    const bytes = this.#bytesOf(family.name, text, size);
    if (this.#bytes + bytes > this.#options.maxSeries * KIBIBYTE) {
      this.#dropIfEmpty(family);
      refusals.add("cardinality", () => this.#capMessage(one));
      return 0;
    }
    this.#bytes += bytes;
    const head = this.#table.allocate(size);
    const entry: Entry = {
      family,
      series: [one],
      labels,
      text,
      delta,
      head,
      size,
      marks,
      hasSum,
      exponential: undefined,
    };
    family.entries.set(text, entry);
    this.#place(entry);
    this.#slotOf.set(one, head);
    this.#countResource(one.resource, 1);
    this.#relayout();
    return head;
  }

  #place(entry: Entry): void {
    const { head, size } = entry;
    const table = this.#table;
    table.entries[head] = entry;
    table.series[head] = entry.series[0];
    table.delta[head] = entry.delta ? 1 : 0;
    table.changed.fill(this.#generation, head, head + size);
  }

  #full(size: number): boolean {
    return this.#table.used + size > this.#options.maxSeries;
  }

  #capMessage(one: Series): string {
    return `the limit of ${this.#options.maxSeries} series (or 1 KiB of text for each) is reached; the first series refused is of ${JSON.stringify(one.name)}`;
  }

  #bytesOf(name: string, text: string, size: number): number {
    return size * (name.length + text.length + 16);
  }

  #forget(one: Series): void {
    const entry = this.#table.entries[this.#slotOf.get(one) ?? 0];
    if (entry !== undefined) this.#remove(entry);
  }

  #remove(entry: Entry): void {
    const { family, head, size, text } = entry;
    this.#bytes -= this.#bytesOf(family.name, text, size);
    this.#table.release(head, size);
    family.entries.delete(text);
    for (const one of entry.series) {
      this.#slotOf.delete(one);
      this.#countResource(one.resource, -1);
    }
    this.#dropIfEmpty(family);
    this.#relayout();
  }

  #dropIfEmpty(family: Entry["family"]): void {
    if (family.entries.size === 0) this.#families.remove(family);
  }

  #countResource(resource: Resource, by: number): void {
    const before = this.#resources.get(resource) ?? 0;
    if (before + by === 0) this.#resources.delete(resource);
    else this.#resources.set(resource, before + by);
    if (before === 0) this.#relayout();
  }

  #relayout(): void {
    this.#exposition.layoutVersion++;
    this.#touched = true;
  }

  /** Removes what has had no value for too long. Looks through the series only when one may be due. */
  #expire(): void {
    const { clock, metricExpirationMs } = this.#options;
    const limitMs = clock.monotonicMs() - metricExpirationMs;
    if (this.#oldestMs >= limitMs) return;
    let oldestMs = Number.POSITIVE_INFINITY;
    const { entries, updatedMs } = this.#table;
    for (let slot = 1; slot < entries.length; slot++) {
      const entry = entries[slot];
      if (entry === undefined) continue;
      if (updatedMs[slot]! < limitMs) this.#remove(entry);
      else oldestMs = Math.min(oldestMs, updatedMs[slot]!);
    }
    this.#oldestMs = oldestMs;
  }
}

/** Counts what a batch loses. */
class Refusals {
  readonly #reasons: Record<RefusalReason, number> = { cardinality: 0, conflict: 0, name: 0 };
  readonly #messages: string[] = [];
  #count = 0;

  add(reason: RefusalReason, message: () => string): void {
    if (this.#reasons[reason]++ === 0) this.#messages.push(message());
    this.#count++;
  }

  result(itemCount: number): UpdateResult {
    return {
      accepted: itemCount - this.#count,
      refused: this.#count,
      reasons: this.#reasons,
      messages: this.#messages,
    };
  }
}
