import type { Signal } from "../component-id.ts";
import { ConsumeError, isRetryable, retryAfterOf, type Batch, type Consumer } from "../consumer.ts";
import { messageOf } from "../errors.ts";
import { batchSize } from "../pdata/batch-size.ts";
import type { EdgeView } from "../service-view.ts";
import type { ComponentNode } from "./node.ts";

/** What an edge of the graph has carried, in items. `accepted + refused + failed` is everything that was offered. */
export interface EdgeCounts extends EdgeView {
  /** The same in bytes of OTLP; all 0 unless the service counts bytes. */
  readonly bytes: { readonly accepted: number; readonly refused: number; readonly failed: number };
  /** Items that nobody has any more because of this edge; a failure that came from further down is counted there only. */
  readonly lost: number;
}

/** Where the items of a run ended: the sum over what has gone. */
export interface Totals {
  /** Items that exporters took and still answer for. */
  delivered: number;
  dropped: number;
}

/** Errors whose loss has been counted, so that it is not counted again on the edges before. */
const accounted = new WeakSet<object>();

/** Looks at a batch that an edge offers to its target. What it throws is ignored: looking must not change what flows. */
export type EdgeWatcher = (batch: Batch) => void;

/** What an edge hands batches to. */
type EdgeTarget = Pick<ComponentNode, "consume">;

/** A way from one component to the next in one pipeline. */
export class Edge implements EdgeCounts {
  readonly pipeline: string;
  readonly signal: Signal;
  readonly from: string;
  readonly target: ComponentNode;
  accepted = 0;
  refused = 0;
  failed = 0;
  lost = 0;
  readonly bytes = { accepted: 0, refused: 0, failed: 0 };
  readonly #countBytes: boolean;
  /** The target itself; while somebody looks, what shows batches to them first. So an edge that nobody looks at pays nothing. */
  #receiver: EdgeTarget;
  #watchers: readonly EdgeWatcher[] = [];
  /** Set once it is out of the graph: what a call that was under way still brings goes here as well. */
  #totals: Totals | undefined;

  constructor(pipeline: string, signal: Signal, from: string, target: ComponentNode, countBytes = false) {
    this.pipeline = pipeline;
    this.signal = signal;
    this.from = from;
    this.target = target;
    this.#receiver = target;
    this.#countBytes = countBytes;
  }

  get to(): string {
    return this.target.key;
  }

  async consume(batch: Batch, signal: AbortSignal): Promise<void> {
    // Before: what a component that breaks the rules does to the batch must not reach the sums.
    const items = batch.itemCount;
    try {
      await this.offer(batch, items, signal);
    } catch (error) {
      this.notTaken(batch, items, error, isRetryable(error));
      throw error;
    }
  }

  /** Offers a batch and counts it when it is taken. When it is not, {@link notTaken} has to follow. */
  async offer(batch: Batch, items: number, signal: AbortSignal): Promise<void> {
    await this.#receiver.consume(this.signal, batch, signal);
    this.accepted += items;
    if (this.#countBytes) this.bytes.accepted += batchSize(batch);
    if (this.#totals !== undefined && this.target.spec.kind === "exporter") this.#totals.delivered += items;
  }

  /** Shows every batch to `watcher` before it is offered, until the result is disposed. */
  watch(watcher: EdgeWatcher): Disposable {
    this.#setWatchers([...this.#watchers, watcher]);
    return { [Symbol.dispose]: () => this.#setWatchers(this.#watchers.filter((one) => one !== watcher)) };
  }

  #setWatchers(watchers: readonly EdgeWatcher[]): void {
    this.#watchers = watchers;
    const { target } = this;
    if (watchers.length === 0) {
      this.#receiver = target;
      return;
    }
    this.#receiver = {
      consume(signal, batch, abort) {
        for (const watcher of watchers) {
          try {
            watcher(batch);
          } catch {
            // It is the watcher's own maker that has to hear of it.
          }
        }
        return target.consume(signal, batch, abort);
      },
    };
  }

  /** Counts a batch that was not taken: refused when the sender keeps it, else failed. */
  notTaken(batch: Batch, items: number, error: unknown, kept: boolean): void {
    if (kept) this.refused += items;
    else this.#fail(items, error);
    if (this.#countBytes) this.bytes[kept ? "refused" : "failed"] += batchSize(batch);
  }

  /** Adds what it has carried to `totals`, once, and from now on what comes late. */
  retireInto(totals: Totals): void {
    if (this.#totals !== undefined) return;
    this.#totals = totals;
    if (this.target.spec.kind === "exporter") totals.delivered += this.accepted;
    totals.dropped += this.lost;
  }

  #fail(items: number, error: unknown): void {
    this.failed += items;
    if (typeof error === "object" && error !== null) {
      if (accounted.has(error)) return;
      accounted.add(error);
    }
    this.lost += items;
    if (this.#totals !== undefined) this.#totals.dropped += items;
  }
}

/** Where a component sends one signal. Its targets change with a reload; the component keeps the same object. */
export class Outlet implements Consumer<Batch> {
  edges: readonly Edge[] = [];

  consume(batch: Batch, signal: AbortSignal): Promise<void> {
    const { edges } = this;
    // Batches are immutable, so every branch gets the same one.
    if (edges.length === 1) return edges[0]!.consume(batch, signal);
    return edges.length === 0 ? Promise.resolve() : fanOut(edges, batch, signal);
  }
}

/**
 * Sends to every branch. What one branch took is taken: the sender cannot have it back, and sending it again would duplicate
 * it, so a branch that did not take it has lost it, which is counted on its edge and logged. Only when no branch took it the
 * sender hears of it, and may send it again when all of them ask for that.
 */
async function fanOut(edges: readonly Edge[], batch: Batch, signal: AbortSignal): Promise<void> {
  const items = batch.itemCount;
  const results = await Promise.allSettled(edges.map((edge) => edge.offer(batch, items, signal)));
  const errors = results.flatMap((result) => (result.status === "rejected" ? [result.reason as unknown] : []));
  if (errors.length === 0) return;
  const taken = errors.length < edges.length;
  const retryable = !taken && errors.every(isRetryable);
  for (const [i, result] of results.entries()) {
    if (result.status === "fulfilled") continue;
    edges[i]!.notTaken(batch, items, result.reason, retryable);
    if (taken) edges[i]!.target.lostAlone(edges[i]!.from, items, result.reason);
  }
  if (taken) return;
  const error = new ConsumeError(
    `none of ${edges.length} branches took the data: ${errors.map(messageOf).join("; ")}`,
    { retryable, ...longestWait(errors) },
  );
  if (!retryable) accounted.add(error);
  throw error;
}

/** What all branches asked for, where any did: one that takes it sooner would leave the others without it. */
function longestWait(errors: readonly unknown[]): { readonly retryAfterMs?: number } {
  const waits = errors.map(retryAfterOf).filter((wait) => wait !== undefined);
  return waits.length === 0 ? {} : { retryAfterMs: Math.max(...waits) };
}
