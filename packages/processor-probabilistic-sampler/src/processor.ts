import { defineProcessor, type ProcessorFactory } from "@tracecore/core";
import { DropLog } from "@tracecore/core/temporality";
import { config } from "./config.ts";
import { sampleLogs, sampleTraces, type Sampled } from "./sample-batch.ts";
import { sampler, type Trouble } from "./sampler.ts";

const reasons: Readonly<Record<Trouble, string>> = {
  missing_randomness: "they have no trace ID and no other value to decide by",
  randomness_in_use: "another sampler has marked them. Set mode to proportional or equalizing",
  inconsistent: "by the threshold that they bring they should have been left out before",
  unreadable: "what samplers before wrote into them cannot be read",
};

/** Keeps a share of spans and log records. */
export const probabilisticSamplerProcessor: ProcessorFactory = defineProcessor({
  type: "probabilistic_sampler",
  stability: { logs: "beta", traces: "beta" },
  config,
  start(options, { clock, next, settings, telemetry }) {
    const decide = sampler(options);
    const log = new DropLog<Trouble>(settings.telemetry.logger, clock, reasons);
    const count = (before: number, { batch, troubles }: Sampled<{ readonly itemCount: number }>): void => {
      let undecided = 0;
      for (const [trouble, items] of troubles) {
        undecided += items;
        log.add(trouble, items);
      }
      if (undecided > 0) telemetry.incItemsDropped(undecided, "undecided");
      const left = before - batch.itemCount - undecided;
      if (left > 0) telemetry.incItemsDropped(left, "not_sampled");
      telemetry.incItemsOut(batch.itemCount);
    };
    return {
      logs: {
        async consume(batch, abort) {
          telemetry.incItemsIn(batch.itemCount);
          const sampled = sampleLogs(batch, decide, options);
          if (sampled.batch.itemCount > 0) await next.logs.consume(sampled.batch, abort);
          // Only now: a sender whose batch was refused sends it again, and the same is decided again.
          count(batch.itemCount, sampled);
        },
      },
      traces: {
        async consume(batch, abort) {
          telemetry.incItemsIn(batch.itemCount);
          const sampled = sampleTraces(batch, decide);
          if (sampled.batch.itemCount > 0) await next.traces.consume(sampled.batch, abort);
          count(batch.itemCount, sampled);
        },
      },
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  },
});
