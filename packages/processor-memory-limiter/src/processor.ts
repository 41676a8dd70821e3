import { totalmem } from "node:os";
import {
  ConsumeError,
  defineProcessor,
  reportStatus,
  type Batch,
  type Consumer,
  type ProcessorFactory,
} from "@tracecore/core";
import { duration, unusedOption } from "@tracecore/core/config";
import * as z from "zod";

const MIB = 1024 * 1024;
const mib = z
  .int()
  .min(0)
  .max(2 ** 40);
const percentage = z.int().min(0).max(100);

const config = z
  .strictObject({
    check_interval: duration().prefault("1s").describe("Time between two looks at the memory."),
    limit_mib: mib.default(0).describe("Memory that the process may have, in MiB."),
    spike_limit_mib: mib
      .default(0)
      .describe("How far below the limit it begins to refuse, in MiB; 0 for a fifth of the limit."),
    limit_percentage: percentage
      .default(0)
      .describe("The limit as a share of the memory that the process can have, instead of `limit_mib`."),
    spike_limit_percentage: percentage.default(0).describe("Likewise, instead of `spike_limit_mib`."),
    min_gc_interval_when_soft_limited: unusedOption(duration({ zero: true }), "V8 collects when it has to."),
    min_gc_interval_when_hard_limited: unusedOption(duration({ zero: true }), "V8 collects when it has to."),
    max_gc_interval_when_soft_limited: unusedOption(duration({ zero: true }), "V8 collects when it has to."),
    max_gc_interval_when_hard_limited: unusedOption(duration({ zero: true }), "V8 collects when it has to."),
  })
  .superRefine((options, context) => {
    const problem = wrongLimits(options);
    if (problem !== undefined) context.addIssue({ code: "custom", path: [problem[0]], message: problem[1] });
  });

type Limits = z.output<typeof config>;

function wrongLimits(options: {
  limit_mib: number;
  limit_percentage: number;
  spike_limit_mib: number;
  spike_limit_percentage: number;
}): [string, string] | undefined {
  if (options.limit_mib === 0 && options.limit_percentage === 0) {
    return ["limit_mib", 'no limit is set. Set "limit_mib" or "limit_percentage"'];
  }
  if (options.limit_mib > 0 && options.spike_limit_mib >= options.limit_mib) {
    return ["spike_limit_mib", '"spike_limit_mib" must be below "limit_mib"'];
  }
  if (options.limit_percentage > 0 && options.spike_limit_percentage >= options.limit_percentage) {
    return ["spike_limit_percentage", '"spike_limit_percentage" must be below "limit_percentage"'];
  }
  return undefined;
}

/** Bytes from which data is refused. */
function softLimit(options: Limits, available: number): number {
  const byMib = options.limit_mib > 0;
  const limit = byMib ? options.limit_mib * MIB : (options.limit_percentage / 100) * available;
  const spike = byMib ? options.spike_limit_mib * MIB : (options.spike_limit_percentage / 100) * available;
  return limit - (spike > 0 ? spike : limit / 5);
}

/** Memory that this process can have: that of its cgroup, else that of the machine. */
function availableMemory(): number {
  const constrained = process.constrainedMemory();
  return constrained > 0 && constrained < totalmem() ? constrained : totalmem();
}

/** Refuses data while the process has too much memory, so that senders keep it. */
export const memoryLimiterProcessor: ProcessorFactory = defineProcessor({
  type: "memory_limiter",
  stability: { metrics: "beta", logs: "beta", traces: "beta" },
  config,
  start(options, ctx) {
    const { clock, host, next, settings, telemetry } = ctx;
    const { logger } = settings.telemetry;
    const limit = softLimit(options, availableMemory());
    let refusing = false;
    const look = (): void => {
      const used = process.memoryUsage.rss();
      if (used >= limit === refusing) return;
      refusing = !refusing;
      const sizes = `${Math.round(used / MIB)} MiB of ${Math.round(limit / MIB)}`;
      if (refusing) {
        logger.warn(`refuses data: the process has ${sizes}`);
        reportStatus(host, { status: "recoverable_error", error: new Error(`memory: ${sizes}`) });
      } else {
        logger.info(`takes data again: the process has ${sizes}`);
        reportStatus(host, { status: "ok" });
      }
    };
    look();
    const looks = clock.every(options.check_interval, look);
    const consumer = (signal: Batch["signal"]): Consumer<never> => ({
      async consume(batch: Batch, abort) {
        telemetry.incItemsIn(batch.itemCount);
        if (refusing) {
          telemetry.incError("memory");
          throw new ConsumeError("the collector has too little memory", {
            retryable: true,
            retryAfterMs: options.check_interval,
          });
        }
        await (next[signal] as Consumer<Batch>).consume(batch, abort);
        telemetry.incItemsOut(batch.itemCount);
      },
    });
    return {
      metrics: consumer("metrics"),
      logs: consumer("logs"),
      traces: consumer("traces"),
      [Symbol.asyncDispose]: () => looks[Symbol.asyncDispose](),
    };
  },
});
