import {
  isRetryable,
  messageOf,
  retryAfterOf,
  serverAuthenticator,
  TracecoreError,
  type Batch,
  type ReceiverContext,
  type RequestHeaders,
  type ServerAuthenticator,
  type Signal,
} from "@tracecore/core";
import { ByteBudget, type BudgetShare } from "@tracecore/core/http";
import { decodeInTurns, decodeJsonInTurns, type RequestLimits } from "@tracecore/otlp";
import type { OtlpConfig } from "./config.ts";
import type { Compressed, Room } from "./decompress.ts";
import { EarlyRefusal, type Place } from "./early-refusal.ts";
import {
  codes,
  downstream,
  malformed,
  overloaded,
  Refusal,
  tooLargeItem,
  tooMany,
  unauthenticated,
} from "./refusal.ts";
import { RefusalPace } from "./refusal-pace.ts";

/** A request as it was read. */
export interface Incoming {
  readonly signal: Signal;
  readonly format: "protobuf" | "json";
  /** Decompressed. */
  readonly body: Uint8Array;
  /** As it came, when that can go out again like it came. */
  readonly compressed?: Compressed | undefined;
}

/** What a request came on and its answer goes out on: emits "close" once when that is over, and when the sender is gone. */
export interface Exchange {
  readonly destroyed: boolean;
  once(event: "close", listener: () => void): unknown;
  off(event: "close", listener: () => void): unknown;
}

/** How long nothing has to be refused until that is over, ms: at its limit a collector refuses and takes by turns. */
const CALM_MS = 10_000;

/** For how long nothing more is let in once the requests under way have grown beyond what there is room for, ms. */
const CROWDED_MS = 5;

/** A request that was let in, until it was answered. */
export class Admission implements Disposable {
  readonly #share: BudgetShare;
  readonly #gate: EarlyRefusal;
  readonly #place: Place;
  /** That of the pipeline. */
  refusal: Refusal | undefined;
  #bytes = 0;

