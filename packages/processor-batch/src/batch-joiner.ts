import {
  ConsumeError,
  isRetryable,
  messageOf,
  retryAfterOf,
  TimeLimit,
  type Batch,
  type Consumer,
  type ProcessorContext,
} from "@tracecore/core";
import { BackOff, WaitingLine, type RetryConfig, type Wait } from "@tracecore/core/delivery";
import { encodedBatch, encodedRows, joinedParts } from "@tracecore/core/pdata";
import { encodeInParts, joinInTurns, ownRequestInTurns, splitInTurns } from "@tracecore/otlp";

export interface JoinOptions {
  /** Milliseconds. */
  readonly timeout: number;
  readonly send_batch_size: number;
  readonly send_batch_max_size: number;
}

/** Waits between attempts while the next stage does not take a batch; it is in this process, so they need no spread. */
const waits: RetryConfig = {
  enabled: true,
  initial_interval: 100,
  multiplier: 2,
  max_interval: 5_000,
  randomization_factor: 0,
  max_elapsed_time: 0,
};
/** The longest wait between attempts at the end, ms, and for how long nothing may have been taken then before all is given up. */
const LAST_WAIT_MS = 200;
const LAST_PATIENCE_MS = 2_000;
/** How much may wait beside what is being sent, in batches of full size: then the sender is asked to wait. */
const WAITING_BATCHES = 2;
/**
 * The longest that a sender waits for room while the next stage refuses nothing, ms: large batches are worked on in turns, and a
 * refusal would send them away from a collector that has time for them. Half of what SDKs wait for an answer.
 */
const PATIENCE_MS = 5_000;

/** A batch that waits, or the request that was made of it. */
interface Waiting<B extends Batch> {
  content: B | Uint8Array;
  readonly items: number;
}

/** Joins the batches of one signal. It takes responsibility at once, and asks senders to wait while the next stage does not take more. */
export class BatchJoiner<B extends Batch> implements Consumer<B> {
  readonly #signal: B["signal"];
  readonly #options: JoinOptions;
  readonly #ctx: ProcessorContext;
  #waiting: Waiting<B>[] = [];
  #items = 0;
  #timer: AbortController | undefined;
  #sending: Promise<void> | undefined;
  /** Whether the next stage has not taken what is being sent, and is to be asked again. */
  #refused = false;
  /** Those who wait for room, and for how long. */
  readonly #line = new WaitingLine();
  readonly #waits: TimeLimit<Wait>;
  /** Ends a wait between attempts. */
  readonly #finishing = new AbortController();
  readonly #waitOver: AbortSignal;
  /** Until when something has to be taken at the end, ms. */
  #patientUntilMs = Number.POSITIVE_INFINITY;

