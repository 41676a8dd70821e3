import {
  POINT_INTEGER,
  POINT_NAN_MAX,
  POINT_NAN_MIN,
  POINT_NAN_SUM,
  type Exemplar,
  type ExponentialBuckets,
  type MetricFamily,
  type Metrics,
  type MetricKind,
  type PointColumns,
  type Series,
} from "@tracecore/core/pdata";
import { flagsOf, hasValue } from "../point-flags.ts";
import { WireWriter } from "../wire/wire-writer.ts";
import { writeAttributes, writeAttributesOf } from "./any-value.ts";
import { eachRowBackwards, groupByScope, groupRows, type RowGroup } from "./group-rows.ts";
import { writeRequest } from "./write-request.ts";

/** Bytes that a point takes beside its attributes, about; only to begin with enough room. */
const POINT_SIZE = 48;

/** ExportMetricsServiceRequest. Points of one metric stand together, in their order. */
export function encodeMetrics(batch: Metrics): Uint8Array {
  const { numbers, histograms, exponentialHistograms, summaries } = batch;
  const sections = [numbers, histograms, exponentialHistograms, summaries];
  const groups = sections.flatMap(({ series, length }) => groupFamilies(series, length));
  const writer = new WireWriter(estimate(sections));
  writeRequest(
    writer,
    groupByScope(groups, ({ of }) => of),
    (to, group) => writeMetric(to, group, batch),
  );
  return writer.finish();
}

function groupFamilies(series: readonly Series[], length: number): RowGroup<MetricFamily>[] {
  const families: MetricFamily[] = [];
  for (let row = 0; row < length; row++) families.push(series[row]!.family);
  return groupRows(families, length);
}

function estimate(sections: readonly PointColumns[]): number {
  let size = 1024;
  for (const { length, series } of sections) {
    if (length > 0) size += length * (POINT_SIZE + (series[length >>> 1]!.otlpAttributes?.length ?? 128));
  }
  return size + (size >>> 3);
}

const temporalities = { unspecified: 0, delta: 1, cumulative: 2 } as const;
const dataTags: Readonly<Record<MetricKind, number>> = {
  gauge: 0x2a,
  sum: 0x3a,
  histogram: 0x4a,
  exponential_histogram: 0x52,
  summary: 0x5a,
};

function writeMetric(writer: WireWriter, group: RowGroup<MetricFamily>, batch: Metrics): void {
  const { kind, name, description, unit, monotonic, temporality, metadata } = group.of.descriptor;
  const beforeMetric = writer.length;
  if (metadata !== undefined) writeAttributes(writer, 0x62, metadata);
  const beforeData = writer.length;
  if (kind === "sum") writer.uint32(0x18, monotonic ? 1 : 0);
  if (kind !== "gauge" && kind !== "summary") writer.uint32(0x10, temporalities[temporality]);
  switch (kind) {
    case "histogram":
      eachRowBackwards(group, (row) => writeHistogram(writer, batch.histograms, row));
      break;
    case "exponential_histogram":
      eachRowBackwards(group, (row) => writeExponential(writer, batch.exponentialHistograms, row));
      break;
    case "summary":
      eachRowBackwards(group, (row) => writeSummary(writer, batch.summaries, row));
      break;
    default:
      if (group.rows === undefined) writeNumbers(writer, batch.numbers, group.start, group.end);
      else eachRowBackwards(group, (row) => writeNumbers(writer, batch.numbers, row, row + 1));
  }
  writer.head(dataTags[kind], beforeData);
  writer.textOrNothing(0x1a, unit);
  writer.textOrNothing(0x12, description);
  writer.textOrNothing(0x0a, name);
  writer.head(0x12, beforeMetric);
}

/** Where attributes are written before they are copied: memory of their own for each series costs more than writing them. */
let draft: WireWriter | undefined;
const DRAFT_SIZE = 1024;
/** A draft that has grown beyond this is not kept, bytes. */
const LONGEST_DRAFT = 64 * 1024;

/** The attributes of a series as its points carry them: made once for each series. */
function attributeBytes(series: Series, tag: number): Uint8Array {
  if (series.otlpAttributes !== undefined) return series.otlpAttributes;
  const writer = draft ?? new WireWriter(DRAFT_SIZE);
  // Not that of the next one before it is empty again: a value that cannot be written leaves it half full.
  draft = undefined;
  writeAttributes(writer, tag, series.attributes);
  const own = (series.otlpAttributes = writer.take());
  if (writer.bytes.length <= LONGEST_DRAFT) draft = writer;
  return own;
}

