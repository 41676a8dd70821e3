/** Entry of the configuration: from bytes to a config that can be run, or every problem that it has. */
export { checkConfig, loadConfig, type CheckOptions } from "./check-config.ts";
export type {
  CheckedComponent,
  CheckedConfig,
  CheckedPipeline,
  ResolvedPlugin,
  ResolvePlugin,
  Startup,
} from "./checked-config.ts";
export type { ConfigDocument, Origin } from "./config-document.ts";
export { explainConfig, originText, type ExplainedValue } from "./explain-config.ts";
export { didYouMean } from "./did-you-mean.ts";
export { defaultLimits, type LoadLimits } from "./limits.ts";
export { loadBlock } from "./load-block.ts";
export { loadDocument, type ConfigSource, type LoadRequest } from "./load-document.ts";
export { configErrorPages, type ErrorPage } from "./problem-codes.ts";
export { formatPath, formatProblem, hasErrors, type ConfigPath, type Problem } from "./problem.ts";
export { renderProblem, type RenderOptions } from "./render-problem.ts";
export { runtimeSchema, type RuntimeConfig } from "./runtime-config.ts";
export { wholeConfigJsonSchema } from "./whole-config-schema.ts";
