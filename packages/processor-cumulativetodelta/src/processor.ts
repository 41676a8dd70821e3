import { defineProcessor, type ProcessorFactory } from "@tracecore/core";
import { rewritingStage } from "@tracecore/core/temporality";
import { config } from "./config.ts";
import { DeltaMaker, type DeltaDropReason } from "./delta-maker.ts";

/** Makes deltas of cumulative sums and histograms. */
export const cumulativeToDeltaProcessor: ProcessorFactory = defineProcessor({
  type: "cumulativetodelta",
  stability: { metrics: "beta" },
  config,
  start(options, context) {
    return rewritingStage<DeltaDropReason>(new DeltaMaker(options, context.clock), context, {
      initial: undefined,
      cardinality: `their series are beyond max_series (${options.max_series}). Raise it, or send fewer series`,
      out_of_order: "they are not newer than the last point of their series",
      overlap: "their start time lies before the last point of their series: do two sources write the same series?",
      invalid: "no cumulative point can have their value or time",
    });
  },
});
