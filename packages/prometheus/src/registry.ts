import { atOnce, type Clock } from "@tracecore/core";
import { POINT_NO_VALUE, timeMsAt, type Exemplar, type Metrics, type TimeColumn } from "@tracecore/core/pdata";
import { classicBuckets, emptyExponential, takeExponential } from "./exponential.ts";
import { Exposition, type Lease } from "./exposition.ts";
import type { Format } from "./format.ts";
import { keepsUtf8, type TranslationStrategy } from "./metric-name.ts";
import { Refusals, type UpdateResult } from "./refusals.ts";
import { SeriesStore } from "./series-store.ts";

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

/** Keeps the last value of each series and writes them all as Prometheus text. */
export class PrometheusRegistry {
  readonly #options: RegistryOptions;
  readonly #store: SeriesStore;
  readonly #exposition: Exposition;

  constructor(options: RegistryOptions) {
    this.#options = options;
    const store = new SeriesStore({ namespace: "", identityLabels: true, constLabels: {}, ...options });
    this.#store = store;
    this.#exposition = new Exposition(store, options);
  }

  /** Lines that a render would write, without `target_info`. */
  get seriesCount(): number {
    return this.#store.table.used;
  }

  /** Takes the values of a batch. What cannot be exposed is refused and counted; the rest is taken. */
  update(batch: Metrics): UpdateResult {
    return atOnce(this.updateInSteps(batch));
  }

