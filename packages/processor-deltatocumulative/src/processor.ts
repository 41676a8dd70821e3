import { defineProcessor, type ProcessorFactory } from "@tracecore/core";
import { duration } from "@tracecore/core/config";
import { rewritingStage } from "@tracecore/core/temporality";
import * as z from "zod";
import { Accumulator, type SumDropReason } from "./accumulator.ts";

/** The default of the Collector is the largest number that it can write. */
const MOST_STREAMS = 10_000_000;

const config = z.strictObject({
  max_stale: duration({ zero: true })
    .prefault("5m")
    .describe("How long a series may be silent before it is forgotten and begins anew; 0s for ever."),
  max_streams: z
    .number()
    .min(1)
    .refine((given) => given < 1 || Number.isInteger(given), { error: "expected a whole number" })
    .transform((given) => Math.min(given, MOST_STREAMS))
    .prefault(200_000)
    .describe("How many series are summed up, 10 million at most. Points of further ones are dropped and counted."),
  max_buckets: z
    .int()
    .min(4)
    .max(65_536)
    .default(160)
    .describe("How many buckets each side of an exponential histogram may have; beyond it the scale goes down."),
  gaps: z
    .enum(["restart", "join"])
    .default("restart")
    .describe(
      "What becomes of a point that begins after the last one ended: `restart` begins a new sum with it, `join` adds it, for sources that leave out points where nothing happened.",
    ),
});

/** Makes cumulative sums and histograms of deltas. */
export const deltaToCumulativeProcessor: ProcessorFactory = defineProcessor({
  type: "deltatocumulative",
  stability: { metrics: "beta" },
  config,
  start(options, context) {
    return rewritingStage<SumDropReason>(new Accumulator(options, context.clock), context, {
      cardinality: `their series are beyond max_streams (${options.max_streams}). Raise it, or send fewer series`,
      out_of_order: "they begin before the end of the last point of their series, and would be counted twice",
      invalid: "no delta can have their value or time",
    });
  },
});
