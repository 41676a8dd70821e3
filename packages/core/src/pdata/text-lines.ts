import type { Batch } from "../consumer.ts";
import { jsonPieces, type Json } from "../json-pieces.ts";
import { oneLine } from "../one-line.ts";
import { textPieces } from "../text-pieces.ts";
import { WholeDouble, type AttributesInput, type AttributeValue } from "./attribute-value.ts";
import { logRecords, type LogRecord } from "./logs.ts";
import { numberPoints, POINT_NO_VALUE, type Metrics } from "./metrics.ts";
import type { Series } from "./series.ts";
import { timeAt, type TimeColumn } from "./time-column.ts";
import { spans, type Span } from "./traces.ts";

/** One readable line for each item of `batch`, each with its line break, in pieces that follow each other: an item may be megabytes. */
export function* textLines(batch: Batch): Generator<string> {
  for (const line of linesOf(batch)) {
    yield* line;
    yield "\n";
  }
}

/** What stands in a line, in pieces. */
type Line = Iterable<string>;

function linesOf(batch: Batch): Iterable<Line> {
  switch (batch.signal) {
    case "metrics":
      return metricLines(batch);
    case "logs":
      return Iterator.from(logRecords(batch)).map(logLine);
    case "traces":
      return Iterator.from(spans(batch)).map(spanLine);
  }
}

function* metricLines(batch: Metrics): Iterable<Line> {
  for (const { series, value, noValue, timeUnixNano } of numberPoints(batch))
    yield metricLine(series, timeUnixNano, noValue ? NO_VALUE : String(value));
  const { histograms: h, exponentialHistograms: e, summaries: s } = batch;
  const aggregate = (
    columns: { series: readonly Series[]; times: TimeColumn; flags: Uint8Array },
    i: number,
    count: number,
    sum: number,
  ): Line => {
    const ended = (columns.flags[i]! & POINT_NO_VALUE) !== 0;
    const value = ended ? NO_VALUE : `count=${count}${Number.isNaN(sum) ? "" : ` sum=${sum}`}`;
    return metricLine(columns.series[i]!, timeAt(columns.times, i), value);
  };
  for (let i = 0; i < h.length; i++) yield aggregate(h, i, h.counts[i]!, h.sums[i]!);
  for (let i = 0; i < e.length; i++) yield aggregate(e, i, e.counts[i]!, e.sums[i]!);
  for (let i = 0; i < s.length; i++) yield aggregate(s, i, s.counts[i]!, s.sums[i]!);
}

/** In place of a value: the series has ended, and a number would be made up. */
const NO_VALUE = "(no value)";

function* metricLine({ name, descriptor, attributes }: Series, timeUnixNano: bigint, value: string): Line {
  yield `${time(timeUnixNano)} metric `;
  yield* shown(name);
  yield ` ${value}`;
  if (descriptor.unit !== "") {
    yield " ";
    yield* shown(descriptor.unit);
  }
  yield* attributeText(attributes.toObject());
}

function* logLine(record: Required<LogRecord>): Line {
  const at = record.timeUnixNano === 0n ? record.observedTimeUnixNano : record.timeUnixNano;
  yield `${time(at)} log `;
  yield* shown(record.severityText === "" ? severityName(record.severityNumber) : record.severityText);
  if (record.eventName !== "") {
    yield " ";
    yield* shown(record.eventName);
  }
  if (record.body !== undefined) {
    yield " ";
    yield* typeof record.body === "string" ? shown(record.body) : valueText(record.body);
  }
  yield* attributeText(record.attributes);
}

function* spanLine(span: Required<Span>): Line {
  const ms = Number(span.endTimeUnixNano - span.startTimeUnixNano) / 1e6;
  yield `${time(span.startTimeUnixNano)} span `;
  yield* shown(span.name);
  yield ` ${ms}ms ${span.kind} ${span.statusCode} trace=${span.traceId} span=${span.spanId}`;
  yield* attributeText(span.attributes);
}

/** The names of OTLP severity numbers: four steps each, 1 to 24. */
function severityName(number: number): string {
  return ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"][Math.floor((number - 1) / 4)] ?? "-";
}

function* attributeText(attributes: AttributesInput): Line {
  let before = " {";
  for (const [key, value] of Object.entries(attributes)) {
    yield before;
    yield* shown(key);
    yield "=";
    yield* valueText(value);
    before = ", ";
  }
  if (before !== " {") yield "}";
}

function* shown(text: string): Line {
  for (const piece of textPieces(text)) yield oneLine(piece);
}

function* valueText(value: AttributeValue): Line {
  for (const piece of jsonPieces(jsonOf(value))) yield oneLine(piece);
}

/** Integers beyond those of JSON as texts, bytes as base64. */
function jsonOf(value: AttributeValue): Json {
  if (typeof value === "bigint") return value.toString();
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof WholeDouble) return value.valueOf();
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (Array.isArray(value)) return (value as readonly AttributeValue[]).map(jsonOf);
  return Object.fromEntries(Object.entries(value as AttributesInput).map(([key, inner]) => [key, jsonOf(inner)]));
}

/** Milliseconds are enough to read; OTLP/JSON has the nanoseconds. Zero means that the sender has not said when. */
function time(unixNano: bigint): string {
  if (unixNano === 0n) return "-";
  const date = new Date(Number(unixNano / 1_000_000n));
  return Number.isNaN(date.getTime()) ? `${unixNano}ns` : date.toISOString();
}
