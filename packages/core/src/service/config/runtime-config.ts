import * as z from "zod";
import { byteSize } from "../../config/byte-size.ts";
import { duration } from "../../config/duration.ts";
import { quoteValue } from "../../config/quote-value.ts";
import { logFormats, logLevels, type LogFormat } from "../logger.ts";
import type { LogLevel } from "../../settings.ts";

/** How the runtime starts, stops and restarts components. Durations are milliseconds. */
export interface RuntimeConfig {
  readonly drain_timeout: number;
  readonly start_timeout: number;
  readonly stop_timeout: number;
  readonly consume_timeout: number;
  readonly restart: { readonly initial_interval: number; readonly max_interval: number; readonly multiplier: number };
  readonly interned_series: number;
  /** `auto`, `off` or an absolute path. */
  readonly admin_socket: string;
  readonly taps: { readonly max_clients: number; readonly buffer: number };
  readonly log_level: LogLevel;
  readonly log_format: LogFormat;
}

let schema: z.ZodType<RuntimeConfig> | undefined;

/** The schema of the top-level block `runtime`. */
export function runtimeSchema(): z.ZodType<RuntimeConfig> {
  schema ??= z.strictObject({
    drain_timeout: duration()
      .prefault("10s")
      .describe(
        "Time that the whole process has to deliver what it holds when it stops. What is left then is lost or on disk.",
      ),
    start_timeout: duration().prefault("30s").describe("Time that one component has to start."),
    stop_timeout: duration().prefault("5s").describe("Time that one component has to stop, once nothing flows to it."),
    consume_timeout: duration()
      .prefault("30s")
      .describe("Time that one component has to take a batch. Then the batch goes back to the sender as retryable."),
    restart: z
      .strictObject({
        initial_interval: duration()
          .prefault("1s")
          .describe("Wait before the first restart of a component that failed."),
        max_interval: duration().prefault("60s").describe("Longest wait between two restarts."),
        multiplier: z
          .number()
          .min(1)
          .max(100)
          .default(2)
          .describe("Factor by which the wait grows from one restart to the next."),
      })
      .refine(({ initial_interval, max_interval }) => max_interval >= initial_interval, {
        path: ["max_interval"],
        error: 'expected at least "initial_interval"',
      })
      .prefault({})
      .describe("How components with `startup: retry` are restarted."),
    interned_series: z
      .int()
      .min(1_000)
      .max(100_000_000)
      .default(200_000)
      .describe(
        "Number of metric series whose identity is kept in memory, with up to 1024 characters each; those that nobody uses go first.",
      ),
    admin_socket: z
      .string()
      .refine((text) => text === "auto" || text === "off" || /^\/[^\0]+$/.test(text), {
        error: ({ input }) => `expected auto, off or an absolute path, got ${quoteValue(input)}`,
      })
      .default("auto")
      .describe(
        "Unix socket for `tracecore tap`, which only the user of the process may open: `auto` for one in the runtime folder, `off` for none, or a path.",
      ),
    taps: z
      .strictObject({
        max_clients: z
          .int()
          .min(1)
          .max(1_000)
          .default(4)
          .describe("Clients of the admin socket at a time; one more is refused."),
        buffer: byteSize()
          .prefault("4MiB")
          .describe("Bytes that may wait for one client. Batches that find no room are not shown to it, and counted."),
      })
      .prefault({})
      .describe("What `tracecore tap` may cost."),
    log_level: z
      .enum(logLevels)
      .default("info")
      .describe("Least level of what is logged; a reload changes it. `--log-level` wins."),
    log_format: z
      .enum(logFormats)
      .default("text")
      .describe("`text` logs lines for people, `json` one object a line. `--log-format` wins."),
  }) as unknown as z.ZodType<RuntimeConfig>;
  return schema;
}
