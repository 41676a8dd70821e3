import type { Batch } from "../consumer.ts";
import { oneLine } from "../one-line.ts";
import type { AttributesInput, AttributeValue } from "./attribute-value.ts";
import { logRecords, type LogRecord } from "./logs.ts";
import { numberPoints, POINT_NO_VALUE, type Metrics } from "./metrics.ts";
import type { Series } from "./series.ts";
import { timeAt, type TimeColumn } from "./time-column.ts";
import { spans, type Span } from "./traces.ts";

/** One readable line for each item of `batch`, each with its line break. */
export function textLines(batch: Batch): string {
  switch (batch.signal) {
    case "metrics":
      return joined(metricLines(batch));
    case "logs":
      return joined(Iterator.from(logRecords(batch)).map(logLine));
    case "traces":
      return joined(Iterator.from(spans(batch)).map(spanLine));
  }
}

function joined(lines: Iterable<string>): string {
  let text = "";
  for (const line of lines) text += `${line}\n`;
  return text;
}

function* metricLines(batch: Metrics): Iterable<string> {
  for (const { series, value, noValue, timeUnixNano } of numberPoints(batch))
    yield metricLine(series, timeUnixNano, noValue ? NO_VALUE : String(value));
  const { histograms: h, exponentialHistograms: e, summaries: s } = batch;
  const aggregate = (
    columns: { series: readonly Series[]; times: TimeColumn; flags: Uint8Array },
    i: number,
    count: number,
    sum: number,
  ): string => {
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

function metricLine(series: Series, timeUnixNano: bigint, value: string): string {
  const { unit } = series.descriptor;
  return `${time(timeUnixNano)} metric ${oneLine(series.name)} ${value}${unit === "" ? "" : ` ${unit}`}${attributeText(series.attributes.toObject())}`;
}

function logLine(record: Required<LogRecord>): string {
  const at = record.timeUnixNano === 0n ? record.observedTimeUnixNano : record.timeUnixNano;
  const severity = record.severityText === "" ? severityName(record.severityNumber) : record.severityText;
  const name = record.eventName === "" ? "" : ` ${oneLine(record.eventName)}`;
  const body = record.body === undefined ? "" : ` ${valueText(record.body)}`;
  return `${time(at)} log ${oneLine(severity)}${name}${body}${attributeText(record.attributes)}`;
}

function spanLine(span: Required<Span>): string {
  const ms = Number(span.endTimeUnixNano - span.startTimeUnixNano) / 1e6;
  return `${time(span.startTimeUnixNano)} span ${oneLine(span.name)} ${ms}ms ${span.kind} ${span.statusCode} trace=${span.traceId} span=${span.spanId}${attributeText(span.attributes)}`;
}

/** The names of OTLP severity numbers: four steps each, 1 to 24. */
function severityName(number: number): string {
  return ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"][Math.floor((number - 1) / 4)] ?? "-";
}

function attributeText(attributes: AttributesInput): string {
  const entries = Object.entries(attributes);
  if (entries.length === 0) return "";
  return ` {${entries.map(([key, value]) => `${oneLine(key)}=${typeof value === "string" ? JSON.stringify(value) : valueText(value)}`).join(", ")}}`;
}

function valueText(value: AttributeValue): string {
  if (typeof value === "string") return oneLine(value);
  return JSON.stringify(value, (_key, inner: unknown) => {
    if (typeof inner === "bigint") return inner.toString();
    return inner instanceof Uint8Array ? Buffer.from(inner).toString("base64") : inner;
  });
}

/** Milliseconds are enough to read; OTLP/JSON has the nanoseconds. Zero means that the sender has not said when. */
function time(unixNano: bigint): string {
  if (unixNano === 0n) return "-";
  const date = new Date(Number(unixNano / 1_000_000n));
  return Number.isNaN(date.getTime()) ? `${unixNano}ns` : date.toISOString();
}
