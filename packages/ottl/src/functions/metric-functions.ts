import { fail } from "../ottl-error.ts";
import type { MetricItem } from "../items/metric-item.ts";
import { define, type FunctionDefinition } from "./signature.ts";

const contexts = ["metric"] as const;

/** The functions that change what a metric is, or make one of another. */
export const metricFunctions: readonly FunctionDefinition[] = [
  define(
    "convert_sum_to_gauge",
    {},
    () =>
      ({ metric }) => {
        if (metric.kind === "sum")
          Object.assign(metric, { kind: "gauge", monotonic: false, temporality: "unspecified" });
        return undefined;
      },
    { contexts },
  ),
  define(
    "convert_gauge_to_sum",
    { aggregation_temporality: "constant", is_monotonic: "bool" },
    ({ aggregation_temporality: temporality, is_monotonic: monotonic }) => {
      const kept = temporalityOf(temporality);
      return (frame) => {
        const { metric } = frame;
        if (metric.kind !== "gauge") return undefined;
        Object.assign(metric, { kind: "sum", monotonic: monotonic(frame), temporality: kept });
        return undefined;
      };
    },
    { contexts },
  ),
  define(
    "scale_metric",
    { factor: "number", "unit?": "string" },
    ({ factor, unit }) =>
      (frame) => {
        const { metric } = frame;
        const by = factor(frame);
        if (metric.kind === "exponential_histogram") fail("an exponential histogram cannot be scaled");
        if (!Number.isFinite(by)) fail(`cannot scale by ${by}`);
        metric.factor *= by;
        if (unit !== undefined) metric.unit = unit(frame);
        return undefined;
      },
    { contexts },
  ),
  define(
    "copy_metric",
    { "name?": "string", "description?": "string", "unit?": "string" },
    ({ name, description, unit }) => {
      const call = {};
      return (frame) => {
        const { metric } = frame;
        if (metric.extraction !== undefined) fail("a metric that a statement extracted cannot be copied");
        const changes = {
          ...(name !== undefined && { name: name(frame) }),
          ...(description !== undefined && { description: description(frame) }),
          ...(unit !== undefined && { unit: unit(frame) }),
        };
        metric.copy(changes, call);
        return undefined;
      };
    },
    { contexts },
  ),
  define(
    "HasAttrKeyOnDatapoint",
    { key: "string" },
    ({ key }) =>
      (frame) =>
        frame.metric.asks({ key: key(frame), value: undefined }),
    { contexts, allPoints: true },
  ),
  define(
    "HasAttrOnDatapoint",
    { key: "string", expectedVal: "string" },
    ({ key, expectedVal: expected }) =>
      (frame) =>
        frame.metric.asks({ key: key(frame), value: expected(frame) }),
    { contexts, allPoints: true },
  ),
  extraction("extract_count_metric", "counts", "_count"),
  extraction("extract_sum_metric", "sums", "_sum"),
  summaryExtraction("convert_summary_count_val_to_sum", "counts", "_count"),
  summaryExtraction("convert_summary_sum_val_to_sum", "sums", "_sum"),
];

function extraction(name: string, column: "counts" | "sums", standard: string): FunctionDefinition {
  return define(
    name,
    { is_monotonic: "bool", "suffix?": "string" },
    ({ is_monotonic: monotonic, suffix }) =>
      (frame) => {
        const { metric } = frame;
        if (metric.kind === "gauge" || metric.kind === "sum") return undefined;
        const temporality = metric.kind === "summary" ? "cumulative" : metric.temporality;
        metric.extract(column, { suffix: suffix?.(frame) ?? standard, temporality, monotonic: monotonic(frame) });
        return undefined;
      },
    { contexts },
  );
}

function summaryExtraction(name: string, column: "counts" | "sums", standard: string): FunctionDefinition {
  return define(
    name,
    { aggregation_temporality: "constant", is_monotonic: "bool", "suffix?": "string" },
    ({ aggregation_temporality: given, is_monotonic: monotonic, suffix }) => {
      const temporality = temporalityOf(given);
      return (frame) => {
        const { metric } = frame;
        if (metric.kind !== "summary") return undefined;
        metric.extract(column, { suffix: suffix?.(frame) ?? standard, temporality, monotonic: monotonic(frame) });
        return undefined;
      };
    },
    { contexts },
  );
}

function temporalityOf(text: string): MetricItem["temporality"] {
  return text === "cumulative" || text === "delta" ? text : fail('aggregation_temporality is "cumulative" or "delta"');
}
