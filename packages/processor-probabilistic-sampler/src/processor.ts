import { defineProcessor, type Consumer, type ProcessorFactory } from "@tracecore/core";
import { mapParts, type Logs, type Traces } from "@tracecore/core/pdata";
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
    const decideLog = sampler(options);
    // Spans have no attribute in its place: without the trace ID none could be decided.
    const decideSpan = sampler({ ...options, attribute_source: "traceID" });
    const log = new DropLog<Trouble>(settings.telemetry.logger, clock, reasons);
    const count = (before: number, left: number, troubles: ReadonlyMap<Trouble, number>): void => {
      let undecided = 0;
      for (const [trouble, items] of troubles) {
        undecided += items;
        log.add(trouble, items);
      }
      if (undecided > 0) telemetry.incItemsDropped(undecided, "undecided");
      const out = before - left - undecided;
      if (out > 0) telemetry.incItemsDropped(out, "not_sampled");
      telemetry.incItemsOut(left);
    };
    const sampling = <B extends Logs | Traces>(after: Consumer<B>, sample: (part: B) => Sampled<B>): Consumer<B> => ({
      async consume(batch, abort) {
        telemetry.incItemsIn(batch.itemCount);
        const troubles = new Map<Trouble, number>();
        const left = await mapParts(batch, (part) => {
          const sampled = sample(part);
          for (const [trouble, items] of sampled.troubles) troubles.set(trouble, (troubles.get(trouble) ?? 0) + items);
          return sampled.batch;
        });
        if (left.itemCount > 0) await after.consume(left, abort);
        // Only now: a sender whose batch was refused sends it again, and the same is decided again.
        count(batch.itemCount, left.itemCount, troubles);
      },
    });
    return {
      logs: sampling(next.logs, (part) => sampleLogs(part, decideLog, options)),
      traces: sampling(next.traces, (part) => sampleTraces(part, decideSpan)),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  },
});
