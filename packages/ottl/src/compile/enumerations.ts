import type { ContextName } from "../frame.ts";

const severities = Object.fromEntries([
  ["SEVERITY_NUMBER_UNSPECIFIED", 0],
  ...["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"].flatMap((name, group) =>
    ["", "2", "3", "4"].map((step, index) => [`SEVERITY_NUMBER_${name}${step}`, group * 4 + index + 1]),
  ),
]) as Readonly<Record<string, number>>;

const spans: Readonly<Record<string, number>> = {
  SPAN_KIND_UNSPECIFIED: 0,
  SPAN_KIND_INTERNAL: 1,
  SPAN_KIND_SERVER: 2,
  SPAN_KIND_CLIENT: 3,
  SPAN_KIND_PRODUCER: 4,
  SPAN_KIND_CONSUMER: 5,
  STATUS_CODE_UNSET: 0,
  STATUS_CODE_OK: 1,
  STATUS_CODE_ERROR: 2,
};

const metrics: Readonly<Record<string, number>> = {
  METRIC_DATA_TYPE_NONE: 0,
  METRIC_DATA_TYPE_GAUGE: 1,
  METRIC_DATA_TYPE_SUM: 2,
  METRIC_DATA_TYPE_HISTOGRAM: 3,
  METRIC_DATA_TYPE_EXPONENTIAL_HISTOGRAM: 4,
  METRIC_DATA_TYPE_SUMMARY: 5,
  AGGREGATION_TEMPORALITY_UNSPECIFIED: 0,
  AGGREGATION_TEMPORALITY_DELTA: 1,
  AGGREGATION_TEMPORALITY_CUMULATIVE: 2,
};

/** The names that stand for numbers, by context. */
export const enumerations: Readonly<Record<ContextName, Readonly<Record<string, number>>>> = {
  resource: {},
  scope: {},
  metric: metrics,
  datapoint: { ...metrics, FLAG_NONE: 0, FLAG_NO_RECORDED_VALUE: 1 },
  log: severities,
  span: spans,
  spanevent: spans,
};
