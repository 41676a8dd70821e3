import {
  attributeConditions,
  checkPatterns,
  itemMatch,
  matchType,
  refusedOption,
  severityNumber,
  unusedOption,
} from "@tracecore/core/config";
import type { AttributeCondition, ItemMatch } from "@tracecore/core/pdata";
import { conditionProblem, type ContextName, type ErrorMode } from "@tracecore/ottl";
import * as z from "zod";
import { conditionLists, inferredConditions, type ErrorModes } from "./inferred-conditions.ts";

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

/** Conditions in OTTL, one of which must hold for an item to be dropped. */
export type ConditionList = readonly string[] | undefined;

/** Conditions on where items come from; those on scopes stand in lists whose context is found out. */
export interface OriginLists {
  readonly error_modes?: ErrorModes | undefined;
  readonly resource?: ConditionList;
  readonly scope?: ConditionList;
}

/** The checked options. */
export interface FilterConfig {
  readonly error_mode: ErrorMode;
  readonly metrics?:
    | (Sides<MetricMatch> & OriginLists & { readonly metric?: ConditionList; readonly datapoint?: ConditionList })
    | undefined;
  readonly logs?: (Sides<LogMatch> & OriginLists & { readonly log_record?: ConditionList }) | undefined;
  readonly spans?: Sides<ItemMatch> | undefined;
  readonly traces?: (OriginLists & { readonly span?: ConditionList; readonly spanevent?: ConditionList }) | undefined;
}

const resources = (): z.ZodType<ConditionList> =>
  conditionList("resource").describe("Drop all of a resource for which one of these conditions holds.");
const cache = (): z.ZodOptional<z.ZodRecord<z.ZodString, z.ZodUnknown>> =>
  unusedOption(z.record(z.string(), z.unknown()), "patterns need no cache.");
const texts = z.array(z.string()).min(1).optional();
const conditions = attributeConditions().optional();
const how = matchType()
  .optional()
  .describe("Whether texts are compared or matched as regular expressions; needed where there are any.");

const metricMatch = checked<MetricMatch>(
  z.strictObject({
    match_type: how,
    regexp: cache(),
    metric_names: texts.describe("Names of metrics, one of which must match."),
    expressions: refusedOption(
      'expressions are written in OTTL, such as name == "my.metric". Leave it out, and write them under "metric" or "datapoint"',
    ),
    attributes: conditions.describe("Attributes of the data point, all of which must match."),
    resource_attributes: conditions.describe("Attributes of the resource, all of which must match."),
  }),
);

const logMatch = checked<LogMatch>(
  z.strictObject({
    match_type: how,
    resource_attributes: conditions.describe("Attributes of the resource, all of which must match."),
    record_attributes: conditions.describe("Attributes of the record, all of which must match."),
    severity_texts: texts.describe("Severity texts, one of which must match."),
    severity_number: severityNumber().optional().describe("The severity."),
    bodies: texts.describe("Bodies, one of which must match as text."),
  }),
);

/** Options of the processor; names are those of the OpenTelemetry Collector. */
export const config: z.ZodType<FilterConfig> = z
  .strictObject({
    error_mode: z
      .enum(["ignore", "silent", "propagate"])
      .default("ignore")
      .describe(
        "What a condition that fails does: `ignore` logs it and goes on, `silent` only goes on, `propagate` refuses the batch.",
      ),
    metrics: sides(metricMatch, {
      resource: resources(),
      metric: conditionList("metric").describe("Drop metrics for which one of these conditions holds."),
      datapoint: conditionList("datapoint").describe("Drop data points for which one of these holds."),
    }).describe("Which data points to keep."),
    logs: sides(logMatch, {
      resource: resources(),
      log_record: conditionList("log").describe("Drop log records for which one of these holds."),
    }).describe("Which log records to keep."),
    spans: sides(itemMatch(), {}).describe("Which spans to keep."),
    traces: z
      .strictObject({
        resource: resources(),
        span: conditionList("span").describe("Drop spans for which one of these conditions holds."),
        spanevent: conditionList("spanevent").describe("Drop events of spans for which one of these holds."),
      })
      .refine(({ resource, span, spanevent }) => (resource ?? span ?? spanevent) !== undefined, {
        error: 'set "resource", "span" or "spanevent"',
      })
      .optional()
      .describe("Which spans and events to keep, by conditions."),
    metric_conditions: inferredConditions("metrics").describe(
      "Drop that for which one of these holds: metrics, data points, or all of a resource, as their paths say.",
    ),
    log_conditions: inferredConditions("logs").describe("Drop log records, or all of a resource, likewise."),
    trace_conditions: inferredConditions("traces").describe(
      "Drop spans, events of spans, or all of a resource, likewise.",
    ),
    profiles: refusedOption("there are no profiles. Leave it out"),
    profile_conditions: refusedOption("there are no profiles. Leave it out"),
  })
  .refine(
    ({ error_mode: _mode, profiles: _none, profile_conditions: _nor, ...sets }) =>
      Object.values(sets).some((set) => set !== undefined),
    {
      error: 'nothing is filtered. Set "metrics", "logs", "spans" or "traces"',
    },
  )
  .refine(({ spans, traces }) => spans === undefined || traces === undefined, {
    error: '"spans" and "traces" exclude each other. Write all as conditions under "traces"',
    path: ["spans"],
  })
  .superRefine((options, context) => {
    for (const [inferred, ...others] of exclusive) {
      if (options[inferred] === undefined) continue;
      const other = others.find((name) => options[name] !== undefined);
      if (other === undefined) continue;
      const message = `"${inferred}" and "${other}" exclude each other. Write all in one of them`;
      context.addIssue({ code: "custom", path: [inferred], message });
    }
  })
  .transform(({ metric_conditions, log_conditions, trace_conditions, ...options }): FilterConfig => ({
    ...options,
    ...(metric_conditions !== undefined && { metrics: conditionLists("metrics", metric_conditions) }),
    ...(log_conditions !== undefined && { logs: conditionLists("logs", log_conditions) }),
    ...(trace_conditions !== undefined && { traces: conditionLists("traces", trace_conditions) }),
  }));

