import { defineProcessor, type ProcessorFactory } from "@tracecore/core";
import { duration, refusedOption, unusedOption } from "@tracecore/core/config";
import * as z from "zod";
import { BatchJoiner } from "./batch-joiner.ts";

const size = z.int().min(0).max(Number.MAX_SAFE_INTEGER);

const config = z
  .strictObject({
    timeout: duration({ zero: true }).prefault("200ms").describe("How long items wait for more; 0s sends at once."),
    send_batch_size: size.default(8192).describe("Send once there are this many items; 0 sends at once."),
    send_batch_max_size: size.default(0).describe("Split batches that have more items; 0 for no limit."),
    metadata_keys: refusedOption(
      "what clients send beside the data is not kept, so batches cannot be made by it. Leave it out",
    ),
    metadata_cardinality_limit: unusedOption(size, "there is one batch per signal."),
  })
  .refine(({ send_batch_size, send_batch_max_size: max }) => max === 0 || max >= send_batch_size, {
    path: ["send_batch_max_size"],
    error: '"send_batch_max_size" is below "send_batch_size". Raise it, or lower the other',
  });

/** Joins small batches into larger ones. */
export const batchProcessor: ProcessorFactory = defineProcessor({
  type: "batch",
  stability: { metrics: "beta", logs: "beta", traces: "beta" },
  config,
  start(options, ctx) {
    const joiners = {
      metrics: new BatchJoiner("metrics", options, ctx),
      logs: new BatchJoiner("logs", options, ctx),
      traces: new BatchJoiner("traces", options, ctx),
    };
    return {
      ...joiners,
      async [Symbol.asyncDispose]() {
        await Promise.all(Object.values(joiners).map((joiner) => joiner.finish()));
      },
    };
  },
});