function writeNumbers(writer: WireWriter, columns: Metrics["numbers"], start: number, end: number): void {
  const { series, values, flags, times, startTimes, exemplars, exactIntegers } = columns;
  for (let row = end - 1; row >= start; row--) {
    const before = writer.length;
    const flag = flags[row]!;
    writeFlags(writer, 0x40, columns, row);
    const own = series[row]!.otlpAttributes ?? attributeBytes(series[row]!, 0x3a);
    writer.reserve(own.length + 64);
    let { pos } = writer;
    const { bytes, view } = writer;
    pos -= own.length;
    bytes.set(own, pos);
    if (hasValue(flag) && (flag & POINT_INTEGER) !== 0) {
      writer.pos = pos;
      writer.fixed64Of(0x31, exactIntegers?.get(row) ?? Math.trunc(values[row]!));
      pos = writer.pos;
    }
    if (exemplars !== undefined) {
      writer.pos = pos;
      writeExemplars(writer, 0x2a, exemplars.get(row));
      writer.reserve(64);
      pos = writer.pos;
    }
    const out = exemplars === undefined ? bytes : writer.bytes;
    const to = exemplars === undefined ? view : writer.view;
    if (hasValue(flag) && (flag & POINT_INTEGER) === 0) {
      pos -= 9;
      out[pos] = 0x21;
      to.setFloat64(pos + 1, values[row]!, true);
    }
    const high = times.high[row]!;
    const low = times.low[row]!;
    if (high !== 0 || low !== 0) {
      pos -= 9;
      out[pos] = 0x19;
      to.setUint32(pos + 1, low, true);
      to.setUint32(pos + 5, high, true);
    }
    const startHigh = startTimes.high[row]!;
    const startLow = startTimes.low[row]!;
    if (startHigh !== 0 || startLow !== 0) {
      pos -= 9;
      out[pos] = 0x11;
      to.setUint32(pos + 1, startLow, true);
      to.setUint32(pos + 5, startHigh, true);
    }
    writer.pos = pos;
    writer.head(0x0a, before);
  }
}

function writeTime(writer: WireWriter, tag: number, column: PointColumns["times"], row: number): void {
  const high = column.high[row]!;
  const low = column.low[row]!;
  if (high !== 0 || low !== 0) writer.fixed64(tag, high, low);
}

function writeExemplars(writer: WireWriter, tag: number, exemplars: readonly Exemplar[] | undefined): void {
  for (const { timeUnixNano, value, filteredAttributes, traceId, spanId } of exemplars?.toReversed() ?? []) {
    const before = writer.length;
    writeAttributesOf(writer, 0x3a, filteredAttributes);
    if (typeof value === "bigint") writer.fixed64Of(0x31, value);
    writer.hex(0x2a, traceId);
    writer.hex(0x22, spanId);
    if (typeof value === "number") writer.double(0x19, value);
    if (timeUnixNano !== 0n) writer.fixed64Of(0x11, timeUnixNano);
    writer.head(tag, before);
  }
}

/** A double; nothing for 0, which is the default: -0 is another value. */
function writeDouble(writer: WireWriter, tag: number, value: number): void {
  if (!Object.is(value, 0)) writer.double(tag, value);
}

/** An optional double; NaN stands for none where `isThere` is 0. */
function writeOptional(writer: WireWriter, tag: number, value: number, isThere: number): void {
  if (!Number.isNaN(value) || isThere !== 0) writer.double(tag, value);
}

function writeFlags(writer: WireWriter, tag: number, columns: PointColumns, row: number): void {
  const flags = flagsOf(columns, row);
  if (flags !== 0) writer.uint32(tag, flags);
}

