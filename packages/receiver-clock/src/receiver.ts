import { defineMetrics, defineReceiver, scrape, type ReceiverFactory } from "@tracecore/core";
import { duration } from "@tracecore/core/config";
import * as z from "zod";

const config = z.strictObject({
  collection_interval: duration().prefault("1s").describe("Time between two readings."),
  interval: duration().optional().describe("Short form of `collection_interval`; it wins when both are set."),
  initial_delay: duration({ zero: true }).prefault("0s").describe("Time before the first reading."),
});

const metrics = defineMetrics({
  "tracecore.clock.time": {
    kind: "gauge",
    unit: "s",
    description: "Wall-clock time of the host, in seconds since 1970.",
    attributes: {},
  },
});

/** Reports the time: the smallest receiver, to try a pipeline with and to copy from. */
export const clockReceiver: ReceiverFactory = defineReceiver({
  type: "clock",
  stability: { metrics: "stable" },
  config,
  metrics,
  start({ collection_interval, interval = collection_interval, initial_delay }, ctx) {
    return scrape(ctx, { intervalMs: interval, initialDelayMs: initial_delay }, async ({ emit }) => {
      const batch = metrics.batch(ctx);
      batch.add("tracecore.clock.time", ctx.clock.nowMs() / 1000, {});
      await emit(ctx.next.metrics, batch.build());
    });
  },
});
