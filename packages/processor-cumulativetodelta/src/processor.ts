import { defineProcessor, type ProcessorFactory } from "@tracecore/core";
import { DropLog, Turns } from "@tracecore/core/temporality";
import { config } from "./config.ts";
import { DeltaMaker, type DeltaDropReason } from "./delta-maker.ts";

/** Makes deltas of cumulative sums and histograms. */
export const cumulativeToDeltaProcessor: ProcessorFactory = defineProcessor({
  type: "cumulativetodelta",
  stability: { metrics: "beta" },
  config,
  start(options, { clock, dropped, next, settings, telemetry }) {
    const maker = new DeltaMaker(options, clock);
    // One batch at a time: what a batch changes counts only once it was taken, and the one after it counts from there.
    const turns = new Turns();
    const log = new DropLog<Exclude<DeltaDropReason, "initial">>(settings.telemetry.logger, clock, {
      cardinality: `their series are beyond max_series (${options.max_series}). Raise it, or send fewer series`,
      out_of_order: "they are not newer than the last point of their series",
      overlap: "their start time lies before the last point of their series: do two sources write the same series?",
      invalid: "no cumulative point can have their value or time",
    });
    return {
      metrics: {
        async consume(batch, abort) {
          telemetry.incItemsIn(batch.itemCount);
          await turns.take(abort, async () => {
            const converted = maker.convert(batch);
            try {
              if (converted.batch.itemCount > 0) await next.metrics.consume(converted.batch, abort);
            } catch (error) {
              maker.discard();
              throw error;
            }
            maker.commit();
            telemetry.incItemsOut(converted.batch.itemCount);
            for (const [reason, items] of converted.drops) {
              telemetry.incItemsDropped(items, reason);
              if (reason === "initial") continue;
              dropped(items);
              log.add(reason, items);
            }
          });
        },
      },
      [Symbol.asyncDispose]: () => maker[Symbol.asyncDispose](),
    };
  },
});
