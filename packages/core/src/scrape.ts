import { isRetryable, type Batch, type Consumer } from "./consumer.ts";
import { reportStatus } from "./componentstatus/componentstatus.ts";
import { messageOf } from "./errors.ts";
import type { ReceiverContext } from "./factory.ts";
import type { ReceiverTelemetry } from "./selftelemetry/producer.ts";

/** How a pull receiver reads. */
export interface ScrapeOptions {
  /** Milliseconds between two reads. */
  readonly intervalMs: number;
  /** Milliseconds before the first read; default 0. */
  readonly initialDelayMs?: number;
  /** What the loop reports latency, emissions, activity, errors and degraded time with; default that of the context. */
  readonly telemetry?: ReceiverTelemetry;
}

/** Given to each read of a scrape loop. */
export interface ScrapeTick {
  /** Aborts when the component must stop at once; pass it to every I/O call. */
  readonly signal: AbortSignal;
  /** Reports a part that could not be read; the rest still counts. `kind` is an error kind, default `read`. */
  readonly fail: (error: unknown, kind?: string) => void;
  /** Passes a batch on and counts it. A refusal is counted as `downstream` and does not throw. */
  readonly emit: <T extends Batch>(consumer: Consumer<T>, batch: T) => Promise<void>;
}

/**
 * The one interval loop of pull receivers: reads never overlap, disposing waits for the current one, failures turn into
 * status and counters, and a failure that repeats is logged once until it has passed.
 */
export function scrape(
  ctx: ReceiverContext,
  { intervalMs, initialDelayMs = 0, telemetry = ctx.telemetry }: ScrapeOptions,
  read: (tick: ScrapeTick) => Promise<void>,
): AsyncDisposable {
  const { clock, host, signal, settings } = ctx;
  const { logger } = settings.telemetry;
  let failing = new Set<string>();
  let reported: "ok" | "recoverable_error" | undefined;

  return clock.every(
    intervalMs,
    async () => {
      const failures = new Map<string, unknown>();
      const fail = (error: unknown, kind = "read"): void => {
        telemetry.incError(kind);
        failures.set(`${kind}: ${messageOf(error)}`, error);
      };
      const startMs = clock.monotonicMs();
      try {
        await read({
          signal,
          fail,
          async emit(consumer, batch) {
            try {
              await consumer.consume(batch, signal);
              telemetry.incEmissions(1);
              telemetry.markActivity();
            } catch (error) {
              fail(error, "downstream");
              // The next read brings new values: what was refused is not sent again. A permanent failure is counted where it was.
              if (isRetryable(error)) ctx.next.dropped(batch.itemCount);
            }
          },
        });
      } catch (error) {
        if (!signal.aborted) fail(error);
      }
      telemetry.observeLatency(clock.monotonicMs() - startMs);

      for (const [text, error] of failures) {
        if (!failing.has(text)) logger.warn(text, { retryable: isRetryable(error) });
      }
      failing = new Set(failures.keys());
      const now = failures.size === 0 ? "ok" : "recoverable_error";
      telemetry.setDegraded(failures.size > 0);
      if (now !== reported) {
        if (reported === "recoverable_error") logger.info("reads without errors again");
        reported = now;
        reportStatus(host, { status: now, ...(failures.size > 0 && { error: failures.values().next().value }) });
      }
    },
    { initialDelayMs },
  );
}