  constructor(signal: B["signal"], options: JoinOptions, ctx: ProcessorContext) {
    this.#signal = signal;
    this.#options = options;
    this.#ctx = ctx;
    this.#waitOver = AbortSignal.any([ctx.signal, this.#finishing.signal]);
    this.#waits = new TimeLimit(ctx.clock, PATIENCE_MS, (wait) => {
      wait.over = true;
      wait.end();
    });
  }

  async consume(batch: B, abort: AbortSignal): Promise<void> {
    const { itemCount } = batch;
    const { telemetry } = this.#ctx;
    const one: Waiting<B> = { content: batch, items: itemCount };
    // Who came before goes first.
    const entered = (this.#line.empty && this.#enter(one)) || (await this.#waitForRoom(one, abort));
    if (!entered) {
      telemetry.incError("downstream");
      throw new ConsumeError("the next stage does not keep up with the batches", { retryable: true });
    }
    telemetry.incItemsIn(itemCount);
    // What waits is joined as OTLP anyway. A few rows of a large request would hold all of it until then.
    // It is taken, and its sender hears of success: what cannot be written is dropped and counted when it is to be sent.
    if (this.#waiting.lastIndexOf(one) >= 0 && isPicked(batch)) {
      one.content = await encodeInParts(batch).catch(() => batch);
    }
  }

  /** Sends what there is, until the time for stopping is up, or the next stage has taken nothing for a while. */
  async finish(): Promise<void> {
    this.#bePatient();
    this.#finishing.abort();
    this.#line.endAll();
    this.#timer?.abort();
    while (this.#sending !== undefined || this.#items > 0) {
      this.#send();
      await this.#sending;
    }
    this.#waits[Symbol.dispose]();
  }

  /** Puts it to what waits, where there is room. */
  #enter(one: Waiting<B>): boolean {
    const room = Math.max(1, this.#options.send_batch_size) * WAITING_BATCHES;
    if (this.#sending !== undefined && this.#items > 0 && this.#items + one.items > room) return false;
    if (one.items === 0) return true;
    this.#waiting.push(one);
    this.#items += one.items;
    this.#sendWhenDue();
    return true;
  }

  /** False where that would be to wait for a next stage that refuses. */
  async #waitForRoom(one: Waiting<B>, abort: AbortSignal): Promise<boolean> {
    if (this.#refused || this.#finishing.signal.aborted) return false;
    const wait: Wait = { over: false, end: () => {} };
    this.#waits.begin(wait);
    try {
      return await this.#line.wait(() => this.#enter(one), abort, wait);
    } finally {
      this.#waits.end(wait);
    }
  }

  #sendWhenDue(): void {
    const { timeout, send_batch_size } = this.#options;
    if (this.#sending !== undefined) return;
    if (this.#items >= send_batch_size || timeout === 0) this.#send();
    else if (this.#timer === undefined) void this.#sendLater();
  }

  async #sendLater(): Promise<void> {
    const timer = (this.#timer = new AbortController());
    await this.#ctx.clock.sleep(this.#options.timeout, timer.signal);
    if (this.#timer !== timer) return;
    this.#timer = undefined;
    this.#send();
  }

  #send(): void {
    if (this.#sending !== undefined || this.#items === 0) return;
    this.#timer?.abort();
    this.#timer = undefined;
    const [waiting, items] = [this.#waiting, this.#items];
    this.#waiting = [];
    this.#items = 0;
    this.#sending = this.#sendAll(waiting, items).finally(() => {
      this.#sending = undefined;
      if (this.#items > 0) this.#sendWhenDue();
      this.#line.wakeFirst();
    });
  }

  async #sendAll(waiting: readonly Waiting<B>[], items: number): Promise<void> {
    let batches: readonly B[];
    try {
      batches = await this.#joined(waiting, items);
    } catch (error) {
      // One that cannot be written must not take the others along.
      if (waiting.length === 1) this.#drop(items, error);
      else for (const one of waiting) await this.#sendAll([one], one.items);
      return;
    }
    for (const batch of batches) await this.#sendOne(batch);
  }

  /** One batch of all, or several when they have more items than one may have. OTLP joins when it is put together. */
  async #joined(waiting: readonly Waiting<B>[], items: number): Promise<readonly B[]> {
    const { send_batch_max_size: max } = this.#options;
    const splits = max > 0 && items > max;
    const contents = waiting.map(({ content }) => content);
    const [first] = contents;
    if (contents.length === 1 && !splits && !(first instanceof Uint8Array)) return [first!];
    const requests: Uint8Array[] = [];
    for (const one of contents) requests.push(one instanceof Uint8Array ? one : await encodeInParts(one));
    const bytes = await joinInTurns(requests);
    const parts = splits ? await splitInTurns(this.#signal, bytes, max, "items") : [bytes];
    const batches: B[] = [];
    for (const part of parts) batches.push((await ownRequestInTurns(this.#signal, part)) as unknown as B);
    return batches;
  }

  /** Sends until it is taken, or refused for good, or the time is up. */
  async #sendOne(batch: B): Promise<void> {
    const { clock, next, signal, telemetry } = this.#ctx;
    const consumer = next[this.#signal] as Consumer<Batch>;
    const backOff = new BackOff(waits);
    for (;;) {
      try {
        await consumer.consume(batch, signal);
        this.#refused = false;
        telemetry.incItemsOut(batch.itemCount);
        if (this.#finishing.signal.aborted) this.#bePatient();
        return;
      } catch (error) {
        telemetry.incError("downstream");
        if (isRetryable(error) && !signal.aborted && clock.monotonicMs() < this.#patientUntilMs) {
          this.#refused = true;
          this.#line.endAll();
          const waitMs = backOff.next(retryAfterOf(error));
          if (this.#finishing.signal.aborted) await clock.sleep(Math.min(LAST_WAIT_MS, waitMs), signal);
          else await clock.sleep(waitMs, this.#waitOver);
          if (!signal.aborted) continue;
        }
        this.#refused = false;
        this.#drop(batch.itemCount, error);
        return;
      }
    }
  }

  #drop(items: number, error: unknown): void {
    const { dropped, settings, telemetry } = this.#ctx;
    telemetry.incItemsDropped(items, "downstream");
    dropped(items);
    settings.telemetry.logger.error(`dropped ${items} items: ${messageOf(error)}`, { items });
  }

  #bePatient(): void {
    this.#patientUntilMs = this.#ctx.clock.monotonicMs() + LAST_PATIENCE_MS;
  }
}

/** Whether a batch is rows of a request of which there were more. */
function isPicked(batch: Batch): boolean {
  const parts = joinedParts(batch);
  if (parts !== undefined) return parts.some(isPicked);
  return batch.signal !== "metrics" && encodedBatch(batch) === undefined && encodedRows(batch) !== undefined;
}
