import type { Logs } from "./pdata/logs.ts";
import type { Metrics } from "./pdata/metrics.ts";
import type { Traces } from "./pdata/traces.ts";

/** The next stage of a pipeline. */
export interface Consumer<T> {
  /**
   * Resolves when the next stage has taken responsibility for `batch`; throws {@link ConsumeError} when it has not.
   * Awaiting it is the back-pressure. `signal` aborts when the time for it is up.
   */
  consume(batch: T, signal: AbortSignal): Promise<void>;
}

/** One consumer for each signal. */
export interface Consumers {
  readonly metrics: Consumer<Metrics>;
  readonly logs: Consumer<Logs>;
  readonly traces: Consumer<Traces>;
}

/** What comes after a component. A signal that no pipeline wires is accepted and forgotten; `wired` tells which are. */
export interface NextConsumers extends Consumers {
  wired(signal: "metrics" | "logs" | "traces"): boolean;
  /** Says that the component gives up on `items` that were refused, so that the loss is counted. */
  dropped(items: number): void;
}

/** Any batch, of any signal. */
export type Batch = Metrics | Logs | Traces;

export interface ConsumeErrorOptions extends ErrorOptions {
  /** True when sending the same batch again may help. */
  readonly retryable: boolean;
  /** How long to wait before that, in milliseconds. */
  readonly retryAfterMs?: number;
}

/** The next stage did not take the data. Match on `retryable`, not on `instanceof`: two copies of core may be loaded. */
export class ConsumeError extends Error {
  override readonly name = "ConsumeError";
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;

  constructor(message: string, options: ConsumeErrorOptions) {
    super(message, options);
    this.retryable = options.retryable;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** Whether sending the same data again may help. An error that does not say is taken as retryable. */
export function isRetryable(error: unknown): boolean {
  try {
    if (typeof error !== "object" || error === null || !("retryable" in error)) return true;
    return error.retryable !== false;
  } catch {
    return true; // A getter or a proxy that throws does not say either.
  }
}

/** How long to wait before sending the same data again, in milliseconds; undefined when the error does not say, or says no time. */
export function retryAfterOf(error: unknown): number | undefined {
  try {
    const { retryAfterMs } = error as { readonly retryAfterMs?: unknown };
    return typeof retryAfterMs === "number" && retryAfterMs >= 0 && retryAfterMs <= Number.MAX_SAFE_INTEGER
      ? retryAfterMs
      : undefined;
  } catch {
    return undefined; // A getter that throws, or no object.
  }
}

/** Accepts everything and keeps nothing. */
export const discard: Consumer<Batch> = { consume: () => Promise.resolve() };