  constructor(share: BudgetShare, gate: EarlyRefusal, place: Place) {
    this.#share = share;
    this.#gate = gate;
    this.#place = place;
    // What a sender says that it will send is its own for a second: some that never send it would keep everybody out.
    place.onSlow = () => share.shrink(this.#bytes);
  }

  /** The request takes `bytes` by now; false when there is no room for so many. */
  grow(bytes: number): boolean {
    this.#bytes = Math.max(this.#bytes, bytes);
    if (this.#share.grow(bytes)) return true;
    // Those that say nothing of their length are let in together, and none of them would get through.
    this.refusal = overloaded(CROWDED_MS);
    return false;
  }

  /** Room for what comes out of a request of `bytes`, beside that. */
  roomBeside(bytes: number, limit: number): Room {
    return { limit, grow: (more) => this.grow(bytes + more) };
  }

  [Symbol.dispose](): void {
    this.#share[Symbol.dispose]();
    this.#gate.leave(this.#place, this.refusal);
  }
}

type Limits = Pick<
  OtlpConfig,
  "max_in_flight_size" | "max_request_items" | "max_item_fields" | "max_item_size" | "max_resource_size" | "refusals"
>;

function beyond(
  limit: Parameters<RequestLimits["exceeded"]>[0],
  limits: Omit<Limits, "max_in_flight_size" | "refusals">,
): Refusal {
  switch (limit) {
    case "items":
      return tooMany(limits.max_request_items);
    case "itemFields":
      return tooLargeItem("an item, resource or scope has more fields", "max_item_fields", limits.max_item_fields);
    case "itemBytes":
      return tooLargeItem("a record, span or point has more bytes", "max_item_size", `${limits.max_item_size} bytes`);
    case "headBytes":
      return tooLargeItem(
        "a resource, scope or metric has more bytes",
        "max_resource_size",
        `${limits.max_resource_size} bytes`,
      );
  }
}

/** What both protocols do with a request: let it in, decode it and pass it on. */
export class Intake implements Disposable {
  readonly #ctx: ReceiverContext;
  readonly #budget: ByteBudget;
  readonly #limits: RequestLimits;
  readonly #pace: RefusalPace;
  /** The longest that a refusal waits, ms. */
  readonly longestDelayMs: number;
  readonly #gates: Readonly<Record<Signal, EarlyRefusal>>;
  /** Ends the delays of refusals. */
  readonly #stopping = new AbortController();
  /** Requests that are being decoded and passed on. */
  #taking = 0;
  /** Of these, who waits for the answer. */
  readonly #senders = new Set<AbortController>();
  #onIdle: (() => void) | undefined;
  #refusing = false;
  #refusedMs = 0;

  constructor(ctx: ReceiverContext, { max_in_flight_size, refusals, ...limits }: Limits) {
    this.#ctx = ctx;
    this.#limits = {
      items: limits.max_request_items,
      itemFields: limits.max_item_fields,
      itemBytes: limits.max_item_size,
      headBytes: limits.max_resource_size,
      exceeded: (limit) => beyond(limit, limits),
    };
    this.#budget = new ByteBudget(max_in_flight_size);
    this.#pace = new RefusalPace(ctx.clock, refusals);
    this.longestDelayMs = refusals.max_delay;
    const gate = (): EarlyRefusal => new EarlyRefusal(ctx.clock);
    this.#gates = { metrics: gate(), logs: gate(), traces: gate() };
    const leaveAll = (): void => this.#senders.forEach((sender) => sender.abort());
    ctx.signal.addEventListener("abort", leaveAll, { once: true });
  }

  /** Whether a pipeline takes `signal`. */
  takes(signal: Signal): boolean {
    return this.#ctx.next.wired(signal);
  }

  authenticator(id: string | undefined): ServerAuthenticator | undefined {
    if (id === undefined) return undefined;
    const { host } = this.#ctx;
    const { challenge } = serverAuthenticator(host, id);
    // Asked for with each request: a reload may put another one in its place.
    return { challenge, refusal: (headers) => serverAuthenticator(host, id).refusal(headers) };
  }

  /** Lets a request of `bytes` in, as far as that is known. Throws {@link Refusal} when there is no room for it, or the pipeline is full. */
  admit(signal: Signal, bytes: number): Admission {
    const gate = this.#gates[signal];
    const place = gate.enter();
    const share = this.#budget.reserve(bytes);
    if (share !== undefined) return new Admission(share, gate, place);
    gate.leave(place, undefined);
    throw overloaded();
  }

  /** Throws {@link Refusal} when the sender may not send. */
  async authenticate(authenticator: ServerAuthenticator | undefined, headers: RequestHeaders): Promise<void> {
    const reason = await authenticator?.refusal(headers);
    if (reason !== undefined) throw unauthenticated(reason, authenticator!.challenge);
  }

  /**
   * Passes a request on; resolves when the pipeline has taken it. Throws {@link Refusal}. Whoever waits for room stands in line no longer
   * once the sender is gone: it sends the same again, and would stand behind itself.
   */
  async take(request: Incoming, admission: Admission, exchange: Exchange): Promise<void> {
    const sender = new AbortController();
    const leave = (): void => sender.abort();
    this.#taking++;
    this.#senders.add(sender);
    exchange.once("close", leave);
    if (exchange.destroyed || this.#ctx.signal.aborted) leave();
    try {
      await this.#take(request, admission, sender.signal);
    } finally {
      exchange.off("close", leave);
      this.#senders.delete(sender);
      if (--this.#taking === 0) this.#onIdle?.();
    }
  }

  /** Resolves once no request is being passed on, or `signal` aborts; undefined when that is so now. */
  idle(signal: AbortSignal): Promise<void> | undefined {
    if (this.#taking === 0 || signal.aborted) return undefined;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onIdle = resolve;
    signal.addEventListener("abort", () => resolve(), { once: true });
    return promise;
  }

  async #take({ signal, format, body, compressed }: Incoming, admission: Admission, abort: AbortSignal): Promise<void> {
    const { clock, next, telemetry } = this.#ctx;
    const startedMs = clock.monotonicMs();
    let batch: Batch | Promise<Batch>;
    try {
      batch =
        format === "json"
          ? decodeJsonInTurns(signal, body, this.#limits)
          : decodeInTurns(signal, body, this.#limits, compressed);
      // A small one is there at once.
      if (batch instanceof Promise) batch = await batch;
    } catch (error) {
      throw isMalformed(error) ? malformed(error.message) : error;
    }
    try {
      // An empty request is a good one: senders ask like that whether anybody is there.
      if (batch.itemCount > 0) await next[signal].consume(batch as never, abort);
    } catch (error) {
      // Says nothing of whether there is room for others.
      if (abort.aborted && !this.#ctx.signal.aborted) throw downstream("the sender is gone", true);
      admission.refusal = downstream(messageOf(error), isRetryable(error), retryAfterOf(error));
      throw admission.refusal;
    } finally {
      telemetry.observeLatency(clock.monotonicMs() - startedMs);
    }
    telemetry.incEmissions(1);
    telemetry.markActivity();
    this.#accepts();
  }

  /** Counts a refusal, and logs it when it is the first of several. */
  refused(error: unknown): Refusal {
    const refusal = asRefusal(error);
    this.#ctx.telemetry.incError(refusal.kind);
    const { logger } = this.#ctx.settings.telemetry;
    if (!(error instanceof Refusal)) logger.error(`BUG: ${messageOf(error)}. Please report it`);
    else if (!this.#refusing) logger.warn(`refuses requests: ${refusal.message}`, { kind: refusal.kind });
    this.#refusing = true;
    this.#refusedMs = this.#ctx.clock.monotonicMs();
    return refusal;
  }

  /**
   * Waits before a request is refused for want of room, of which `bytes` are still to be read. False when it would have to wait for
   * more than `mostMs`, and has waited for `tooLongMs`: then the rest must not be read.
   */
  async pace(
    { retryAfterMs }: Refusal,
    bytes: number,
    { mostMs = this.longestDelayMs, tooLongMs = 0 }: { readonly mostMs?: number; readonly tooLongMs?: number } = {},
  ): Promise<boolean> {
    if (retryAfterMs === undefined) return true;
    const delayMs = this.#pace.delayMs(bytes, mostMs);
    const ms = delayMs ?? tooLongMs;
    if (ms > 0) await this.#ctx.clock.sleep(ms, this.#stopping.signal);
    return delayMs !== undefined;
  }

  /** Refusals wait no longer: who stops answers at once. */
  [Symbol.dispose](): void {
    this.#stopping.abort();
    for (const gate of Object.values(this.#gates)) gate[Symbol.dispose]();
  }

  #accepts(): void {
    if (!this.#refusing || this.#ctx.clock.monotonicMs() - this.#refusedMs < CALM_MS) return;
    this.#ctx.settings.telemetry.logger.info("takes requests again");
    this.#refusing = false;
  }
}

function isMalformed(error: unknown): error is TracecoreError {
  return error instanceof TracecoreError && error.code === "otlp-malformed";
}

function asRefusal(error: unknown): Refusal {
  return error instanceof Refusal
    ? error
    : new Refusal("internal error", { code: codes.internal, status: 500, kind: "panic" });
}
