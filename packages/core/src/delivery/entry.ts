import type { Sized } from "./sending-queue.ts";

/** A request with those who wait for it. */
export interface Entry<R extends Sized> extends Sized {
  readonly request: R;
  readonly waiters: readonly PromiseWithResolvers<void>[];
  /** The entries of the queue that it stands for. */
  readonly queued: readonly Entry<R>[];
  /** Set when it stands for them together with other entries: how many of those are not done. */
  readonly parts?: { left: number };
  /** What it is a part of, when that was too large. */
  readonly whole: Entry<R> | undefined;
  /** Items of which nothing was counted yet. */
  left: number;
  /** Nobody waits for it any more: who gave it has it still. */
  isWithdrawn: boolean;
}

/** Whether all that it stands for, or is a part of, was withdrawn. */
export function isWithdrawn<R extends Sized>({ queued, whole }: Entry<R>): boolean {
  return whole === undefined ? queued.every((one) => one.isWithdrawn) : isWithdrawn(whole);
}

interface Part {
  left: number;
  readonly whole: Part | undefined;
}

/** Takes the items of an entry, and of what it is a part of, as counted; gives how many were not counted before. */
export function settle(entry: Part): number {
  let items = entry.left;
  for (let { whole } = entry; whole !== undefined; { whole } = whole) items = Math.min(items, whole.left);
  for (let one: Part | undefined = entry; one !== undefined; one = one.whole) one.left -= items;
  entry.left = 0;
  return items;
}

/** An entry of the queue, or, with `whole`, a part of one. */
export function entryOf<R extends Sized>(
  request: R,
  waiters: readonly PromiseWithResolvers<void>[],
  whole?: Entry<R>,
): Entry<R> {
  const { items, bytes } = request;
  const entry = { request, items, bytes, waiters, queued: [] as Entry<R>[], whole, left: items, isWithdrawn: false };
  if (whole === undefined) entry.queued.push(entry);
  return entry;
}

/**
 * Who waits for each of `parts`: `waiters` hear of it once all parts are done, that they were delivered, or why one was not. Nobody
 * waits for the parts where nobody waits for the whole.
 */
export function partResults(
  waiters: readonly PromiseWithResolvers<void>[],
  parts: readonly unknown[],
): PromiseWithResolvers<void>[][] {
  const results = parts.map(() => (waiters.length > 0 ? [Promise.withResolvers<void>()] : []));
  if (waiters.length > 0) void tellAll(waiters, results.flat());
  return results;
}

async function tellAll(
  waiters: readonly PromiseWithResolvers<void>[],
  parts: readonly PromiseWithResolvers<void>[],
): Promise<void> {
  const results = await Promise.allSettled(parts.map(({ promise }) => promise));
  const failed = results.find((result) => result.status === "rejected");
  for (const waiter of waiters) {
    if (failed === undefined) waiter.resolve();
    else waiter.reject(failed.reason);
  }
}
