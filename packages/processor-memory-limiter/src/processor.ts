import {
  availableMemory,
  ConsumeError,
  defineProcessor,
  garbageCollector,
  limitMemory,
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

const OWN_PACE = "the longer collections take, the rarer they are.";

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
    min_gc_interval_when_soft_limited: duration({ zero: true })
      .prefault("10s")
      .describe("Time between two collections of garbage that it asks for while it refuses."),
    min_gc_interval_when_hard_limited: duration({ zero: true })
      .prefault("0s")
      .describe(
        "Likewise while the process has more than the limit; never more than a twentieth of the time is spent so.",
      ),
    max_gc_interval_when_soft_limited: unusedOption(duration({ zero: true }), OWN_PACE),
    max_gc_interval_when_hard_limited: unusedOption(duration({ zero: true }), OWN_PACE),
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

/** Bytes from which data is refused, and that the process should never have. */
function limitsOf(options: Limits, available: number): { readonly soft: number; readonly hard: number } {
  const byMib = options.limit_mib > 0;
  const hard = byMib ? options.limit_mib * MIB : (options.limit_percentage / 100) * available;
  const spike = byMib ? options.spike_limit_mib * MIB : (options.spike_limit_percentage / 100) * available;
  return { soft: hard - (spike > 0 ? spike : hard / 5), hard };
}

/** From one collection to the next it takes so many times as long as the first took, at least. */
const REST = 20;

/** Refuses data while the process has too much memory, so that senders keep it. */
export const memoryLimiterProcessor: ProcessorFactory = defineProcessor({
  type: "memory_limiter",
  stability: { metrics: "beta", logs: "beta", traces: "beta" },
  config,
  start(options, ctx) {
    const { clock, host, next, settings, telemetry } = ctx;
    const { logger } = settings.telemetry;
    const { soft: limit, hard } = limitsOf(options, availableMemory());
    const heeded = limitMemory(limit);
    let refusing = false;
    const collection = { beganMs: Number.NEGATIVE_INFINITY, tookMs: 0 };
    /** What the process has without garbage: who refuses has little to do, and V8 would not collect any for hours. */
    const withoutGarbage = (used: number): number => {
      const beganMs = clock.monotonicMs();
      const restMs =
        used < hard ? options.min_gc_interval_when_soft_limited : options.min_gc_interval_when_hard_limited;
      if (beganMs - collection.beganMs < Math.max(restMs, REST * collection.tookMs)) return used;
      garbageCollector()?.everything();
      Object.assign(collection, { beganMs, tookMs: clock.monotonicMs() - beganMs });
      return process.memoryUsage.rss();
    };
    const look = (): void => {
      const resident = process.memoryUsage.rss();
      const used = resident < limit ? resident : withoutGarbage(resident);
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
      [Symbol.asyncDispose]() {
        heeded[Symbol.dispose]();
        return looks[Symbol.asyncDispose]();
      },
    };
  },
});
