import {
  POINT_INTEGER,
  POINT_NO_VALUE,
  type MetricKind,
  type PointSection,
  type Temporality,
} from "@tracecore/core/pdata";
import type { Frame } from "../frame.ts";
import { doubleOf } from "../numbers.ts";
import { fail } from "../ottl-error.ts";
import type { Value } from "../values.ts";
import {
  asBool,
  asInt,
  asNumber,
  countField,
  textField,
  timeFields,
  viewField,
  type Field,
  type PathTable,
} from "./path-table.ts";

/** By the numbers that METRIC_DATA_TYPE_… stand for. */
export const metricKinds: readonly (MetricKind | undefined)[] = [
  undefined,
  "gauge",
  "sum",
  "histogram",
  "exponential_histogram",
  "summary",
];
export const temporalities: readonly Temporality[] = ["unspecified", "delta", "cumulative"];

export const metricPaths: PathTable = {
  name: textField(
    ({ metric }) => metric.name,
    ({ metric }, text) => void (metric.name = text),
  ),
  description: textField(
    ({ metric }) => metric.description,
    ({ metric }, text) => void (metric.description = text),
  ),
  unit: textField(
    ({ metric }) => metric.unit,
    ({ metric }, text) => void (metric.unit = text),
  ),
  type: { get: ({ metric }) => metricKinds.indexOf(metric.kind) },
  aggregation_temporality: {
    get: ({ metric }) => (hasTemporality(metric.kind) ? temporalities.indexOf(metric.temporality) : undefined),
    set({ metric }, value) {
      const number = asInt(value);
      const temporality = temporalities[Number(number)];
      if (temporality === undefined) fail(`${number} is no aggregation temporality`);
      if (hasTemporality(metric.kind)) metric.temporality = temporality;
    },
  },
  is_monotonic: {
    get: ({ metric }) => (metric.kind === "sum" ? metric.monotonic : undefined),
    set({ metric }, value) {
      const monotonic = asBool(value);
      if (metric.kind === "sum") metric.monotonic = monotonic;
    },
  },
  metadata: viewField(({ metric }) => metric.metadata),
};

function hasTemporality(kind: MetricKind): boolean {
  return kind === "sum" || kind === "histogram" || kind === "exponential_histogram";
}

export const datapointPaths: PathTable = {
  attributes: viewField(({ datapoint }) => datapoint.attributes, "series"),
  ...timeFields(
    "time",
    ({ datapoint: { section, row } }) => section.times.get(row),
    ({ datapoint: { section, row } }, time) => section.times.set(row, time),
  ),
  ...timeFields(
    "start_time",
    ({ datapoint: { section, row } }) => section.startTimes.get(row),
    ({ datapoint: { section, row } }, time) => section.startTimes.set(row, time),
  ),
  value_double: {
    get: ({ datapoint: { section, row } }) =>
      section.name === "numbers" ? doubleOf(section.values.get(row)) : undefined,
    set({ datapoint }, value) {
      const { section, row } = datapoint;
      const number = asNumber(value);
      if (section.name !== "numbers") return;
      section.values.set(row, number);
      section.setExact(row, undefined);
      datapoint.setFlag(POINT_INTEGER, false);
    },
  },
  value_int: {
    get({ datapoint }) {
      const { section, row, isInteger: whole } = datapoint;
      if (section.name !== "numbers" || !whole) return undefined;
      return section.exactAt(row) ?? section.values.get(row) + 0;
    },
    set({ datapoint }, value) {
      const { section, row } = datapoint;
      const integer = asInt(value);
      if (section.name !== "numbers") return;
      section.values.set(row, Number(integer));
      section.setExact(row, typeof integer === "bigint" ? integer : undefined);
      datapoint.setFlag(POINT_INTEGER, true);
    },
  },
  flags: {
    ...countField(
      ({ datapoint }) => Number(datapoint.hasNoValue),
      ({ datapoint }, flags) => datapoint.setFlag(POINT_NO_VALUE, (flags & 1) !== 0),
    ),
  },
  count: {
    get({ datapoint: { section, row } }) {
      return section.name === "numbers" ? undefined : (section.exactAt(row) ?? section.values.get(row));
    },
    set({ datapoint: { section, row } }, value) {
      const count = asInt(value);
      if (count < 0) fail(`a count is not negative, got ${count}`);
      if (section.name === "numbers") return;
      section.values.set(row, Number(count));
      if (section.name === "histograms") section.setExact(row, typeof count === "bigint" ? count : undefined);
    },
  },
  sum: {
    get({ datapoint: { section, row } }) {
      const sum = section.sums?.get(row);
      return sum === undefined || Number.isNaN(sum) ? undefined : doubleOf(sum);
    },
    set({ datapoint: { section, row } }, value) {
      section.sums?.set(row, asNumber(value));
    },
  },
  bucket_counts: only("histograms", ({ datapoint: { batch, row } }) => {
    const { bucketCounts, bucketStarts } = batch.histograms;
    return [...bucketCounts.subarray(bucketStarts[row], bucketStarts[row + 1])];
  }),
  explicit_bounds: only("histograms", ({ datapoint: { batch, row } }) => batch.histograms.bounds[row]!.map(doubleOf)),
  scale: only("exponentialHistograms", ({ datapoint: { batch, row } }) => batch.exponentialHistograms.scales[row]),
  zero_count: only(
    "exponentialHistograms",
    ({ datapoint: { batch, row } }) => batch.exponentialHistograms.zeroCounts[row],
  ),
  ...buckets("positive"),
  ...buckets("negative"),
};

/** A field that only points of one kind have. */
function only(name: PointSection, get: (frame: Frame) => Value): Field {
  return { get: (frame) => (frame.datapoint.section.name === name ? get(frame) : undefined), indexed: true };
}

function buckets(side: "positive" | "negative"): PathTable {
  const at = ({ datapoint: { batch, row } }: Frame) => batch.exponentialHistograms[side][row]!;
  return {
    [`${side}.offset`]: only("exponentialHistograms", (frame) => at(frame).offset),
    [`${side}.bucket_counts`]: only("exponentialHistograms", (frame) => at(frame).counts),
  };
}
