import type { Signal } from "../component-id.ts";
import { ConsumeError, isRetryable, type Batch, type Consumer } from "../consumer.ts";
import { messageOf } from "../errors.ts";
import { batchSize } from "../pdata/batch-size.ts";
import type { ComponentNode } from "./node.ts";

/** What an edge of the graph has carried, in items. `accepted + refused + failed` is everything that was offered. */
export interface EdgeCounts {
  readonly pipeline: string;
  readonly signal: Signal;
  readonly from: string;
  readonly to: string;
  /** The component took responsibility. */
  readonly accepted: number;
  /** It did not, and the sender still has the items: a retryable error. */
  readonly refused: number;
  /** It did not, and nobody sends them again: lost on this edge or further down. */
  readonly failed: number;
  /** The same in bytes of OTLP; all 0 unless the service counts bytes. */
  readonly bytes: { readonly accepted: number; readonly refused: number; readonly failed: number };
  /** Items that nobody has any more because of this edge; a failure that came from further down is counted there only. */
  readonly lost: number;
}

/** Errors whose loss has been counted, so that it is not counted again on the edges before. */
const accounted = new WeakSet<object>();

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

  constructor(pipeline: string, signal: Signal, from: string, target: ComponentNode, countBytes = false) {
    this.pipeline = pipeline;
    this.signal = signal;
    this.from = from;
    this.target = target;
    this.#countBytes = countBytes;
  }

  get to(): string {
    return this.target.key;
  }

  async consume(batch: Batch, signal: AbortSignal): Promise<void> {
    try {
      await this.offer(batch, signal);
    } catch (error) {
      this.notTaken(batch, error, isRetryable(error));
      throw error;
    }
  }

  /** Offers a batch and counts it when it is taken. When it is not, {@link notTaken} has to follow. */
  async offer(batch: Batch, signal: AbortSignal): Promise<void> {
    await this.target.consume(this.signal, batch, signal);
    this.accepted += batch.itemCount;
    if (this.#countBytes) this.bytes.accepted += batchSize(batch);
  }

  /** Counts a batch that was not taken: refused when the sender keeps it, else failed. */
  notTaken(batch: Batch, error: unknown, kept: boolean): void {
    if (kept) this.refused += batch.itemCount;
    else this.#fail(batch.itemCount, error);
    if (this.#countBytes) this.bytes[kept ? "refused" : "failed"] += batchSize(batch);
  }

  #fail(items: number, error: unknown): void {
    this.failed += items;
    if (typeof error === "object" && error !== null) {
      if (accounted.has(error)) return;
      accounted.add(error);
    }
    this.lost += items;
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
  const results = await Promise.allSettled(edges.map((edge) => edge.offer(batch, signal)));
  const errors = results.flatMap((result) => (result.status === "rejected" ? [result.reason as unknown] : []));
  if (errors.length === 0) return;
  const taken = errors.length < edges.length;
  const retryable = !taken && errors.every(isRetryable);
  for (const [i, result] of results.entries()) {
    if (result.status === "fulfilled") continue;
    edges[i]!.notTaken(batch, result.reason, retryable);
    if (taken) edges[i]!.target.lostAlone(edges[i]!.from, result.reason);
  }
  if (taken) return;
  const error = new ConsumeError(
    `none of ${edges.length} branches took the data: ${errors.map(messageOf).join("; ")}`,
    { retryable },
  );
  if (!retryable) accounted.add(error);
  throw error;
}