  /** The same with places to pause between, where new series have long labels. */
  *updateInSteps(batch: Metrics): Generator<undefined, UpdateResult> {
    const refusals = new Refusals();
    const nowMs = this.#options.clock.monotonicMs();
    const store = this.#store;
    // Each takes rows from one on, and says which is the next one.
    const kinds: [number, (row: number) => number][] = [
      [batch.numbers.length, (row) => this.#updateNumbers(batch, row, nowMs, refusals)],
      [batch.histograms.length, (row) => this.#updateHistograms(batch, row, nowMs, refusals)],
      [batch.exponentialHistograms.length, (row) => this.#updateExponential(batch, row, nowMs, refusals)],
      [batch.summaries.length, (row) => this.#updateSummaries(batch, row, nowMs, refusals)],
    ];
    for (const [length, updateFrom] of kinds) {
      for (let row = 0; row < length;) {
        store.begin(nowMs);
        row = updateFrom(row);
        // At the end: making room for a new series looks for the oldest one, and does not know those of this batch yet.
        store.oldestMs = Math.min(store.oldestMs, nowMs);
        if (row < length) yield;
      }
    }
    return refusals.result(batch.itemCount);
  }

  /** The exposition as bytes that nobody else will change. A copy: servers use {@link lease}. */
  render(format: Format): Uint8Array {
    using lease = this.lease(format);
    return Uint8Array.from(lease.bytes);
  }

  /**
   * The exposition in a retained buffer that stays as it is until the lease is disposed. `compact` leaves out the padding
   * of the plain format, which makes it cheaper to compress and dearer to render.
   */
  lease(format: Format, { compact = false }: { readonly compact?: boolean } = {}): Lease {
    this.#store.expire();
    const utf8 = format.utf8 && keepsUtf8(this.#options.strategy);
    return this.#exposition.lease({ ...format, utf8 }, compact, this.#options.clock.monotonicMs());
  }

  #updateNumbers({ numbers }: Metrics, from: number, nowMs: number, refusals: Refusals): number {
    const { length, series, values: given, flags, exactIntegers, exemplars, times } = numbers;
    const store = this.#store;
    const { table, generation } = store;
    const { sendTimestamps } = this.#options;
    // Adding a series may replace the arrays by larger ones: then they are read anew.
    let { next, series: known, updatedMs, delta, values, changed } = table;
    const exact = exactIntegers !== undefined || table.exact.size > 0;
    const simple = !exact && !sendTimestamps && exemplars === undefined;
    let previous = 0;
    let touched = false;
    let i = from;
    for (; i < length; i++) {
      const one = series[i]!;
      if ((flags[i]! & POINT_NO_VALUE) !== 0) {
        store.forget(one);
        continue;
      }
      let slot = next[previous]!;
      if (known[slot] !== one) {
        slot = store.slotOf.get(one) ?? 0;
        if (slot === 0) {
          if (store.mayPause) break;
          slot = store.add(one, 1, [], true, refusals);
        }
        if (slot === 0) continue;
        ({ next, series: known, updatedMs, delta, values, changed } = table);
        next[previous] = slot;
      }
      previous = slot;
      updatedMs[slot] = nowMs;
      const value = given[i]!;
      if (delta[slot] !== 0) {
        if (this.#addDelta(slot, value, exactIntegers?.get(i), generation)) touched = true;
      } else if (values[slot] !== value) {
        values[slot] = value;
        changed[slot] = generation;
        touched = true;
      }
      if (simple) continue;
      if (exact && delta[slot] === 0) this.#setExact(slot, exactIntegers?.get(i));
      if (sendTimestamps) this.#setTime(slot, slot, times, i);
      if (exemplars !== undefined) this.#setExemplar(slot, exemplars.get(i)?.at(-1));
    }
    if (touched) store.touched = true;
    return i;
  }

  #addDelta(slot: number, value: number, exact: bigint | undefined, generation: number): boolean {
    const { values, exact: known } = this.#store.table;
    const before = known.get(slot);
    const sum = values[slot]! + value;
    if (before !== undefined || exact !== undefined || Math.abs(sum) > Number.MAX_SAFE_INTEGER) {
      if (Number.isInteger(values[slot]) && Number.isInteger(value)) {
        const total = (before ?? BigInt(values[slot]!)) + (exact ?? BigInt(value));
        known.set(slot, total);
        values[slot] = Number(total);
        this.#store.table.changed[slot] = generation;
        return true;
      }
      known.delete(slot);
    }
    if (value === 0) return false;
    values[slot] = sum;
    this.#store.table.changed[slot] = generation;
    return true;
  }

  #setExact(slot: number, exact: bigint | undefined): void {
    const { exact: known } = this.#store.table;
    if (known.get(slot) === exact) return;
    if (exact === undefined) known.delete(slot);
    else known.set(slot, exact);
    this.#mark(slot);
  }

  #setTime(slot: number, head: number, times: TimeColumn, row: number): void {
    const timeMs = timeMsAt(times, row);
    const table = this.#store.table;
    if (table.timesMs[head] === timeMs) return;
    table.timesMs[head] = timeMs;
    this.#mark(slot);
  }

  #setExemplar(slot: number, exemplar: Exemplar | undefined): void {
    if (exemplar === undefined || this.#store.table.exemplars.get(slot) === exemplar) return;
    this.#store.table.exemplars.set(slot, exemplar);
    this.#mark(slot);
  }

  #mark(slot: number): void {
    this.#store.table.changed[slot] = this.#store.generation;
    this.#store.touched = true;
  }

  #set(slot: number, value: number): void {
    if (this.#store.table.values[slot] === value) return;
    this.#store.table.values[slot] = value;
    this.#mark(slot);
  }

  #updateHistograms({ histograms }: Metrics, from: number, nowMs: number, refusals: Refusals): number {
    const { length, series, flags, counts, exactCounts, sums, bounds, bucketStarts, bucketCounts, exemplars, times } =
      histograms;
    const table = this.#store.table;
    for (let i = from; i < length; i++) {
      if (this.#store.mayPause) return i;
      const one = series[i]!;
      if ((flags[i]! & POINT_NO_VALUE) !== 0) {
        this.#store.forget(one);
        continue;
      }
      const marks = bounds[i]!;
      const sum = sums[i]!;
      const entry = this.#store.shaped(one, marks, !Number.isNaN(sum), refusals);
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
    return length;
  }

  #updateExponential(
    { exponentialHistograms: points }: Metrics,
    from: number,
    nowMs: number,
    refusals: Refusals,
  ): number {
    const table = this.#store.table;
    for (let i = from; i < points.length; i++) {
      if (this.#store.mayPause) return i;
      const one = points.series[i]!;
      if ((points.flags[i]! & POINT_NO_VALUE) !== 0) {
        this.#store.forget(one);
        continue;
      }
      const sum = points.sums[i]!;
      const scale = points.scales[i]!;
      const state = table.entries[this.#store.slotOf.get(one) ?? 0]?.exponential ?? emptyExponential(scale);
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
      const entry = this.#store.shaped(one, bounds, !Number.isNaN(sum), refusals);
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
    return points.length;
  }

  #updateSummaries({ summaries: points }: Metrics, from: number, nowMs: number, refusals: Refusals): number {
    for (let i = from; i < points.length; i++) {
      if (this.#store.mayPause) return i;
      const one = points.series[i]!;
      if ((points.flags[i]! & POINT_NO_VALUE) !== 0) {
        this.#store.forget(one);
        continue;
      }
      const quantiles = points.quantiles[i]!;
      const marks = quantiles.map(({ quantile }) => quantile);
      const entry = this.#store.shaped(one, marks, true, refusals);
      if (entry === undefined) continue;
      const { head, size } = entry;
      this.#store.table.updatedMs[head] = nowMs;
      for (const [at, { value }] of quantiles.entries()) this.#set(head + at, value);
      this.#set(head + size - 2, points.sums[i]!);
      this.#set(head + size - 1, points.counts[i]!);
      if (this.#options.sendTimestamps) this.#setTime(head, head, points.times, i);
    }
    return points.length;
  }
}
