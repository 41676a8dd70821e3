import type { Signal } from "../component-id.ts";
import { ConsumeError, isRetryable, type Batch, type Consumer } from "../consumer.ts";
import { messageOf } from "../errors.ts";
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
  /** It did not, and sending them again cannot help: lost on this edge. */
  readonly failed: number;
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

  constructor(pipeline: string, signal: Signal, from: string, target: ComponentNode) {
    this.pipeline = pipeline;
    this.signal = signal;
    this.from = from;
    this.target = target;
  }

  get to(): string {
    return this.target.key;
  }

  async consume(batch: Batch, signal: AbortSignal): Promise<void> {
    const items = batch.itemCount;
    try {
      await this.target.consume(this.signal, batch, signal);
      this.accepted += items;
    } catch (error) {
      if (isRetryable(error)) this.refused += items;
      else this.#fail(items, error);
      throw error;
    }
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
 * Sends to every branch. A caller that sends again after a partial failure would duplicate what the healthy branches have,
 * so only a refusal by all of them is retryable; what one branch lost is counted on its edge.
 */
async function fanOut(edges: readonly Edge[], batch: Batch, signal: AbortSignal): Promise<void> {
  const results = await Promise.allSettled(edges.map((edge) => edge.consume(batch, signal)));
  const errors = results.flatMap((result) => (result.status === "rejected" ? [result.reason as unknown] : []));
  if (errors.length === 0) return;
  const retryable = errors.length === edges.length && errors.every(isRetryable);
  const error = new ConsumeError(
    `${errors.length} of ${edges.length} branches did not take the data: ${errors.map(messageOf).join("; ")}`,
    { retryable },
  );
  if (!retryable) {
    accounted.add(error);
    for (const [i, result] of results.entries()) {
      if (result.status === "rejected" && isRetryable(result.reason)) edges[i]!.lost += batch.itemCount;
    }
  }
  throw error;
}
