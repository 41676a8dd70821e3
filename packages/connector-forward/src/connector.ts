import { defineConnector, type Batch, type ConnectorFactory, type Consumer } from "@tracecore/core";
import { noOptions } from "@tracecore/core/config";

/** Joins pipelines of one signal: hands on what it is given, as it is. */
export const forwardConnector: ConnectorFactory = defineConnector({
  type: "forward",
  routes: [
    { from: "metrics", to: "metrics", stability: "beta" },
    { from: "logs", to: "logs", stability: "beta" },
    { from: "traces", to: "traces", stability: "beta" },
  ],
  config: noOptions(),
  start(_, { next }) {
    const consumer: Consumer<Batch> = {
      consume: (batch, signal) => (next[batch.signal] as Consumer<Batch>).consume(batch, signal),
    };
    return { metrics: consumer, logs: consumer, traces: consumer, [Symbol.asyncDispose]: () => Promise.resolve() };
  },
});