/** Options that say the same in two ways. */
const exclusive = [
  ["metric_conditions", "metrics"],
  ["log_conditions", "logs"],
  ["trace_conditions", "traces", "spans"],
] as const;

function sides<M, C extends Readonly<Record<string, z.ZodType<ConditionList>>>>(
  match: z.ZodType<M>,
  conditionsBy: C,
): z.ZodType<(Sides<M> & { readonly [N in keyof C]?: ConditionList }) | undefined> {
  const names = ["include", "exclude", ...Object.keys(conditionsBy)];
  return z
    .strictObject({
      include: match.optional().describe("Drop what does not match."),
      exclude: match.optional().describe("Drop what matches."),
      ...conditionsBy,
    })
    .superRefine((given, context) => {
      const set = names.filter((name) => (given as Readonly<Record<string, unknown>>)[name] !== undefined);
      const fault = (message: string): void => context.addIssue({ code: "custom", path: [], message });
      if (set.length === 0) {
        fault(
          `set ${names
            .slice(0, -1)
            .map((name) => `"${name}"`)
            .join(", ")} or "${names.at(-1)}"`,
        );
      }
      const condition = set.find((name) => name in conditionsBy);
      if (condition !== undefined && (set.includes("include") || set.includes("exclude"))) {
        fault(`"${set[0]}" and "${condition}" exclude each other. Write all as conditions`);
      }
    })
    .optional() as unknown as z.ZodType<(Sides<M> & { readonly [N in keyof C]?: ConditionList }) | undefined>;
}

function conditionList(context: ContextName): z.ZodType<ConditionList> {
  return z
    .array(z.string())
    .min(1)
    .superRefine((list, refinement) => {
      for (const [index, text] of list.entries()) {
        const problem = conditionProblem(context, text);
        if (problem === undefined) continue;
        const { message, offset } = problem;
        refinement.addIssue({ code: "custom", path: [index], message, params: { offset } });
      }
    })
    .optional();
}

type Unchecked<M> = Omit<M, "match_type"> & {
  readonly match_type?: MatchType | undefined;
  readonly regexp?: unknown;
};

function checked<M extends { readonly match_type: MatchType }>(match: z.ZodType<Unchecked<M>>): z.ZodType<M> {
  return match
    .superRefine((options, context) => {
      const { match_type: type, regexp: _cache, ...wanted } = options;
      if (Object.values(wanted).every((part) => part === undefined)) {
        context.addIssue({ code: "custom", message: "nothing to match is given. Set one more option", path: [] });
      }
      const compared = Object.entries(wanted).find(([, entries]) => Array.isArray(entries) && entries.some(isCompared));
      if (type !== undefined) checkPatterns({ ...options, match_type: type }, context);
      else if (compared !== undefined) {
        const message = 'say in "match_type" how it is matched: strict or regexp';
        context.addIssue({ code: "custom", message, path: [compared[0]] });
      }
    })
    .transform((options) => ({ ...options, match_type: options.match_type ?? "strict" })) as unknown as z.ZodType<M>;
}

/** An attribute without a value only has to be there. */
function isCompared(entry: unknown): boolean {
  return typeof entry === "string" || (entry as { readonly value?: unknown }).value !== undefined;
}
