import { isRetryable, type Batch, type Consumer, type ReceiverContext } from "@tracecore/core";
import { logs, type LogRecord, type Metrics } from "@tracecore/core/pdata";

/** Passes batches on and counts them. Throws what the next stage threw, after the loss was counted. */
export async function sendBatches(
  { next, telemetry }: ReceiverContext,
  metrics: Metrics | undefined,
  records: readonly LogRecord[],
  signal: AbortSignal,
): Promise<void> {
  const send = async <T extends Batch>(consumer: Consumer<T>, batch: T): Promise<void> => {
    try {
      await consumer.consume(batch, signal);
    } catch (error) {
      // The next read brings new values: what was refused is not sent again. A permanent failure is counted where it was.
      if (isRetryable(error)) next.dropped(batch.itemCount);
      throw error;
    }
    telemetry.incEmissions(1);
    telemetry.markActivity();
  };
  const sent = await Promise.allSettled([
    metrics !== undefined && next.wired("metrics") ? send(next.metrics, metrics) : undefined,
    records.length > 0 && next.wired("logs") ? send(next.logs, logs(records)) : undefined,
  ]);
  const failed = sent.find((one) => one.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}
