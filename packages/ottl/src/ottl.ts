/** Entry of `@tracecore/ottl`: the transformation language of the OpenTelemetry Collector over batches. */
export {
  decodedParts,
  dropLogs,
  dropMetrics,
  dropPoints,
  dropSpanEvents,
  dropSpans,
  type DropOptions,
} from "./apply/dropping.ts";
export { dropOrigins } from "./apply/dropping-origins.ts";
export { transform, type Transform, type TransformOptions } from "./apply/transformer.ts";
export { inferredContext, signalContexts, type Signal } from "./compile/contexts.ts";
export {
  conditionProblem,
  flatGroups,
  groupProblems,
  readsAllPoints,
  type ErrorSink,
  type GroupProblem,
  type StatementGroup,
} from "./compile/program.ts";
export { failures, type ErrorMode, type FailureOptions, type Failures } from "./failures.ts";
export type { ContextName } from "./frame.ts";
export { functionNames } from "./functions/registry.ts";
export { parseCondition, parseStatement } from "./language/parser.ts";
export type { Argument, Call, Condition, Expression, Path, Statement } from "./language/syntax.ts";
export { OttlDataError, OttlError } from "./ottl-error.ts";
