import { refusedOption } from "@tracecore/core/config";
import { conditionProblem, type ContextName } from "@tracecore/ottl";
import type { AttributeValue } from "@tracecore/core/pdata";
import * as z from "zod";

/** One metric to make. */
export interface CountConfig {
  readonly description?: string | undefined;
  readonly conditions?: readonly string[] | undefined;
  readonly attributes?: readonly CountAttribute[] | undefined;
}

/** An attribute by which is counted. */
export interface CountAttribute {
  readonly key: string;
  readonly default_value?: AttributeValue | undefined;
}

/** The checked options: metrics by name, for each kind of thing that can be counted. */
export type CountConnectorConfig = Readonly<Record<Counted, Readonly<Record<string, CountConfig>> | undefined>>;

/** What can be counted. */
export type Counted = "spans" | "spanevents" | "metrics" | "datapoints" | "logs";

const contexts: Readonly<Record<Counted, ContextName>> = {
  spans: "span",
  spanevents: "spanevent",
  metrics: "metric",
  datapoints: "datapoint",
  logs: "log",
};

/** Options of the connector; names are those of the OpenTelemetry Collector. */
export const config: z.ZodType<CountConnectorConfig> = z.strictObject({
  spans: metricsFor("spans").describe("Metrics that count spans, by name, in place of `trace.span.count`."),
  spanevents: metricsFor("spanevents").describe(
    "Metrics that count events of spans, by name, in place of `trace.span.event.count`.",
  ),
  metrics: metricsFor("metrics").describe("Metrics that count metrics, by name, in place of `metric.count`."),
  datapoints: metricsFor("datapoints").describe(
    "Metrics that count data points, by name, in place of `metric.datapoint.count`.",
  ),
  logs: metricsFor("logs").describe("Metrics that count log records, by name, in place of `log.record.count`."),
  profiles: refusedOption("there are no profiles. Leave it out"),
}) as z.ZodType<CountConnectorConfig>;

function metricsFor(counted: Counted): z.ZodType<Record<string, CountConfig> | undefined> {
  const attribute = z.strictObject({
    key: z.string().min(1).describe("Attribute of the item, of its scope or of its resource."),
    default_value: z
      .union([z.string(), z.number(), z.boolean()])
      .optional()
      .describe("What items without the attribute are counted under; without it they are not counted."),
    any_depth: refusedOption(
      "attributes are looked up by their whole name. Leave it out; a transform processor can copy what lies deeper",
    ),
  });
  const metric = z.strictObject({
    description: z.string().optional().describe("Description of the metric."),
    conditions: z
      .array(z.string())
      .optional()
      .describe("Conditions in OTTL: only what one of them holds for is counted."),
    attributes: z.array(attribute).optional().describe("Count by the values of these attributes."),
  });
  return z
    .record(z.string().min(1), metric)
    .superRefine((metrics, context) => {
      for (const [name, { attributes, conditions }] of Object.entries(metrics)) {
        checkAttributes(counted, attributes, (path, message) => {
          context.addIssue({ code: "custom", path: [name, "attributes", ...path], message });
        });
        for (const [index, text] of (conditions ?? []).entries()) {
          const problem = conditionProblem(contexts[counted], text);
          if (problem === undefined) continue;
          const { message, offset } = problem;
          context.addIssue({ code: "custom", path: [name, "conditions", index], message, params: { offset } });
        }
      }
    })
    .optional();
}

function checkAttributes(
  counted: Counted,
  attributes: readonly CountAttribute[] = [],
  issue: (path: (string | number)[], message: string) => void,
): void {
  if (counted === "metrics" && attributes.length > 0) {
    issue([], 'metrics have no attributes. Count "datapoints" by them');
  }
  const seen = new Set<string>();
  for (const [index, { key }] of attributes.entries()) {
    if (seen.has(key)) issue([index, "key"], `"${key}" stands in the list twice. Remove one`);
    seen.add(key);
  }
}
