import * as z from "zod";
import { refusedOption } from "../config/collector-option.ts";
import { byteSize } from "../config/byte-size.ts";
import { duration } from "../config/duration.ts";

/** What the size of a queue or a batch counts. */
export type Sizer = "requests" | "items" | "bytes";

/** The checked options of a sending queue; times in milliseconds. */
export interface QueueConfig {
  readonly enabled: boolean;
  readonly num_consumers: number;
  readonly queue_size: number;
  readonly sizer: Sizer;
  /** Bytes, whatever `sizer` counts; infinite for no limit. */
  readonly memory_limit: number;
  readonly overflow: "refuse" | "block" | "drop_oldest";
  readonly wait_for_result: boolean;
  readonly batch?: BatchConfig | undefined;
}

export interface BatchConfig {
  readonly flush_timeout: number;
  readonly min_size: number;
  readonly max_size: number;
  readonly sizer: Exclude<Sizer, "requests">;
}

/** The checked options of retrying; times in milliseconds. */
export interface RetryConfig {
  readonly enabled: boolean;
  readonly initial_interval: number;
  readonly randomization_factor: number;
  readonly multiplier: number;
  readonly max_interval: number;
  readonly max_elapsed_time: number;
}

/** What every exporter that sends over a network offers; names and defaults are those of the Collector's exporterhelper. */
export interface DeliveryConfig {
  readonly timeout: number;
  readonly sending_queue: QueueConfig;
  readonly retry_on_failure: RetryConfig;
}

const DEFAULT_QUEUE_SIZE = 1000;
const DEFAULT_MEMORY_LIMIT = 64 * 1024 * 1024;
const positive = z.int().min(1).max(Number.MAX_SAFE_INTEGER);

const batch = z
  .strictObject({
    enabled: z.boolean().default(true).describe("False is as if the block were left out."),
    flush_timeout: duration().prefault("200ms").describe("How long a batch waits to be filled."),
    min_size: z
      .int()
      .min(0)
      .max(Number.MAX_SAFE_INTEGER)
      .default(8192)
      .describe("Send a batch once it has this size; with 0 nothing waits for more."),
    max_size: z.int().min(0).default(0).describe("Split what is larger, at least min_size; 0 for no limit."),
    sizer: z.enum(["items", "bytes"]).default("items").describe("What the sizes count."),
    partition: refusedOption("batches are not kept apart by what clients send beside the data. Leave it out"),
  })
  .superRefine(({ enabled, min_size, max_size }, issues) => {
    if (!enabled || min_size < 1 || max_size <= 0 || max_size >= min_size) return; // Negative sizes are told otherwise.
    const message = `a batch of min_size (${min_size}) would be larger than max_size. Give max_size at least that, or a smaller min_size`;
    issues.addIssue({ code: "custom", path: ["max_size"], input: max_size, message });
  });

const queue = z
  .strictObject({
    enabled: z.boolean().default(true).describe("Without a queue each call waits for its answer."),
    num_consumers: positive
      .max(10_000)
      .default(10)
      .describe("Requests of one signal on their way at once, at most; fewer while the backend is slow."),
    queue_size: positive
      .optional()
      .describe("How much of each signal waits at most, in what `sizer` counts. Default 1000."),
    sizer: z.enum(["requests", "items", "bytes"]).default("requests").describe("What `queue_size` counts."),
    memory_limit: byteSize()
      .optional()
      .describe(
        "Bytes of encoded requests of each signal that wait at most, whatever `sizer` counts. Default 64MiB, and no limit where `queue_size` is given.",
      ),
    overflow: z
      .enum(["refuse", "block", "drop_oldest"])
      .default("refuse")
      .describe(
        "What a full queue does: refuse the newest, so that the sender keeps it; make the sender wait; or drop the oldest of what is neither on its way nor in a batch.",
      ),
    block_on_overflow: z.boolean().optional().describe("The Collector's name of `overflow: block`."),
    wait_for_result: z.boolean().default(false).describe("Take responsibility only once the backend has."),
    batch: batch.optional().describe("Join small requests. Off by default."),
    storage: refusedOption(
      "there is no queue on disk: what waits is in memory, and lost when the process dies. Leave it out",
    ),
  })
  .superRefine(
    ({ enabled, overflow, block_on_overflow, queue_size = DEFAULT_QUEUE_SIZE, sizer, batch: joined }, issues) => {
      if (!enabled) return;
      if (block_on_overflow === true && overflow === "drop_oldest") {
        const message = '"overflow" says "drop_oldest". Leave one of them out';
        issues.addIssue({ code: "custom", path: ["block_on_overflow"], input: block_on_overflow, message });
      }
      if (joined?.enabled !== true || joined.sizer !== sizer || joined.min_size <= queue_size || queue_size < 1) return;
      const message = `the queue holds ${queue_size} ${sizer}: a batch would never have min_size (${joined.min_size}). Give queue_size at least that, or a smaller min_size`;
      issues.addIssue({ code: "custom", path: ["batch", "min_size"], input: joined.min_size, message });
    },
  )
  .transform(({ block_on_overflow, overflow, queue_size, memory_limit, batch: joined, ...rest }): QueueConfig => ({
    ...rest,
    ...(joined?.enabled === true && { batch: joined }),
    queue_size: queue_size ?? DEFAULT_QUEUE_SIZE,
    // Who gives a size means it, and knows how large the requests are.
    memory_limit: memory_limit ?? (queue_size === undefined ? DEFAULT_MEMORY_LIMIT : Number.POSITIVE_INFINITY),
    overflow: block_on_overflow === true ? "block" : overflow,
  }))
  .prefault({})
  .describe("The queue between the pipeline and the backend.");

const retry = z
  .strictObject({
    enabled: z.boolean().default(true).describe("Whether to send again what may succeed later."),
    initial_interval: duration().prefault("5s").describe("Wait before the second attempt."),
    randomization_factor: z
      .number()
      .min(0)
      .max(1)
      .default(0.5)
      .describe("Each wait is longer or shorter by up to this share."),
    multiplier: z.number().min(1).default(1.5).describe("Each wait is this many times the one before."),
    max_interval: duration().prefault("30s").describe("The longest wait, unless the backend asks for a longer one."),
    max_elapsed_time: duration({ zero: true })
      .prefault("5m")
      .describe("Give up and drop after this time; 0s for never."),
  })
  .prefault({})
  .describe("Retries with back-off and jitter.");

/** The option blocks, to spread into an exporter's schema. */
export const deliveryOptions: {
  readonly timeout: z.ZodType<number, string | 0 | undefined>;
  readonly sending_queue: z.ZodType<QueueConfig>;
  readonly retry_on_failure: z.ZodType<RetryConfig>;
} = {
  timeout: duration({ zero: true }).prefault("5s").describe("Time for one attempt; 0s is no limit."),
  sending_queue: queue,
  retry_on_failure: retry,
};
