import type { Batch } from "../consumer.ts";
import { lazyColumns } from "./lazy-columns.ts";
import type { Logs } from "./logs.ts";
import type {
  ExponentialHistogramPoints,
  HistogramPoints,
  Metrics,
  NumberPoints,
  PointColumns,
  SummaryPoints,
} from "./metrics.ts";
import type { TimeColumn } from "./time-column.ts";
import type { Traces } from "./traces.ts";

/** The rows of several batches of one signal, one behind the other, in columns that are made when they are first read. */
export function joinColumns(parts: readonly [Batch, ...Batch[]]): Batch {
  const [{ signal }] = parts;
  switch (signal) {
    case "metrics":
      return joinMetrics(parts as readonly Metrics[]);
    case "logs":
      return joinLogs(parts as readonly Logs[]);
    case "traces":
      return joinTraces(parts as readonly Traces[]);
  }
}

function joinLogs(parts: readonly Logs[]): Logs {
  return lazyColumns<Logs>(
    { signal: "logs", itemCount: rowsOf(parts) },
    {
      ...joinedRows(parts),
      times: () => joinTimes(parts, (part) => part.times),
      observedTimes: () => joinTimes(parts, (part) => part.observedTimes),
      severityNumbers: () => joinTyped(Uint8Array, parts, (part) => part.severityNumbers),
      severityTexts: () => joinLists(parts, (part) => part.severityTexts),
      bodies: () => joinLists(parts, (part) => part.bodies),
      traceIds: () => joinLists(parts, (part) => part.traceIds),
      spanIds: () => joinLists(parts, (part) => part.spanIds),
      flags: () => joinTyped(Uint32Array, parts, (part) => part.flags),
      eventNames: () => joinLists(parts, (part) => part.eventNames),
    },
  );
}

function joinTraces(parts: readonly Traces[]): Traces {
  return lazyColumns<Traces>(
    { signal: "traces", itemCount: rowsOf(parts) },
    {
      ...joinedRows(parts),
      traceIds: () => joinLists(parts, (part) => part.traceIds),
      spanIds: () => joinLists(parts, (part) => part.spanIds),
      parentSpanIds: () => joinLists(parts, (part) => part.parentSpanIds),
      traceStates: () => joinLists(parts, (part) => part.traceStates),
      flags: () => joinTyped(Uint32Array, parts, (part) => part.flags),
      names: () => joinLists(parts, (part) => part.names),
      kinds: () => joinTyped(Uint8Array, parts, (part) => part.kinds),
      startTimes: () => joinTimes(parts, (part) => part.startTimes),
      endTimes: () => joinTimes(parts, (part) => part.endTimes),
      statusCodes: () => joinTyped(Uint8Array, parts, (part) => part.statusCodes),
      statusMessages: () => joinLists(parts, (part) => part.statusMessages),
      extras: () =>
        joinMaps(
          parts,
          (part) => part.itemCount,
          (part) => part.extras,
        ) ?? new Map(),
    },
  );
}

/** What records and spans share. */
// oxlint-disable-next-line typescript/explicit-function-return-type -- the columns are the type
function joinedRows(parts: readonly (Logs | Traces)[]) {
  return {
    resources: () => joinLists(parts, (part) => part.resources),
    scopes: () => joinLists(parts, (part) => part.scopes),
    attributeStarts: () => joinStarts(parts, (part) => part.attributeStarts),
    attributeKeys: () => joinLists(parts, (part) => part.attributeKeys),
    attributeValues: () => joinLists(parts, (part) => part.attributeValues),
    droppedAttributesCounts: () => joinTyped(Uint32Array, parts, (part) => part.droppedAttributesCounts),
  };
}

function joinMetrics(parts: readonly Metrics[]): Metrics {
  return lazyColumns<Metrics>(
    { signal: "metrics", itemCount: rowsOf(parts) },
    {
      numbers: () => joinNumbers(parts.map((part) => part.numbers)),
      histograms: () => joinHistograms(parts.map((part) => part.histograms)),
      exponentialHistograms: () => joinExponential(parts.map((part) => part.exponentialHistograms)),
      summaries: () => joinSummaries(parts.map((part) => part.summaries)),
    },
  );
}

function joinNumbers(parts: readonly NumberPoints[]): NumberPoints {
  return {
    ...joinPoints(parts),
    values: joinTyped(Float64Array, parts, (part) => part.values),
    exactIntegers: joinMaps(parts, lengthOf, (part) => part.exactIntegers),
  };
}

