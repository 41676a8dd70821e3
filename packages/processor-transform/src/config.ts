import {
  groupProblems,
  signalContexts,
  type ContextName,
  type ErrorMode,
  type Signal,
  type StatementGroup,
} from "@tracecore/ottl";
import { refusedOption } from "@tracecore/core/config";
import * as z from "zod";

/** A list of statements with what applies to all of them. */
export interface GroupConfig extends StatementGroup {
  readonly error_mode?: ErrorMode | undefined;
}

/** The checked options. */
export interface TransformConfig {
  readonly error_mode: ErrorMode;
  readonly metric_statements?: readonly (string | GroupConfig)[] | undefined;
  readonly log_statements?: readonly (string | GroupConfig)[] | undefined;
  readonly trace_statements?: readonly (string | GroupConfig)[] | undefined;
}

const errorMode = z.enum(["ignore", "silent", "propagate"]);

/** Options of the processor; names are those of the OpenTelemetry Collector. */
export const config: z.ZodType<TransformConfig> = z
  .strictObject({
    error_mode: errorMode
      .default("ignore")
      .describe(
        "What a statement that fails does: `ignore` logs it and goes on, `silent` only goes on, `propagate` refuses the batch.",
      ),
    flatten_data: refusedOption("records are not given resources of their own. Leave it out"),
    profile_statements: refusedOption("there are no profiles. Leave it out"),
    metric_statements: statements("metrics").describe("Statements for metrics, in this order."),
    log_statements: statements("logs").describe("Statements for log records, in this order."),
    trace_statements: statements("traces").describe("Statements for spans, in this order."),
  })
  .refine(
    (options) => (options.metric_statements ?? options.log_statements ?? options.trace_statements) !== undefined,
    {
      error: 'nothing is transformed. Set "metric_statements", "log_statements" or "trace_statements"',
    },
  );

function statements(signal: Signal): z.ZodType<(string | GroupConfig)[] | undefined> {
  const group = z.strictObject({
    context: z
      .enum(signalContexts[signal] as [ContextName, ...ContextName[]])
      .optional()
      .describe("What the statements run over; found out from their paths without it."),
    conditions: z.array(z.string()).optional().describe("The statements run where one of these holds."),
    statements: z.array(z.string()).min(1).describe("The statements, in this order."),
    error_mode: errorMode.optional().describe("Takes the place of `error_mode` above."),
  });
  return z
    .array(z.union([z.string(), group]))
    .superRefine((list, context) => {
      for (const [index, entry] of list.entries()) {
        const flat = typeof entry === "string";
        for (const problem of groupProblems(signal, flat ? { statements: [entry] } : entry)) {
          const path = flat ? [index] : [index, problem.list, problem.index];
          const { message, offset } = problem.error;
          context.addIssue({ code: "custom", path, message, params: { offset } });
        }
      }
    })
    .optional();
}
