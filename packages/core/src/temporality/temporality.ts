/** Entry of `@tracecore/core/temporality`: what processors need that make deltas of cumulative points, or the other way round. */
export { DropLog } from "./drop-log.ts";
export { exponentialValues, type ExponentialValue } from "./exponential-values.ts";
export { histogramValues, type HistogramValue } from "./histogram-values.ts";
export { numberValues, type NumberValue } from "./number-values.ts";
export type { PointKind } from "./point-kind.ts";
export type { Decision, PointKinds } from "./rewrite-metrics.ts";
export { rewritingStage, type PointRewriter } from "./rewriting-stage.ts";
export { SeriesStates, type SeriesStatesOptions } from "./series-states.ts";
