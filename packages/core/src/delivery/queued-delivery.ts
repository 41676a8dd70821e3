// The way of a request from the queue to its answer: what happens on it shares so much that parts of it would be harder to follow.
/* oxlint-disable max-lines */
import { ConsumeError, type Batch } from "../consumer.ts";
import { TimeLimit } from "../clock/time-limit.ts";
import { messageOf } from "../errors.ts";
import type { ExporterContext } from "../factory.ts";
import { eachPart, joinedParts } from "../pdata/parts.ts";
import { Attempts } from "./attempts.ts";
import type { BackendHealth, Source } from "./backend-health.ts";
import { BackendPause } from "./backend-pause.ts";
import { BackOff } from "./back-off.ts";
import { Batcher } from "./batcher.ts";
import { ConcurrencyLimit } from "./concurrency-limit.ts";
import type { DeliveryConfig } from "./delivery-config.ts";
import { DrainRate } from "./drain-rate.ts";
import type { DeliveryCounts } from "./delivery-instruments.ts";
import { entryOf, isWithdrawn, partResults, settle, type Entry } from "./entry.ts";
import { Outcomes } from "./outcomes.ts";
import type { Delivery, Sender } from "./sender.ts";
import { WaitingLine, type Wait } from "./waiting-line.ts";
import { MemoryQueue, sizeOf, type SendingQueue, type Sized } from "./sending-queue.ts";

/** Share of the time in which those who wait go on alone after which they are told: before, so that nothing is sent by both. */
const PATIENCE = 0.9;
/** Longest first wait between two rounds of tries at the end, ms. */
const LAST_WAIT_MS = 500;
/** The share of a full queue that should be empty before it is asked again. */
const ROOM_SHARE = 0.05;

/** The delivery of one signal. Disposing sends what is left until `ctx.signal` aborts; the rest is dropped and counted. */
export class QueuedDelivery<R extends Sized, P> implements Delivery, Source {
  readonly #ctx: ExporterContext;
  readonly #config: DeliveryConfig;
  readonly #sender: Sender<R, P>;
  readonly #queue: SendingQueue<Entry<R>>;
  readonly #drain: DrainRate;
  readonly #batcher: Batcher<Entry<R>> | undefined;
  readonly #ready: Entry<R>[] = [];
  readonly #limit: ConcurrencyLimit;
  readonly #counts: DeliveryCounts;
  readonly #outcomes: Outcomes;
  readonly #attempts: Attempts;
  readonly #running = new Map<Entry<R>, Promise<void>>();
  /** What was collected and is being divided. */
  readonly #dividing = new Map<readonly Entry<R>[], Promise<void>>();
  /** Those who wait for room or for a result. */
  readonly #waits: TimeLimit<Wait>;
  /** Those who wait for room. */
  readonly #blocked = new WaitingLine();
  /** Ends waits between attempts when the exporter stops. */
  readonly #stopping = new AbortController();
  /** What the backend did not take at the end, to be sent once more. */
  readonly #again: Entry<R>[] = [];
  /** How long it asked to be left alone then, ms. */
  #againAfterMs = 0;
  readonly #pause: BackendPause;
  readonly #health: BackendHealth;
  /** The time for stopping was up: nothing is sent any more. */
  #closed = false;
  #isUsed = false;

