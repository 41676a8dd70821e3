import { reportStatus } from "../componentstatus/status.ts";
import { ConsumeError, type Batch } from "../consumer.ts";
import { messageOf } from "../errors.ts";
import type { ExporterContext } from "../factory.ts";
import { Attempts } from "./attempts.ts";
import { BackOff } from "./back-off.ts";
import { Batcher } from "./batcher.ts";
import { ConcurrencyLimit } from "./concurrency-limit.ts";
import type { DeliveryConfig } from "./delivery-config.ts";
import { deliveryCounts, type DeliveryCounts } from "./delivery-instruments.ts";
import { LossReport } from "./loss-report.ts";
import type { SendResult } from "./send-result.ts";
import { MemoryQueue, type SendingQueue, type Sized } from "./sending-queue.ts";

/** What an exporter brings: how a batch becomes a request, and how a request is sent once. */
export interface Sender<R extends Sized> {
  /** The request of a batch. What it throws is a failure to encode, and the batch is lost. */
  request(batch: Batch): R;
  /** Requests that may be joined have the same partition; the signal, for most. */
  partition(request: R): string;
  /** One request of several of the same partition. */
  merge(requests: readonly R[]): R;
  /** Parts of at most `max` in size; what cannot be split is one part. */
  split(request: R, max: number, sizer: "items" | "bytes"): readonly R[];
  /** One attempt. It may throw: that is a failure of the connection, and retried. */
  send(request: R, signal: AbortSignal): Promise<SendResult>;
}

/** Takes batches and sends them. */
export interface Delivery extends AsyncDisposable {
  /** Resolves when the batch is queued, or, without a queue or with `wait_for_result`, when it is delivered. */
  consume(batch: Batch, signal: AbortSignal): Promise<void>;
  /** How full the queue is, 0 to 1. */
  queueDepthRatio(): number;
}

/** A request with those who wait for it. */
interface Entry<R extends Sized> extends Sized {
  readonly request: R;
  readonly waiters: readonly PromiseWithResolvers<void>[];
  /** The entries of the queue that it stands for. */
  readonly queued: readonly Entry<R>[];
  /** What it is a part of, when that was too large. */
  readonly whole: Entry<R> | undefined;
  /** Items of which nothing was counted yet. */
  left: number;
}

/** Starts delivery for an exporter. Disposing sends what is left, once each, until `ctx.signal` aborts; the rest is dropped and counted. */
export function startDelivery<R extends Sized>(
  ctx: ExporterContext,
  config: DeliveryConfig,
  sender: Sender<R>,
): Delivery {
  return new QueuedDelivery(ctx, config, sender);
}

class QueuedDelivery<R extends Sized> implements Delivery {
  readonly #ctx: ExporterContext;
  readonly #config: DeliveryConfig;
  readonly #sender: Sender<R>;
  readonly #queue: SendingQueue<Entry<R>>;
  readonly #batcher: Batcher<Entry<R>> | undefined;
  readonly #ready: Entry<R>[] = [];
  readonly #limit: ConcurrencyLimit;
  readonly #losses: LossReport;
  readonly #counts: DeliveryCounts;
  readonly #attempts: Attempts;
  readonly #running = new Map<Promise<void>, Entry<R>>();
  /** Those who wait for room. */
  readonly #blocked: (() => void)[] = [];
  /** Ends waits between attempts when the exporter stops. */
  readonly #stopping = new AbortController();
  #pausedUntilMs = Number.NEGATIVE_INFINITY;
  #failing = false;
  /** The time for stopping was up: nothing is sent any more. */
  #closed = false;

  constructor(ctx: ExporterContext, config: DeliveryConfig, sender: Sender<R>) {
    const { queue_size, sizer, num_consumers, batch } = config.sending_queue;
    this.#ctx = ctx;
    this.#config = config;
    this.#sender = sender;
    this.#queue = new MemoryQueue(queue_size, sizer);
    this.#limit = new ConcurrencyLimit(num_consumers);
    this.#attempts = new Attempts(ctx.clock, config.timeout, ctx.signal);
    this.#losses = new LossReport(ctx.settings.telemetry.logger, ctx.clock);
    this.#counts = deliveryCounts(ctx.settings, { size: () => this.#queue.size, capacity: queue_size });
    ctx.telemetry.observeQueue?.(() => this.queueDepthRatio());
    if (batch !== undefined) {
      this.#batcher = new Batcher(batch, ctx.clock, (entries) => this.#flushed(entries));
    }
  }

  queueDepthRatio(): number {
    return Math.min(1, this.#queue.size / this.#queue.capacity);
  }

  async consume(batch: Batch, signal: AbortSignal): Promise<void> {
    if (batch.itemCount === 0) return;
    const request = this.#request(batch);
    const { enabled, wait_for_result } = this.#config.sending_queue;
    const waits = !enabled || wait_for_result;
    const waiter = waits ? Promise.withResolvers<void>() : undefined;
    const entry = entryOf(request, waiter === undefined ? [] : [waiter]);
    if (enabled) await this.#enqueue(entry, signal);
    else {
      this.#ready.push(entry);
      this.#pump();
    }
    await waiter?.promise;
  }

  #request(batch: Batch): R {
    try {
      return this.#sender.request(batch);
    } catch (error) {
      this.#ctx.telemetry.incCallFailure("marshal");
      throw new ConsumeError(`cannot encode ${batch.itemCount} items of ${batch.signal}`, {
        retryable: false,
        cause: error,
      });
    }
  }

