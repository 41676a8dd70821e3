import type { Writable } from "node:stream";
import {
  ConsumeError,
  eventLoopTurn,
  messageOf,
  reportStatus,
  type Batch,
  type ExporterContext,
  type Sink,
} from "@tracecore/core";
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
      await alone(stream, async () => {
        let kind: "marshal" | "io" = "marshal";
        try {
          for await (const chunk of chunksOf(part, format)) {
            kind = "io";
            await write(stream, chunk);
            kind = "marshal";
            // A file takes what is written at once, without a turn of the event loop.
            const turn = eventLoopTurn();
            if (turn !== undefined) await turn;
          }
        } catch (error) {
          throw lost(kind, batch, left, error);
        }
      });
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

/** What is written at once of what may be longer: bytes, or about as many UTF-16 units. */
const CHUNK = 1024 * 1024;

const LINE_BREAK = Buffer.from("\n");

async function* chunksOf(part: Batch, format: LineFormat): AsyncIterable<string | Uint8Array> {
  switch (format) {
    case "sizes":
      yield `${part.signal}: ${part.itemCount} items\n`;
      return;
    case "json": {
      const json = await encodeJsonInParts(part);
      let at = 0;
      for (; json.length - at > CHUNK; at += CHUNK) yield json.subarray(at, at + CHUNK);
      yield Buffer.concat([json.subarray(at), LINE_BREAK]);
      return;
    }
    case "text": {
      let chunk = "";
      for (const piece of textLines(part)) {
        chunk += piece;
        if (chunk.length < CHUNK) continue;
        yield chunk;
        chunk = "";
      }
      yield chunk;
    }
  }
}

const written = new WeakMap<Writable, Promise<void>>();

/** Runs `work` when no other does: the lines of several exporters that write to one stream do not run into each other. */
async function alone(stream: Writable, work: () => Promise<void>): Promise<void> {
  const before = written.get(stream);
  const { promise, resolve } = Promise.withResolvers<void>();
  written.set(stream, promise);
  try {
    await before;
    await work();
  } finally {
    resolve();
  }
}

function write(stream: Writable, chunk: string | Uint8Array): Promise<void> {
  // A stream that has failed keeps what is written to it and calls nobody back.
  if (stream.errored !== null) return Promise.reject(stream.errored);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  stream.write(chunk, (error) => {
    if (error === null || error === undefined) resolve();
    else reject(error);
  });
  return promise;
}