  constructor(
    ctx: ExporterContext,
    config: DeliveryConfig,
    sender: Sender<R, P>,
    counts: DeliveryCounts,
    health: BackendHealth,
  ) {
    const { queue_size, sizer, memory_limit, num_consumers, batch } = config.sending_queue;
    this.#ctx = ctx;
    this.#config = config;
    this.#sender = sender;
    this.#queue = new MemoryQueue(queue_size, sizer, memory_limit);
    this.#drain = new DrainRate(ctx.clock.monotonicMs());
    this.#limit = new ConcurrencyLimit(num_consumers);
    this.#waits = new TimeLimit(ctx.clock, (ctx.consumeTimeoutMs ?? 0) * PATIENCE, (wait) => {
      wait.over = true;
      wait.end();
    });
    this.#attempts = new Attempts(ctx.clock, config.timeout, ctx.signal);
    this.#pause = new BackendPause(ctx.clock);
    this.#health = health;
    this.#counts = counts;
    this.#outcomes = new Outcomes(ctx, counts, () => health.works(this));
    if (batch !== undefined) {
      this.#batcher = new Batcher(batch, ctx.clock, (entries) => this.#flushed(entries));
    }
  }

  queueDepthRatio(): number {
    return this.#queue.ratio;
  }

  /** What waits or is on its way, in what `sizer` counts. */
  get queued(): number {
    return this.#queue.size;
  }

  /** Whether there was ever anything to send. */
  get isUsed(): boolean {
    return this.#isUsed;
  }

  get isIdle(): boolean {
    return this.#running.size === 0 && this.#queue.size === 0;
  }

  async consume(batch: Batch, signal: AbortSignal): Promise<void> {
    if (batch.itemCount === 0) return;
    this.#isUsed = true;
    const { enabled, wait_for_result, overflow } = this.#config.sending_queue;
    // Without encoding what is refused: a collector that has too much to do would spend itself on that.
    if (enabled && overflow === "refuse" && !this.#queue.hasRoom({ items: batch.itemCount, bytes: 0 })) {
      throw this.#full(batch.itemCount);
    }
    const request = joinedParts(batch) === undefined ? this.#request(batch) : await this.#largeRequest(batch);
    if (this.#closed) throw this.#tooLate(batch.itemCount);
    const waiter = !enabled || wait_for_result ? Promise.withResolvers<void>() : undefined;
    const entry = entryOf(request, waiter === undefined ? [] : [waiter]);
    if (enabled) await this.#enqueue(entry, signal);
    else {
      this.#ready.push(entry);
      this.#pump();
    }
    if (waiter !== undefined) await this.#resultOf(entry, waiter, signal);
  }

  /**
   * Waits until `entry` is delivered. Who waits in vain, or is gone, has the data still, and sends it again: then it is sent no more
   * here.
   */
  async #resultOf(entry: Entry<R>, waiter: PromiseWithResolvers<void>, signal: AbortSignal): Promise<void> {
    const end = (): void => {
      if (entry.isWithdrawn) return;
      entry.isWithdrawn = true;
      this.#counts.refused(entry.items);
      waiter.reject(new ConsumeError("the backend has not taken it in time", { retryable: true }));
    };
    const wait: Wait = { over: false, end };
    this.#waits.begin(wait);
    signal.addEventListener("abort", end, { once: true });
    if (signal.aborted) end();
    try {
      await waiter.promise;
    } finally {
      // The signal may live as long as the process.
      signal.removeEventListener("abort", end);
      this.#waits.end(wait);
    }
  }

  #request(batch: Batch): R {
    try {
      return this.#sender.request(batch);
    } catch (error) {
      throw this.#unwritable(batch, error);
    }
  }

  /** The same of a batch that was changed in parts, with turns of the event loop between. */
  async #largeRequest(batch: Batch): Promise<R> {
    const requests: R[] = [];
    try {
      await eachPart(batch, (part) => void requests.push(this.#sender.request(part)));
      return await this.#sender.merge(requests);
    } catch (error) {
      throw this.#unwritable(batch, error);
    }
  }

  #unwritable({ itemCount, signal }: Batch, cause: unknown): ConsumeError {
    this.#ctx.telemetry.incCallFailure("marshal");
    return new ConsumeError(`cannot encode ${itemCount} items of ${signal}`, { retryable: false, cause });
  }

  #enqueue(entry: Entry<R>, signal: AbortSignal): Promise<void> | undefined {
    const queue = this.#queue;
    switch (this.#config.sending_queue.overflow) {
      case "block":
        // Who came before goes first.
        if (this.#blocked.empty && this.#enter(entry)) return undefined;
        if (!this.#stopping.signal.aborted) return this.#waitForRoom(entry, signal);
        throw this.#full(entry.items);
      case "drop_oldest":
        // For one that would not come in even then nothing is dropped: it comes again and again.
        while (!queue.hasRoom(entry) && queue.hasRoomBesideTaken(entry) && this.#dropOldest());
        break;
      case "refuse":
    }
    if (!this.#enter(entry)) throw this.#full(entry.items);
    return undefined;
  }

  /** Puts it into the queue, where there is room. */
  #enter(entry: Entry<R>): boolean {
    if (this.#closed || !this.#queue.hasRoom(entry)) return false;
    this.#queue.add(entry);
    this.#pump();
    return true;
  }

  async #waitForRoom(entry: Entry<R>, signal: AbortSignal): Promise<void> {
    const wait: Wait = { over: false, end: () => {} };
    this.#waits.begin(wait);
    const entered = await this.#blocked.wait(() => this.#enter(entry), signal, wait);
    this.#waits.end(wait);
    if (!entered) throw this.#closed ? this.#tooLate(entry.items) : this.#full(entry.items);
  }

  /** Counts `items` as refused. Asking again is worth it once a part of the queue has emptied. */
  #full(items: number): ConsumeError {
    this.#ctx.telemetry.incCallFailure("queue_full");
    this.#counts.refused(items);
    return new ConsumeError(`the sending queue is full (${this.#queue.limit})`, {
      retryable: true,
      retryAfterMs: this.#drain.msFor(this.#queue.size * ROOM_SHARE, this.#ctx.clock.monotonicMs()),
    });
  }

  /** Nothing is sent any more. */
  #tooLate(items: number): ConsumeError {
    this.#counts.refused(items);
    return new ConsumeError("the exporter has stopped", { retryable: true });
  }

  /** Makes room at the cost of the oldest request that waits; false when all are on their way. */
  #dropOldest(): boolean {
    const oldest = this.#queue.take();
    if (oldest === undefined) return false;
    this.#outcomes.drop(oldest, "queue_full", "the sending queue is full");
    this.#finish(oldest);
    return true;
  }

  /** Sends as much as may be on its way at once. */
  #pump(): void {
    while (!this.#closed && this.#mayStart()) {
      const entry = this.#next();
      if (entry === undefined) {
        this.#limit.release();
        return;
      }
      this.#running.set(entry, this.#run(entry));
    }
  }

  async #run(entry: Entry<R>): Promise<void> {
    const over = await this.#deliver(entry, true);
    this.#running.delete(entry);
    if (over) this.#finish(entry);
    else this.#again.push(entry);
    this.#pump();
  }

  /**
   * Whether there is a turn for one more, which it then has. What waits for its next attempt has none, so that a request which the
   * backend cannot take does not hold up the others; while nothing goes through, few are begun, since they would all be given up.
   */
  #mayStart(): boolean {
    const { max, current } = this.#limit;
    const most = this.#health.isFailing(this) ? Math.max(current, Math.ceil(max / 2)) : max;
    return this.#running.size < most && this.#limit.take();
  }

  #next(): Entry<R> | undefined {
    for (;;) {
      const ready = this.#ready.shift();
      if (ready !== undefined) return ready;
      // What waits in the queue may still be dropped there, and is not held twice.
      if (this.#dividing.size > 0) return undefined;
      const entry = this.#queue.take();
      if (entry === undefined || this.#batcher === undefined) return entry;
      this.#batcher.add(entry);
    }
  }

  /** Entries that were collected become requests of the right size. */
  #flushed(entries: readonly Entry<R>[]): void {
    const merged =
      entries.length === 1 ? entries[0]!.request : this.#sender.merge(entries.map(({ request }) => request));
    const parts = merged instanceof Promise ? merged.then((one) => this.#partsOf(one)) : this.#partsOf(merged);
    if (parts instanceof Promise) this.#dividing.set(entries, this.#divided(entries, parts));
    else this.#queueParts(entries, parts);
  }

  #partsOf(request: R): readonly R[] | Promise<readonly R[]> {
    const { max_size, sizer } = this.#config.sending_queue.batch!;
    return max_size > 0 && request[sizer] > max_size ? this.#sender.split(request, max_size, sizer) : [request];
  }

  async #divided(entries: readonly Entry<R>[], dividing: Promise<readonly R[]>): Promise<void> {
    try {
      const parts = await dividing;
      // Given up meanwhile.
      if (!this.#closed) this.#queueParts(entries, parts);
    } catch (error) {
      if (this.#closed) return;
      for (const entry of entries) {
        this.#outcomes.drop(entry, "marshal", messageOf(error));
        this.#finish(entry);
      }
    } finally {
      this.#dividing.delete(entries);
      this.#pump();
    }
  }

  #queueParts(entries: readonly Entry<R>[], parts: readonly R[]): void {
    const waiters = entries.flatMap((entry) => entry.waiters);
    // Who waits hears of it, and room in the queue is free, when nothing is left of any part.
    const whole = { left: parts.length };
    const results = partResults(waiters, parts);
    for (const [i, part] of parts.entries()) {
      this.#ready.push({ ...entryOf(part, results[i]!), queued: entries, parts: whole });
    }
    this.#pump();
  }

  #finish(entry: Entry<R>): void {
    if (!this.#config.sending_queue.enabled) return;
    if (entry.parts !== undefined && --entry.parts.left > 0) return;
    for (const one of entry.queued) {
      this.#queue.done(one);
      this.#drain.add(sizeOf(this.#config.sending_queue.sizer, one));
    }
    this.#blocked.wakeFirst();
  }

  /** Sends a request until it is delivered or given up; false when it is to be sent once more at the end. */
  async #deliver(entry: Entry<R>, hasTurn: boolean): Promise<boolean> {
    const { clock, telemetry } = this.#ctx;
    const { enabled, max_elapsed_time } = this.#config.retry_on_failure;
    const backOff = new BackOff(this.#config.retry_on_failure);
    const startedMs = clock.monotonicMs();
    for (let turn = hasTurn; ; turn = false) {
      if (!turn) await this.#limit.turn();
      await this.#pause.over(this.#stopping.signal);
      if (isWithdrawn(entry)) {
        this.#limit.release();
        settle(entry);
        return true;
      }
      const epoch = this.#limit.begin();
      const result = await this.#attempts.run(this.#sender, entry.request);
      if (result.outcome === "delivered") this.#limit.succeeded();
      else if (result.outcome === "retry") this.#limit.failed(epoch);
      this.#limit.release();
      if (result.outcome === "delivered") {
        telemetry.incCallSuccess();
        this.#outcomes.delivered(entry, result.rejectedItems ?? 0, result.message ?? "");
        return true;
      }
      telemetry.incCallFailure(result.kind);
      if (result.outcome === "too_large" && entry.items > 1) return this.#halve(entry, result.reason);
      if (result.outcome !== "retry") return this.#outcomes.drop(entry, result.kind, result.reason);
      if (!this.#ctx.signal.aborted) this.#health.fails(this, result.reason, enabled); // Nobody tries again.
      if (!enabled) return this.#outcomes.giveUp(entry, result.kind, result.reason, result.afterMs);
      const afterMs = this.#pause.ask(result.afterMs ?? 0);
      if (this.#stopping.signal.aborted) {
        this.#againAfterMs = Math.max(this.#againAfterMs, afterMs);
        return false;
      }
      const waitMs = backOff.next(afterMs);
      const elapsedMs = clock.monotonicMs() - startedMs + waitMs;
      if (max_elapsed_time > 0 && elapsedMs > max_elapsed_time) {
        const [after, wait] = [elapsedMs - waitMs, waitMs].map((ms) => Math.round(ms / 1000));
        const reason = `gave up after ${after} s, before a wait of ${wait} s: ${result.reason}`;
        return this.#outcomes.giveUp(entry, result.kind, reason, afterMs);
      }
      this.#counts.retried();
      this.#pump();
      await clock.sleep(waitMs, this.#stopping.signal);
    }
  }

  async #halve(entry: Entry<R>, reason: string): Promise<true> {
    const parts = await this.#sender.split(entry.request, Math.ceil(entry.items / 2), "items");
    if (parts.length < 2) return this.#outcomes.drop(entry, "too_large", reason);
    const results = partResults(entry.waiters, parts);
    for (const [i, part] of parts.entries()) {
      const half = entryOf(part, results[i]!, entry);
      if (!(await this.#deliver(half, false))) this.#again.push(half);
    }
    return true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // No request waits for its turn in a back-off any more: each has its attempt first, then those that failed have another.
    this.#stopping.abort();
    const { initial_interval } = this.#config.retry_on_failure;
    const backOff = new BackOff({
      ...this.#config.retry_on_failure,
      initial_interval: Math.min(initial_interval, LAST_WAIT_MS),
    });
    const { signal, clock } = this.#ctx;
    for (;;) {
      await this.#sendAll();
      if (this.#closed || signal.aborted) break;
      await clock.sleep(backOff.next(this.#againAfterMs), signal);
      this.#againAfterMs = 0;
      for (const entry of this.#again.splice(0)) {
        this.#counts.retried();
        this.#ready.push(entry);
      }
    }
    this.#closed = true;
    this.#batcher?.flush();
    const left = [...this.#running.keys(), ...[...this.#dividing.keys()].flat(), ...this.#again, ...this.#ready];
    for (let entry = this.#queue.take(); entry !== undefined; entry = this.#queue.take()) left.push(entry);
    // What is on its way may still arrive: counted as dropped, since nobody waits to hear of it.
    for (const entry of left) this.#outcomes.giveUp(entry, "shutdown", "the time for stopping was up");
    this.#blocked.endAll();
    this.#attempts[Symbol.dispose]();
    this.#waits[Symbol.dispose]();
    this.#outcomes[Symbol.dispose]();
  }

  /** One attempt for everything that is left, until the time for stopping is up. */
  async #sendAll(): Promise<void> {
    const { signal } = this.#ctx;
    for (;;) {
      // What is taken out of the queue stands in a batch then, also that which came free just now.
      this.#pump();
      this.#batcher?.flush();
      const underWay = [...this.#running.values(), ...this.#dividing.values()];
      if (underWay.length === 0 || signal.aborted) {
        // Now: what comes a moment later would be dropped.
        this.#closed = this.#again.length === 0;
        return;
      }
      await Promise.race([Promise.allSettled(underWay), aborted(signal)]);
    }
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  const { promise, resolve } = Promise.withResolvers<void>();
  signal.addEventListener("abort", () => resolve(), { once: true });
  return promise;
}
