import { defineProcessor, type Batch, type Consumer, type ProcessorFactory } from "@tracecore/core";
import { mapParts } from "@tracecore/core/pdata";
import { config } from "./config.ts";
import { gpuPrivacy, processSalt } from "./gpu-identifiers.ts";
import { batchRedaction } from "./redact-batch.ts";
import { redactor } from "./redactor.ts";

/** Removes and masks what must not get out. */
export const redactionProcessor: ProcessorFactory = defineProcessor({
  type: "redaction",
  stability: { metrics: "beta", logs: "beta", traces: "beta" },
  config,
  start(options, { next, settings, telemetry }) {
    const { gpu_privacy: privacy, gpu_privacy_salt: salt } = options;
    if (privacy === "hash" && salt === undefined) {
      settings.telemetry.logger.warn(
        "gpu_privacy has no salt: the names of GPUs change with each start, and differ from process to process. Set gpu_privacy_salt, for example to ${env:GPU_SALT}",
      );
    }
    const gpu = privacy === "hash" ? gpuPrivacy(salt?.reveal() ?? processSalt()) : undefined;
    const redacted = batchRedaction(redactor(options, gpu));
    const consumer: Consumer<Batch> = {
      async consume(batch, abort) {
        telemetry.incItemsIn(batch.itemCount);
        await (next[batch.signal] as Consumer<Batch>).consume(await mapParts(batch, redacted), abort);
        telemetry.incItemsOut(batch.itemCount);
      },
    };
    return { metrics: consumer, logs: consumer, traces: consumer, [Symbol.asyncDispose]: () => Promise.resolve() };
  },
});
