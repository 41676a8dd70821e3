import type { Writable } from "node:stream";
import { ConsumeError, messageOf, reportStatus, type Batch, type ExporterContext, type Sink } from "@tracecore/core";
import { eachPart, textLines } from "@tracecore/core/pdata";
import { encodeJsonInParts } from "@tracecore/otlp";

/** A line for each item, a line of OTLP/JSON for each batch (several for one of thousands of items), or a line with the size of each batch. */
export type LineFormat = "text" | "json" | "sizes";

/** Writes batches to `stream`, which stays open: it is not ours. */
export function startWriting(ctx: ExporterContext, format: LineFormat, stream: Writable): Sink {
  const { host, settings, telemetry } = ctx;
  const { logger } = settings.telemetry;
  let failing = false;

  const lost = (kind: "marshal" | "io", { signal }: Batch, items: number, cause: unknown): ConsumeError => {
    telemetry.incCallFailure(kind);
    const message = `cannot ${kind === "io" ? "write" : "encode"} ${items} items of ${signal}; they are lost`;
    if (!failing) {
      failing = true;
      logger.error(`${message}: ${messageOf(cause)}`);
      reportStatus(host, { status: "recoverable_error", error: cause });
    }
    return new ConsumeError(message, { retryable: false, cause });
  };

  const consume = async (batch: Batch): Promise<void> => {
    let left = batch.itemCount;
    const put = async (part: Batch): Promise<void> => {
      if (part.itemCount === 0) return;
      let lines: Lines;
      try {
        lines = await linesOf(part, format);
      } catch (error) {
        throw lost("marshal", batch, left, error);
      }
      try {
        await write(stream, lines);
      } catch (error) {
        throw lost("io", batch, left, error);
      }
      left -= part.itemCount;
    };
    if (left > 0) await (format === "sizes" ? put(batch) : eachPart(batch, put));
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

/** Pieces that follow each other. */
type Lines = readonly (string | Uint8Array)[];

async function linesOf(part: Batch, format: LineFormat): Promise<Lines> {
  switch (format) {
    case "sizes":
      return [`${part.signal}: ${part.itemCount} items\n`];
    case "json":
      return [await encodeJsonInParts(part), "\n"];
    case "text":
      return [textLines(part)];
  }
}

function write(stream: Writable, lines: Lines): Promise<void> {
  // A stream that has failed keeps what is written to it and calls nobody back.
  if (stream.errored !== null) return Promise.reject(stream.errored);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  stream.cork();
  for (const piece of lines.slice(0, -1)) stream.write(piece);
  stream.write(lines.at(-1), (error) => {
    if (error === null || error === undefined) resolve();
    else reject(error);
  });
  stream.uncork();
  return promise;
}