function joinHistograms(parts: readonly HistogramPoints[]): HistogramPoints {
  return {
    ...joinPoints(parts),
    ...joinAggregate(parts),
    exactCounts: joinMaps(parts, lengthOf, (part) => part.exactCounts),
    bounds: joinLists(parts, (part) => part.bounds),
    bucketStarts: joinStarts(parts, (part) => part.bucketStarts),
    bucketCounts: joinTyped(Float64Array, parts, (part) =>
      part.bucketCounts.subarray(0, part.bucketStarts[part.length]),
    ),
  };
}

function joinExponential(parts: readonly ExponentialHistogramPoints[]): ExponentialHistogramPoints {
  return {
    ...joinPoints(parts),
    ...joinAggregate(parts),
    scales: joinTyped(Int32Array, parts, (part) => part.scales),
    zeroCounts: joinTyped(Float64Array, parts, (part) => part.zeroCounts),
    zeroThresholds: joinTyped(Float64Array, parts, (part) => part.zeroThresholds),
    positive: joinLists(parts, (part) => part.positive),
    negative: joinLists(parts, (part) => part.negative),
  };
}

function joinSummaries(parts: readonly SummaryPoints[]): SummaryPoints {
  return {
    ...joinPoints(parts),
    counts: joinTyped(Float64Array, parts, (part) => part.counts),
    sums: joinTyped(Float64Array, parts, (part) => part.sums),
    quantiles: joinLists(parts, (part) => part.quantiles),
  };
}

function joinPoints(parts: readonly PointColumns[]): PointColumns {
  return {
    length: parts.reduce((sum, { length }) => sum + length, 0),
    series: joinLists(parts, (part) => part.series),
    times: joinTimes(parts, (part) => part.times),
    startTimes: joinTimes(parts, (part) => part.startTimes),
    flags: joinTyped(Uint8Array, parts, (part) => part.flags),
    otherFlags: joinMaps(parts, lengthOf, (part) => part.otherFlags),
    exemplars: joinMaps(parts, lengthOf, (part) => part.exemplars),
  };
}

type Aggregate = Pick<HistogramPoints, "counts" | "sums" | "mins" | "maxs">;

function joinAggregate(parts: readonly Aggregate[]): Aggregate {
  const column = (of: (part: Aggregate) => Float64Array): Float64Array => joinTyped(Float64Array, parts, of);
  return {
    counts: column((part) => part.counts),
    sums: column((part) => part.sums),
    mins: column((part) => part.mins),
    maxs: column((part) => part.maxs),
  };
}

function rowsOf(parts: readonly Batch[]): number {
  return parts.reduce((sum, { itemCount }) => sum + itemCount, 0);
}

function lengthOf({ length }: PointColumns): number {
  return length;
}

function joinLists<P, T>(parts: readonly P[], of: (part: P) => readonly T[]): T[] {
  return parts.flatMap(of);
}

type TypedColumn = Uint8Array | Uint32Array | Int32Array | Float64Array;

function joinTyped<P, T extends TypedColumn>(
  Column: new (length: number) => T,
  parts: readonly P[],
  of: (part: P) => T,
): T {
  const columns = parts.map(of);
  const out = new Column(columns.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const column of columns) {
    out.set(column, at);
    at += column.length;
  }
  return out;
}

function joinTimes<P>(parts: readonly P[], of: (part: P) => TimeColumn): TimeColumn {
  return {
    high: joinTyped(Uint32Array, parts, (part) => of(part).high),
    low: joinTyped(Uint32Array, parts, (part) => of(part).low),
  };
}

/** Where rows begin in a list that they share: one more than there are rows. */
function joinStarts<P>(parts: readonly P[], of: (part: P) => Uint32Array): Uint32Array {
  const columns = parts.map(of);
  const out = new Uint32Array(columns.reduce((sum, { length }) => sum + length - 1, 1));
  let row = 0;
  let before = 0;
  for (const column of columns) {
    for (let i = 1; i < column.length; i++) out[++row] = before + column[i]!;
    before = out[row]!;
  }
  return out;
}

/** What maps from rows say, under the new numbers of the rows; undefined when that is nothing. */
function joinMaps<P, T>(
  parts: readonly P[],
  rows: (part: P) => number,
  of: (part: P) => ReadonlyMap<number, T> | undefined,
): ReadonlyMap<number, T> | undefined {
  const out = new Map<number, T>();
  let before = 0;
  for (const part of parts) {
    for (const [row, value] of of(part) ?? []) out.set(before + row, value);
    before += rows(part);
  }
  return out.size === 0 ? undefined : out;
}
