import { conditionProblem, inferredContext, OttlError, parseCondition, signalContexts } from "@tracecore/ottl";
import type { ContextName, ErrorMode, Signal } from "@tracecore/ottl";
import * as z from "zod";

/** Conditions as the Collector writes them since 0.146: what they are over is found out from their paths. */
export type InferredConditions = readonly (string | ConditionGroup)[] | undefined;

interface ConditionGroup {
  readonly context?: ContextName | undefined;
  readonly conditions: readonly string[];
  readonly error_mode?: ErrorMode | undefined;
}

/** What a condition that fails does, by its text, where it is not what the option of the processor says. */
export type ErrorModes = ReadonlyMap<string, ErrorMode>;

/** The list of conditions that a condition over each context belongs to: one over a resource drops all that it has. */
const lists = {
  metrics: { resource: "resource", scope: "scope", metric: "metric", datapoint: "datapoint" },
  logs: { resource: "resource", scope: "scope", log: "log_record" },
  traces: { resource: "resource", scope: "scope", span: "span", spanevent: "spanevent" },
} as const;

type ListName = "resource" | "scope" | "metric" | "datapoint" | "log_record" | "span" | "spanevent";

/** What the conditions of each list may name. */
const contextOf: Readonly<Record<ListName, ContextName>> = {
  resource: "resource",
  scope: "scope",
  metric: "metric",
  datapoint: "datapoint",
  log_record: "log",
  span: "span",
  spanevent: "spanevent",
};

/** The option `metric_conditions`, `log_conditions` or `trace_conditions`. */
export function inferredConditions(signal: Signal): z.ZodType<InferredConditions> {
  const group = z.strictObject({
    context: z
      .enum(signalContexts[signal] as [ContextName, ...ContextName[]])
      .optional()
      .describe("What the conditions are over; found out from their paths without it."),
    conditions: z.array(z.string()).min(1).describe("The conditions."),
    error_mode: z.enum(["ignore", "silent", "propagate"]).optional().describe("Takes the place of `error_mode` above."),
  });
  return z
    .array(z.union([z.string(), group]))
    .min(1)
    .superRefine((entries, context) => {
      for (const [index, entry] of entries.entries()) {
        const isText = typeof entry === "string";
        for (const [at, text] of (isText ? [entry] : entry.conditions).entries()) {
          const problem = problemOf(signal, isText ? undefined : entry.context, text);
          if (problem === undefined) continue;
          const path = isText ? [index] : [index, "conditions", at];
          const { message, offset } = problem;
          context.addIssue({ code: "custom", path, message, params: { offset } });
        }
      }
    })
    .optional();
}

/** The conditions of each list; none of those that have no condition. */
export function conditionLists(
  signal: Signal,
  given: InferredConditions,
): Partial<Record<ListName, string[]>> & { readonly error_modes: ErrorModes } {
  const found: Partial<Record<ListName, string[]>> = {};
  for (const entry of given ?? []) {
    const { context, conditions } = typeof entry === "string" ? { context: undefined, conditions: [entry] } : entry;
    for (const text of conditions) (found[listOf(signal, context, text)] ??= []).push(text);
  }
  return { ...found, error_modes: errorModes(given) };
}

/** The modes of those groups that have one. */
function errorModes(given: InferredConditions): ErrorModes {
  const modes = new Map<string, ErrorMode>();
  for (const entry of given ?? []) {
    if (typeof entry === "string" || entry.error_mode === undefined) continue;
    for (const text of entry.conditions) modes.set(text, entry.error_mode);
  }
  return modes;
}

function problemOf(signal: Signal, context: ContextName | undefined, text: string): OttlError | undefined {
  try {
    const over = contextOf[listOf(signal, context, text)];
    return conditionProblem(over, text, context === undefined ? signalContexts[signal] : undefined);
  } catch (error) {
    if (error instanceof OttlError) return error;
    throw error;
  }
}

/** Throws OttlError. */
function listOf(signal: Signal, given: ContextName | undefined, text: string): ListName {
  const context = given ?? inferredContext(signal, [parseCondition(text).expression]);
  const list = context && (lists[signal] as Readonly<Partial<Record<ContextName, ListName>>>)[context];
  if (list !== undefined) return list;
  const known = signalContexts[signal].join(", ");
  throw new OttlError(`no context of ${signal} has all that this names`, text, 0, `Known: ${known}`);
}
