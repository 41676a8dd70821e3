import { defineExporter, type ExporterFactory } from "@tracecore/core";
import * as z from "zod";
import { startWriting } from "./write-batches.ts";

/** An option of the Collector's `debug` exporter: its files load as they are. */
function unused<T extends z.ZodType>(type: T): z.ZodOptional<T> {
  return type
    .optional()
    .describe("Taken from configs of the Collector's `debug`, without effect: every item is written.");
}

const config = z.strictObject({
  format: z
    .enum(["text", "json"])
    .default("text")
    .describe(
      "`text` writes one readable line per item, `json` one line of OTLP/JSON per batch, or several for one of thousands of items.",
    ),
  verbosity: z
    .enum(["basic", "normal", "detailed"])
    .default("normal")
    .describe("For `text`: `basic` writes one line per batch with its size; `normal` and `detailed` one per item."),
  sampling_initial: unused(z.int().min(0)),
  sampling_thereafter: unused(z.int().min(0)),
  use_internal_logger: unused(z.boolean()),
  sending_queue: z
    .looseObject({})
    .nullable()
    .optional()
    .describe("Taken from configs of the Collector's `debug`, without effect: nothing waits."),
  output_paths: z
    .array(z.literal("stdout", { error: 'only "stdout" can be had: what is written goes to standard output' }))
    .optional()
    .describe("Taken from configs of the Collector's `debug`; only `stdout` is accepted."),
});

/** Writes what a pipeline carries to standard output, to look at it or to pipe it into another program. */
export const stdoutExporter: ExporterFactory = defineExporter({
  type: "stdout",
  stability: { metrics: "stable", logs: "stable", traces: "stable" },
  config,
  start: ({ format, verbosity }, ctx) =>
    startWriting(ctx, format === "text" && verbosity === "basic" ? "sizes" : format, process.stdout),
});
