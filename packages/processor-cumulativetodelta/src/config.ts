import { anyCase, checkPatterns, duration, matchType, unusedOption } from "@tracecore/core/config";
import * as z from "zod";

/** Which metrics are meant. */
export interface MetricChoice {
  readonly match_type?: "strict" | "regexp" | undefined;
  readonly metrics?: readonly string[] | undefined;
  readonly metric_types?: readonly string[] | undefined;
}

/** The checked options. Times in milliseconds. */
export interface CumulativeToDeltaConfig {
  readonly include?: MetricChoice | undefined;
  readonly exclude?: MetricChoice | undefined;
  readonly max_staleness: number;
  readonly initial_value: "auto" | "keep" | "drop";
  readonly max_series: number;
  readonly start_time_tolerance: number;
}

/** Kinds of metrics that can be converted. `exponentialhistogram` is how the Collector spells it. */
const metricTypes = ["sum", "histogram", "exponential_histogram", "exponentialhistogram"] as const;

const choice: z.ZodType<MetricChoice> = z
  .strictObject({
    match_type: matchType().optional().describe("Whether names are compared or matched as regular expressions."),
    regexp: unusedOption(z.record(z.string(), z.unknown()), "patterns need no cache."),
    metrics: z.array(z.string()).min(1).optional().describe("Names of metrics, one of which must match."),
    metric_types: z
      .array(anyCase(z.enum(metricTypes)))
      .min(1)
      .optional()
      .describe("Kinds of metrics, one of which it must be; with `metrics`, both must match."),
  })
  .superRefine((given, context) => {
    const { match_type: how, metrics, metric_types } = given;
    if ((metrics ?? metric_types) === undefined) {
      context.addIssue({ code: "custom", message: 'nothing to match is given. Set "metrics" or "metric_types"' });
    }
    if (metrics !== undefined && how === undefined) {
      context.addIssue({
        code: "custom",
        path: ["metrics"],
        message: 'say in "match_type" how names match: strict or regexp',
      });
    }
    if (how !== undefined) checkPatterns({ match_type: how, ...(metrics !== undefined && { metrics }) }, context);
  });

/** Options of the processor; names are those of the OpenTelemetry Collector, `max_series` and `start_time_tolerance` are ours. */
export const config: z.ZodType<CumulativeToDeltaConfig> = z.strictObject({
  include: choice.optional().describe("Convert only what matches; everything without it."),
  exclude: choice.optional().describe("Leave what matches as it is, whatever `include` says."),
  max_staleness: duration({ zero: true })
    .prefault("0s")
    .describe("How long a series may be silent before it is forgotten; 0s for ever."),
  initial_value: z
    .enum(["auto", "keep", "drop"])
    .default("auto")
    .describe(
      "What becomes of the first value of a series: `keep` sends it, `drop` only counts from there, `auto` sends it where the series has begun since the processor did.",
    ),
  max_series: z
    .int()
    .min(1)
    .max(10_000_000)
    .default(200_000)
    .describe("How many series are remembered. Points of further ones are dropped and counted."),
  start_time_tolerance: duration({ zero: true })
    .prefault("0s")
    .describe("By how much the start time of a series may move without being taken for a restart."),
});
