import { attributeConditions, checkPatterns, itemMatch, matchType, severityNumber } from "@tracecore/core/config";
import type { AttributeCondition, ItemMatch } from "@tracecore/core/pdata";
import * as z from "zod";

type MatchType = ItemMatch["match_type"];

/** Which data points are meant. */
export interface MetricMatch {
  readonly match_type: MatchType;
  readonly metric_names?: readonly string[] | undefined;
  readonly attributes?: readonly AttributeCondition[] | undefined;
  readonly resource_attributes?: readonly AttributeCondition[] | undefined;
}

/** Which log records are meant. */
export interface LogMatch {
  readonly match_type: MatchType;
  readonly resource_attributes?: readonly AttributeCondition[] | undefined;
  readonly record_attributes?: readonly AttributeCondition[] | undefined;
  readonly severity_texts?: readonly string[] | undefined;
  readonly severity_number?: ItemMatch["log_severity_number"];
  readonly bodies?: readonly string[] | undefined;
}

/** What to keep and what to drop. */
export interface Sides<M> {
  readonly include?: M | undefined;
  readonly exclude?: M | undefined;
}

/** The checked options. */
export interface FilterConfig {
  readonly metrics?: Sides<MetricMatch> | undefined;
  readonly logs?: Sides<LogMatch> | undefined;
  readonly spans?: Sides<ItemMatch> | undefined;
}

const texts = z.array(z.string()).min(1).optional();
const conditions = attributeConditions().optional();
const how = matchType().describe("Whether texts are compared or matched as regular expressions.");

const metricMatch = checked(
  z.strictObject({
    match_type: how,
    metric_names: texts.describe("Names of metrics, one of which must match."),
    attributes: conditions.describe("Attributes of the data point, all of which must match."),
    resource_attributes: conditions.describe("Attributes of the resource, all of which must match."),
  }),
);

const logMatch = checked(
  z.strictObject({
    match_type: how,
    resource_attributes: conditions.describe("Attributes of the resource, all of which must match."),
    record_attributes: conditions.describe("Attributes of the record, all of which must match."),
    severity_texts: texts.describe("Severity texts, one of which must match."),
    severity_number: severityNumber().optional().describe("The severity."),
    bodies: texts.describe("Bodies that are text, one of which must match."),
  }),
);

/** Options of the processor; names are those of the OpenTelemetry Collector. */
export const config: z.ZodType<FilterConfig> = z
  .strictObject({
    metrics: sides(metricMatch).describe("Which data points to keep."),
    logs: sides(logMatch).describe("Which log records to keep."),
    spans: sides(itemMatch()).describe("Which spans to keep."),
  })
  .refine(({ metrics, logs, spans }) => (metrics ?? logs ?? spans) !== undefined, {
    error: 'nothing is filtered. Set "metrics", "logs" or "spans"',
  });

function sides<M>(match: z.ZodType<M>): z.ZodType<Sides<M> | undefined> {
  return z
    .strictObject({
      include: match.optional().describe("Drop what does not match."),
      exclude: match.optional().describe("Drop what matches."),
    })
    .refine(({ include, exclude }) => (include ?? exclude) !== undefined, { error: 'set "include" or "exclude"' })
    .optional();
}

function checked<M extends { readonly match_type: string }>(match: z.ZodType<M>): z.ZodType<M> {
  return match.superRefine((options, context) => {
    if (Object.values(options).filter((part) => part !== undefined).length === 1) {
      context.addIssue({ code: "custom", message: "nothing to match is given. Set one more option", path: [] });
    }
    checkPatterns(options, context);
  });
}
