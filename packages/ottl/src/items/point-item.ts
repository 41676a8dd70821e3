import {
  attributes,
  POINT_INTEGER,
  POINT_NO_VALUE,
  type Attributes,
  type Metrics,
  type MetricFamily,
  type PointColumns,
  type PointSection,
  type Series,
  series,
} from "@tracecore/core/pdata";
import { AttributeView } from "./attribute-view.ts";
import type { MetricItem } from "./metric-item.ts";
import { NumberEdit, TimeEdit } from "./row-columns.ts";

/** The sections of a batch, in order. */
export const sections: readonly PointSection[] = ["numbers", "histograms", "exponentialHistograms", "summaries"];

/** One section of a batch of metrics, with what was changed. */
export class SectionEdits {
  readonly name: PointSection;
  readonly columns: PointColumns;
  readonly times: TimeEdit;
  readonly startTimes: TimeEdit;
  readonly flags: NumberEdit<Uint8Array>;
  /** Values of numbers; counts of the others. */
  readonly values: NumberEdit<Float64Array>;
  /** Of all but numbers. */
  readonly sums: NumberEdit<Float64Array> | undefined;
  readonly #exactBefore: ReadonlyMap<number, bigint> | undefined;
  #exact: Map<number, bigint> | undefined;
  /** The metric of each row, and its attributes where they are other ones. */
  readonly metrics: MetricItem[] = [];
  readonly attributes: Map<number, Attributes> = new Map();

  constructor(batch: Metrics, name: PointSection) {
    const columns = batch[name];
    this.name = name;
    this.columns = columns;
    this.times = new TimeEdit(columns.times);
    this.startTimes = new TimeEdit(columns.startTimes);
    this.flags = new NumberEdit(columns.flags);
    this.values = new NumberEdit(name === "numbers" ? batch.numbers.values : batch[name].counts);
    this.sums = name === "numbers" ? undefined : new NumberEdit(batch[name].sums);
    this.#exactBefore = exactOf(batch, name);
  }

  /** The value of a row that is a 64-bit integer a double cannot hold. */
  exactAt(row: number): bigint | undefined {
    return (this.#exact ?? this.#exactBefore)?.get(row);
  }

  setExact(row: number, value: bigint | undefined): void {
    if (this.exactAt(row) === value) return;
    this.#exact ??= new Map(this.#exactBefore);
    if (value === undefined) this.#exact.delete(row);
    else this.#exact.set(row, value);
  }

  /** The section after the statements: the columns themselves when nothing changed. */
  result(familyOf: (metric: MetricItem) => MetricFamily): PointColumns {
    const { columns, name, times, startTimes, flags, values, sums } = this;
    const newSeries = this.#series(familyOf);
    const same = ![times, startTimes, flags, values].some((edit) => edit.changed) && sums?.changed !== true;
    if (same && this.#exact === undefined && newSeries === columns.series) return columns;
    return {
      ...columns,
      series: newSeries,
      times: times.column,
      startTimes: startTimes.column,
      flags: flags.column,
      ...(name === "numbers" ? { values: values.column } : { counts: values.column, sums: sums!.column }),
      ...(this.#exact !== undefined && {
        [name === "numbers" ? "exactIntegers" : "exactCounts"]: this.#exact.size === 0 ? undefined : this.#exact,
      }),
    };
  }

  #series(familyOf: (metric: MetricItem) => MetricFamily): readonly Series[] {
    const { series: before, length } = this.columns;
    let after: Series[] | undefined;
    for (let row = 0; row < length; row++) {
      const one = before[row]!;
      const family = familyOf(this.metrics[row]!);
      const set = this.attributes.get(row) ?? one.attributes;
      if (family === one.family && set === one.attributes) continue;
      after ??= before.slice();
      after[row] = series(family, set);
    }
    return after ?? before;
  }
}

function exactOf(batch: Metrics, name: PointSection): ReadonlyMap<number, bigint> | undefined {
  if (name === "numbers") return batch.numbers.exactIntegers;
  return name === "histograms" ? batch.histograms.exactCounts : undefined;
}

/** The data point at hand. */
export class PointItem {
  readonly attributes: AttributeView = new AttributeView();
  readonly batch: Metrics;
  section: SectionEdits;
  row = 0;

  constructor(batch: Metrics, section: SectionEdits) {
    this.batch = batch;
    this.section = section;
  }

  moveTo(section: SectionEdits, row: number): void {
    this.section = section;
    this.row = row;
    this.attributes.pointAtSet(section.columns.series[row]!.attributes);
  }

  endRow(): void {
    if (this.attributes.changed) this.section.attributes.set(this.row, attributes(this.attributes.toMap()));
  }

  get isInteger(): boolean {
    return (this.section.flags.get(this.row) & POINT_INTEGER) !== 0;
  }

  get hasNoValue(): boolean {
    return (this.section.flags.get(this.row) & POINT_NO_VALUE) !== 0;
  }

  setFlag(bit: number, on: boolean): void {
    const { section, row } = this;
    const flags = section.flags.get(row);
    section.flags.set(row, on ? flags | bit : flags & ~bit);
  }
}