function writeHistogram(writer: WireWriter, columns: Metrics["histograms"], row: number): void {
  const before = writer.length;
  const bits = columns.flags[row]!;
  writeOptional(writer, 0x61, columns.maxs[row]!, bits & POINT_NAN_MAX);
  writeOptional(writer, 0x59, columns.mins[row]!, bits & POINT_NAN_MIN);
  writeFlags(writer, 0x50, columns, row);
  writer.raw(attributeBytes(columns.series[row]!, 0x4a));
  writeExemplars(writer, 0x42, columns.exemplars?.get(row));
  const from = columns.bucketStarts[row]!;
  const to = columns.bucketStarts[row + 1]!;
  if (to > from) {
    const bounds = columns.bounds[row]!;
    if (bounds.length > 0) {
      writer.reserve(bounds.length * 8 + 16);
      for (let i = bounds.length - 1; i >= 0; i--) {
        writer.pos -= 8;
        writer.view.setFloat64(writer.pos, bounds[i]!, true);
      }
      writer.varint(bounds.length * 8);
      writer.varint(0x3a);
    }
    writer.reserve((to - from) * 8 + 16);
    for (let i = to - 1; i >= from; i--) {
      const count = columns.bucketCounts[i]!;
      const high = Math.floor(count / 4_294_967_296);
      writer.pos -= 8;
      writer.view.setUint32(writer.pos, count - high * 4_294_967_296, true);
      writer.view.setUint32(writer.pos + 4, high, true);
    }
    writer.varint((to - from) * 8);
    writer.varint(0x32);
  }
  writeOptional(writer, 0x29, columns.sums[row]!, bits & POINT_NAN_SUM);
  const count = columns.exactCounts?.get(row) ?? columns.counts[row]!;
  if (count !== 0) writer.fixed64Of(0x21, count);
  writeTime(writer, 0x19, columns.times, row);
  writeTime(writer, 0x11, columns.startTimes, row);
  writer.head(0x0a, before);
}

function writeExponential(writer: WireWriter, columns: Metrics["exponentialHistograms"], row: number): void {
  const before = writer.length;
  const bits = columns.flags[row]!;
  writeDouble(writer, 0x71, columns.zeroThresholds[row]!);
  writeOptional(writer, 0x69, columns.maxs[row]!, bits & POINT_NAN_MAX);
  writeOptional(writer, 0x61, columns.mins[row]!, bits & POINT_NAN_MIN);
  writeExemplars(writer, 0x5a, columns.exemplars?.get(row));
  writeFlags(writer, 0x50, columns, row);
  writeBuckets(writer, 0x4a, columns.negative[row]!);
  writeBuckets(writer, 0x42, columns.positive[row]!);
  if (columns.zeroCounts[row] !== 0) writer.fixed64Of(0x39, columns.zeroCounts[row]!);
  writer.uint32(0x30, zigzag(columns.scales[row]!));
  writeOptional(writer, 0x29, columns.sums[row]!, bits & POINT_NAN_SUM);
  if (columns.counts[row] !== 0) writer.fixed64Of(0x21, columns.counts[row]!);
  writeTime(writer, 0x19, columns.times, row);
  writeTime(writer, 0x11, columns.startTimes, row);
  writer.raw(attributeBytes(columns.series[row]!, 0x0a));
  writer.head(0x0a, before);
}

function zigzag(value: number): number {
  return ((value << 1) ^ (value >> 31)) >>> 0;
}

function writeBuckets(writer: WireWriter, tag: number, { offset, counts }: ExponentialBuckets): void {
  if (counts.length === 0 && offset === 0) return;
  const before = writer.length;
  for (let i = counts.length - 1; i >= 0; i--) {
    const count = counts[i]!;
    if (count <= 0xffff_ffff) writer.varint(count);
    else writer.varint64(BigInt(count));
  }
  if (counts.length > 0) writer.head(0x12, before);
  writer.uint32(0x08, zigzag(offset));
  writer.head(tag, before);
}

function writeSummary(writer: WireWriter, columns: Metrics["summaries"], row: number): void {
  const before = writer.length;
  writeFlags(writer, 0x40, columns, row);
  writer.raw(attributeBytes(columns.series[row]!, 0x3a));
  for (const { quantile, value } of columns.quantiles[row]!.toReversed()) {
    const start = writer.length;
    writeDouble(writer, 0x11, value);
    writeDouble(writer, 0x09, quantile);
    writer.head(0x32, start);
  }
  writeDouble(writer, 0x29, columns.sums[row]!);
  if (columns.counts[row] !== 0) writer.fixed64Of(0x21, columns.counts[row]!);
  writeTime(writer, 0x19, columns.times, row);
  writeTime(writer, 0x11, columns.startTimes, row);
  writer.head(0x0a, before);
}
