import { defineExporter, type ExporterFactory } from "@tracecore/core";
import * as z from "zod";
import { startWriting } from "./write-batches.ts";

const config = z.strictObject({
  format: z
    .enum(["text", "json"])
    .default("text")
    .describe("`text` writes one readable line per item, `json` one line of OTLP/JSON per batch."),
});

/** Writes what a pipeline carries to standard output, to look at it or to pipe it into another program. */
export const stdoutExporter: ExporterFactory = defineExporter({
  type: "stdout",
  stability: { metrics: "stable", logs: "stable", traces: "stable" },
  config,
  start: ({ format }, ctx) => startWriting(ctx, format, process.stdout),
});
