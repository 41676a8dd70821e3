import { defineConnector, type Batch, type ConnectorFactory, type Consumer } from "@tracecore/core";
import { eachPart } from "@tracecore/core/pdata";
import { decodedParts, failures } from "@tracecore/ottl";
import { config } from "./config.ts";
import { counters } from "./counters.ts";

/** Counts what passes, as metrics. */
export const countConnector: ConnectorFactory = defineConnector({
  type: "count",
  routes: [
    { from: "traces", to: "metrics", stability: "beta" },
    { from: "metrics", to: "metrics", stability: "beta" },
    { from: "logs", to: "metrics", stability: "beta" },
  ],
  config,
  start(options, { clock, next, scope, settings }) {
    const failed = failures({ logger: settings.telemetry.logger, clock, count: () => {} });
    const now = (): bigint => clock.nowUnixNano();
    const counting = counters(options, scope, { now, sink: failed.sink("ignore") });
    let last = 0n;
    const consumer: Consumer<Batch> = {
      async consume(batch, signal) {
        // Two counts of one series must not have the same time: the second would be taken for the first, sent again.
        const time = now();
        last = time > last ? time : last + 1n;
        const count = counting(batch.signal, last);
        const all = count.asksAllPoints && batch.signal === "metrics" ? await decodedParts(batch) : undefined;
        await eachPart(batch, (part) => count.add(part, all));
        const counts = count.build();
        if (counts.itemCount > 0) await next.metrics.consume(counts, signal);
      },
    };
    return {
      traces: consumer,
      metrics: consumer,
      logs: consumer,
      [Symbol.asyncDispose]() {
        failed.end();
        return Promise.resolve();
      },
    };
  },
});