  async #enqueue(entry: Entry<R>, signal: AbortSignal): Promise<void> {
    const queue = this.#queue;
    const { overflow } = this.#config.sending_queue;
    while (!queue.hasRoom(entry)) {
      if (overflow === "drop_oldest" && this.#dropOldest()) continue;
      if (overflow === "block" && !this.#stopping.signal.aborted) {
        await this.#roomOr(signal);
        if (!signal.aborted) continue;
        this.#wakeNext();
      }
      this.#ctx.telemetry.incCallFailure("queue_full");
      this.#counts.refused(entry.items);
      throw new ConsumeError(`the sending queue is full (${queue.size} of ${queue.capacity})`, { retryable: true });
    }
    queue.add(entry);
    this.#pump();
    if (queue.size < queue.capacity) this.#wakeNext();
  }

  /** Makes room at the cost of the oldest request that waits; false when all are on their way. */
  #dropOldest(): boolean {
    const oldest = this.#queue.take();
    if (oldest === undefined) return false;
    this.#drop(oldest, "queue_full", "the sending queue is full");
    this.#finish(oldest);
    return true;
  }

  /** Resolves when something leaves the queue, or `signal` aborts. */
  #roomOr(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const wake = (): void => {
      // The signal lives as long as the process: what is left on it is never collected.
      signal.removeEventListener("abort", wake);
      resolve();
    };
    this.#blocked.push(wake);
    signal.addEventListener("abort", wake, { once: true });
    return promise;
  }

  /** Lets the one who has waited longest look whether there is room. Who comes in lets the next one look. */
  #wakeNext(): void {
    this.#blocked.shift()?.();
  }

  /** Sends as much as may be on its way at once. */
  #pump(): void {
    while (!this.#closed && this.#running.size < this.#limit.current) {
      const entry = this.#next();
      if (entry === undefined) return;
      const run = this.#deliver(entry).finally(() => {
        this.#running.delete(run);
        this.#finish(entry);
        this.#pump();
      });
      this.#running.set(run, entry);
    }
  }

  #next(): Entry<R> | undefined {
    for (;;) {
      const ready = this.#ready.shift();
      if (ready !== undefined) return ready;
      const entry = this.#queue.take();
      if (entry === undefined || this.#batcher === undefined) return entry;
      this.#batcher.add(this.#sender.partition(entry.request), entry);
    }
  }

  /** Entries that were collected become requests of the right size. */
  #flushed(entries: readonly Entry<R>[]): void {
    const { max_size, sizer } = this.#config.sending_queue.batch!;
    const merged =
      entries.length === 1 ? entries[0]!.request : this.#sender.merge(entries.map(({ request }) => request));
    const waiters = entries.flatMap((entry) => entry.waiters);
    const parts = max_size > 0 && merged[sizer] > max_size ? this.#sender.split(merged, max_size, sizer) : [merged];
    // What waits, and room in the queue, is settled with the last part.
    for (const [i, part] of parts.entries()) {
      const last = i === parts.length - 1;
      this.#ready.push({ ...entryOf(part, last ? waiters : []), queued: last ? entries : [] });
    }
    this.#pump();
  }

  #finish(entry: Entry<R>): void {
    if (!this.#config.sending_queue.enabled) return;
    for (const one of entry.queued) this.#queue.done(one);
    this.#wakeNext();
  }

  /** Sends a request until it is delivered or given up. */
  async #deliver(entry: Entry<R>): Promise<void> {
    const { clock, telemetry } = this.#ctx;
    const { enabled, max_elapsed_time } = this.#config.retry_on_failure;
    const backOff = new BackOff(this.#config.retry_on_failure);
    const startedMs = clock.monotonicMs();
    for (;;) {
      await this.#pause();
      const epoch = this.#limit.begin();
      const result = await this.#attempt(entry.request);
      if (result.outcome === "delivered") {
        telemetry.incCallSuccess();
        this.#limit.succeeded();
        this.#delivered(entry, result.rejectedItems ?? 0, result.message ?? "");
        return;
      }
      telemetry.incCallFailure(result.kind);
      if (result.outcome === "too_large" && entry.items > 1) return this.#halve(entry, result.reason);
      if (result.outcome !== "retry") return this.#drop(entry, result.kind, result.reason);
      this.#limit.failed(epoch);
      this.#fails(result.reason);
      if (!enabled || this.#stopping.signal.aborted) return this.#drop(entry, result.kind, result.reason);
      const waitMs = backOff.next(result.afterMs);
      if (result.afterMs !== undefined)
        this.#pausedUntilMs = Math.max(this.#pausedUntilMs, clock.monotonicMs() + result.afterMs);
      const elapsedMs = clock.monotonicMs() - startedMs + waitMs;
      if (max_elapsed_time > 0 && elapsedMs > max_elapsed_time) {
        return this.#drop(entry, result.kind, `gave up after ${Math.round(elapsedMs / 1000)} s: ${result.reason}`);
      }
      this.#counts.retried();
      await clock.sleep(waitMs, this.#stopping.signal);
    }
  }

  /** Waits while the backend has asked not to be asked. */
  async #pause(): Promise<void> {
    const waitMs = this.#pausedUntilMs - this.#ctx.clock.monotonicMs();
    if (waitMs > 0) await this.#ctx.clock.sleep(waitMs, this.#stopping.signal);
  }

  async #attempt(request: R): Promise<SendResult> {
    const attempt = this.#attempts.begin();
    try {
      return await this.#sender.send(request, attempt.signal);
    } catch (error) {
      if (this.#attempts.hasTimedOut(attempt)) {
        return { outcome: "retry", kind: "timeout", reason: `no answer within ${this.#config.timeout} ms` };
      }
      return { outcome: "retry", kind: "connect", reason: messageOf(error) };
    } finally {
      this.#attempts.end(attempt);
    }
  }

  #delivered(entry: Entry<R>, rejected: number, message: string): void {
    if (settle(entry) === 0) return;
    if (this.#failing) {
      this.#failing = false;
      this.#ctx.settings.telemetry.logger.info("the backend takes data again");
      reportStatus(this.#ctx.host, { status: "ok" });
    }
    this.#counts.sent(entry.items - rejected);
    if (rejected > 0) {
      this.#counts.dropped(rejected, "rejected");
      this.#ctx.dropped(rejected);
      this.#losses.lost(rejected, `the backend rejected them${message === "" ? "" : `: ${message}`}`);
    } else if (message !== "") this.#ctx.settings.telemetry.logger.warn(`the backend says: ${message}`);
    for (const waiter of entry.waiters) waiter.resolve();
  }

  #fails(reason: string): void {
    if (this.#failing) return;
    this.#failing = true;
    this.#ctx.settings.telemetry.logger.warn(`cannot send: ${reason}; tries again`);
    reportStatus(this.#ctx.host, { status: "recoverable_error", error: new Error(reason) });
  }

  async #halve(entry: Entry<R>, reason: string): Promise<void> {
    const parts = this.#sender.split(entry.request, Math.ceil(entry.items / 2), "items");
    if (parts.length < 2) return this.#drop(entry, "too_large", reason);
    for (const [i, part] of parts.entries()) {
      await this.#deliver(entryOf(part, i === parts.length - 1 ? entry.waiters : [], entry));
    }
  }

  #drop(entry: Entry<R>, kind: string, reason: string): void {
    const items = settle(entry);
    if (items === 0) return;
    const { waiters } = entry;
    this.#counts.dropped(items, kind);
    if (waiters.length > 0) {
      // Who waits still has the data, and hears of it.
      const error = new ConsumeError(reason, { retryable: false });
      for (const waiter of waiters) waiter.reject(error);
      return;
    }
    this.#ctx.dropped(items);
    this.#losses.lost(items, reason);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // No more retries: what fails now is dropped. Each request still gets its attempt.
    this.#stopping.abort();
    this.#pausedUntilMs = Number.NEGATIVE_INFINITY;
    this.#batcher?.flush();
    this.#pump();
    while (this.#running.size > 0 && !this.#ctx.signal.aborted) {
      await Promise.race([Promise.allSettled(this.#running.keys()), aborted(this.#ctx.signal)]);
      this.#batcher?.flush();
      this.#pump();
    }
    this.#closed = true;
    this.#batcher?.flush();
    const left = [...this.#running.values(), ...this.#ready];
    for (let entry = this.#queue.take(); entry !== undefined; entry = this.#queue.take()) left.push(entry);
    // What is on its way may still arrive: counted as dropped, since nobody waits to hear of it.
    for (const entry of left) this.#drop(entry, "shutdown", "the time for stopping was up");
    for (const wake of this.#blocked.splice(0)) wake();
    this.#attempts[Symbol.dispose]();
    this.#losses.end();
    this.#counts[Symbol.dispose]();
  }
}

interface Part {
  left: number;
  readonly whole: Part | undefined;
}

/** Takes the items of an entry, and of what it is a part of, as counted; gives how many were not counted before. */
function settle(entry: Part): number {
  let items = entry.left;
  for (let { whole } = entry; whole !== undefined; { whole } = whole) items = Math.min(items, whole.left);
  for (let one: Part | undefined = entry; one !== undefined; one = one.whole) one.left -= items;
  entry.left = 0;
  return items;
}

function entryOf<R extends Sized>(
  request: R,
  waiters: readonly PromiseWithResolvers<void>[],
  whole?: Entry<R>,
): Entry<R> {
  const { items, bytes } = request;
  const entry = { request, items, bytes, waiters, queued: [] as Entry<R>[], whole, left: items };
  entry.queued.push(entry);
  return entry;
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  const { promise, resolve } = Promise.withResolvers<void>();
  signal.addEventListener("abort", () => resolve(), { once: true });
  return promise;
}
