import { ConsumeError, type Batch, type Consumers } from "@tracecore/core";
import { logRecords, numberPoints, spans } from "@tracecore/core/pdata";
import type { LogRecord, NumberPoint, Span } from "@tracecore/core/pdata";

/** The end of a pipeline in a test: keeps every batch. */
export interface RecordingSink extends Consumers {
  readonly batches: readonly Batch[];
  /** The gauge and sum points of all batches. */
  readonly points: readonly NumberPoint[];
  readonly logRecords: readonly Required<LogRecord>[];
  readonly spans: readonly Required<Span>[];
  clear(): void;
}

/** Makes a sink that takes everything. */
export function recordingSink(): RecordingSink {
  const batches: Batch[] = [];
  const take = {
    consume(batch: Batch) {
      batches.push(batch);
      return Promise.resolve();
    },
  };
  return {
    metrics: take,
    logs: take,
    traces: take,
    batches,
    get points() {
      return batches.flatMap((batch) => (batch.signal === "metrics" ? [...numberPoints(batch)] : []));
    },
    get logRecords() {
      return batches.flatMap((batch) => (batch.signal === "logs" ? [...logRecords(batch)] : []));
    },
    get spans() {
      return batches.flatMap((batch) => (batch.signal === "traces" ? [...spans(batch)] : []));
    },
    clear() {
      batches.length = 0;
    },
  };
}

/** Makes a sink that refuses everything with `error`. */
export function failingSink(error: unknown = new ConsumeError("the sink refuses", { retryable: true })): Consumers {
  const refuse = { consume: () => Promise.reject(error) };
  return { metrics: refuse, logs: refuse, traces: refuse };
}
