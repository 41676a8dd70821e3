import type { Batch } from "../consumer.ts";
import type { SendResult } from "./send-result.ts";
import type { Sized } from "./sending-queue.ts";

/** What an exporter brings: how a batch becomes a request, and how a request is sent once. */
export interface Sender<R extends Sized, P = undefined> {
  /** The request of a batch. What it throws is a failure to encode, and the batch is lost. */
  request(batch: Batch): R;
  /** One request of several of the same signal. A large one in turns of the event loop. */
  merge(requests: readonly R[]): R | Promise<R>;
  /** Parts of at most `max` in size; what cannot be split is one part. Large ones in turns of the event loop. */
  split(request: R, max: number, sizer: "items" | "bytes"): readonly R[] | Promise<readonly R[]>;
  /** What is to be done for each attempt before its time begins to run, such as compression: of a large request it takes seconds. */
  prepare?(request: R): Promise<P>;
  /** One attempt with what was prepared for it. It may throw: that is a failure of the connection, and retried. */
  send(request: R, signal: AbortSignal, prepared: P): Promise<SendResult>;
}

/** Takes batches and sends them. */
export interface Delivery extends AsyncDisposable {
  /** Resolves when the batch is queued, or, without a queue or with `wait_for_result`, when it is delivered. */
  consume(batch: Batch, signal: AbortSignal): Promise<void>;
  /** How full the queue is, 0 to 1. */
  queueDepthRatio(): number;
}
