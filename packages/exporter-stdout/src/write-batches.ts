import type { Writable } from "node:stream";
import { ConsumeError, messageOf, reportStatus, type Batch, type ExporterContext, type Sink } from "@tracecore/core";
import { eachPart, textLines } from "@tracecore/core/pdata";
import { encodeJson } from "@tracecore/otlp";

/** A line for each item, a line of OTLP/JSON for each batch (several for one of thousands of items), or a line with the size of each batch. */
export type LineFormat = "text" | "json" | "sizes";

/** Writes batches to `stream`, which stays open: it is not ours. */
export function startWriting(ctx: ExporterContext, format: LineFormat, stream: Writable): Sink {
  const { host, settings, telemetry } = ctx;
  const { logger } = settings.telemetry;
  let failing = false;

  const lost = (kind: "marshal" | "io", batch: Batch, cause: unknown): ConsumeError => {
    telemetry.incCallFailure(kind);
    const message = `cannot ${kind === "io" ? "write" : "encode"} ${batch.itemCount} items of ${batch.signal}; they are lost`;
    if (!failing) {
      failing = true;
      logger.error(`${message}: ${messageOf(cause)}`);
      reportStatus(host, { status: "recoverable_error", error: cause });
    }
    return new ConsumeError(message, { retryable: false, cause });
  };

  const consume = async (batch: Batch): Promise<void> => {
    if (batch.itemCount > 0) {
      let text: string;
      try {
        text = await linesOf(batch, format);
      } catch (error) {
        throw lost("marshal", batch, error);
      }
      try {
        await write(stream, text);
      } catch (error) {
        throw lost("io", batch, error);
      }
    }
    telemetry.incCallSuccess();
    if (failing) {
      failing = false;
      logger.info("writes again");
      reportStatus(host, { status: "ok" });
    }
  };

  // The reader may go away between two writes (EPIPE); each write hears of it by its callback, this keeps the process alive.
  const ignore = (): void => {};
  stream.on("error", ignore);
  return {
    metrics: { consume },
    logs: { consume },
    traces: { consume },
    [Symbol.asyncDispose]() {
      stream.off("error", ignore);
      return Promise.resolve();
    },
  };
}

async function linesOf(batch: Batch, format: LineFormat): Promise<string> {
  if (format === "sizes") return `${batch.signal}: ${batch.itemCount} items\n`;
  let lines = "";
  await eachPart(batch, (part) => {
    lines += format === "json" ? `${encodeJson(part)}\n` : textLines(part);
  });
  return lines;
}

function write(stream: Writable, text: string): Promise<void> {
  // A stream that has failed keeps what is written to it and calls nobody back.
  if (stream.errored !== null) return Promise.reject(stream.errored);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  stream.write(text, (error) => {
    if (error === null || error === undefined) resolve();
    else reject(error);
  });
  return promise;
}
