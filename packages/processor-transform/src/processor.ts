import { defineProcessor, type Batch, type Consumer, type ProcessorFactory } from "@tracecore/core";
import { failures, flatGroups, transform, type Failures, type Signal, type Transform } from "@tracecore/ottl";
import { config, type GroupConfig, type TransformConfig } from "./config.ts";

/** Changes telemetry with statements in OTTL. */
export const transformProcessor: ProcessorFactory = defineProcessor({
  type: "transform",
  stability: { metrics: "beta", logs: "beta", traces: "beta" },
  config,
  start(options, { clock, next, settings, telemetry }) {
    const failed = failures({
      logger: settings.telemetry.logger,
      clock,
      count: () => telemetry.incError("statement"),
    });
    const now = (): bigint => clock.nowUnixNano();
    const transforms: Record<Signal, readonly Transform[]> = {
      metrics: transformsOf("metrics", options, failed, now),
      logs: transformsOf("logs", options, failed, now),
      traces: transformsOf("traces", options, failed, now),
    };
    const consumer: Consumer<Batch> = {
      async consume(batch, abort) {
        telemetry.incItemsIn(batch.itemCount);
        let changed = batch;
        for (const one of transforms[batch.signal]) {
          const after = one(changed);
          changed = after instanceof Promise ? await after : after;
        }
        await (next[batch.signal] as Consumer<Batch>).consume(changed, abort);
        telemetry.incItemsOut(changed.itemCount);
      },
    };
    return {
      metrics: consumer,
      logs: consumer,
      traces: consumer,
      [Symbol.asyncDispose]() {
        failed.end();
        return Promise.resolve();
      },
    };
  },
});

/** The option that holds the statements of each signal. */
const lists = { metrics: "metric_statements", logs: "log_statements", traces: "trace_statements" } as const;

function transformsOf(signal: Signal, options: TransformConfig, failed: Failures, now: () => bigint): Transform[] {
  return groupsOf(signal, options[lists[signal]] ?? []).map((group) =>
    transform(signal, group, { sink: failed.sink(group.error_mode ?? options.error_mode), now }),
  );
}

/** The entries of a list, in their order; statements that stand by themselves run together where that means the same. */
function groupsOf(signal: Signal, entries: readonly (string | GroupConfig)[]): GroupConfig[] {
  const groups: GroupConfig[] = [];
  let flat: string[] = [];
  const endFlat = (): void => {
    groups.push(...flatGroups(signal, flat));
    flat = [];
  };
  for (const entry of entries) {
    if (typeof entry === "string") flat.push(entry);
    else {
      endFlat();
      groups.push(entry);
    }
  }
  endFlat();
  return groups;
}
