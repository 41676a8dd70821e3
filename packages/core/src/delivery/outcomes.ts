import { ConsumeError } from "../consumer.ts";
import type { ExporterContext } from "../factory.ts";
import type { DeliveryCounts } from "./delivery-instruments.ts";
import { isWithdrawn, settle, type Entry } from "./entry.ts";
import { LossReport } from "./loss-report.ts";
import type { Sized } from "./sending-queue.ts";

/** Counts how requests ended, each item once, and tells those who wait, or else the log. */
export class Outcomes implements Disposable {
  readonly #ctx: ExporterContext;
  readonly #counts: DeliveryCounts;
  readonly #works: () => void;
  readonly #losses: LossReport;

  /** Calls `works` whenever the backend has taken something. */
  constructor(ctx: ExporterContext, counts: DeliveryCounts, works: () => void) {
    this.#ctx = ctx;
    this.#counts = counts;
    this.#works = works;
    this.#losses = new LossReport(ctx.settings.telemetry.logger, ctx.clock);
  }

  /** The backend took it, all but `said` items of it: what it says of itself, so any number. */
  delivered(entry: Entry<Sized>, said: number, message: string): void {
    const items = settle(entry);
    if (items === 0) return;
    const rejected = Math.min(Math.max(0, said), items);
    this.#works();
    this.#counts.sent(items - rejected);
    if (rejected > 0) {
      this.#counts.dropped(rejected, "rejected");
      this.#ctx.dropped(rejected);
      this.#losses.lost(rejected, `the backend rejected them${message === "" ? "" : `: ${message}`}`);
    } else if (message !== "") this.#ctx.settings.telemetry.logger.warn(`the backend says: ${message}`);
    for (const waiter of entry.waiters) waiter.resolve();
  }

  /** The backend might take it later, but it is sent no more here. Who waits has the data still, and may send it again. */
  giveUp(entry: Entry<Sized>, kind: string, reason: string, retryAfterMs?: number): true {
    if (entry.waiters.length === 0) return this.drop(entry, kind, reason);
    const items = settle(entry);
    // Who has waited in vain was counted then.
    if (items > 0 && !isWithdrawn(entry)) this.#counts.refused(items);
    const error = new ConsumeError(reason, { retryable: true, ...(retryAfterMs !== undefined && { retryAfterMs }) });
    for (const waiter of entry.waiters) waiter.reject(error);
    return true;
  }

  drop(entry: Entry<Sized>, kind: string, reason: string): true {
    const items = settle(entry);
    if (items === 0 || isWithdrawn(entry)) return true;
    const { waiters } = entry;
    this.#counts.dropped(items, kind);
    if (waiters.length > 0) {
      // Who waits still has the data, and hears of it.
      const error = new ConsumeError(reason, { retryable: false });
      for (const waiter of waiters) waiter.reject(error);
      return true;
    }
    this.#ctx.dropped(items);
    this.#losses.lost(items, reason);
    return true;
  }

  /** What was lost since the last line about losses is told now. */
  [Symbol.dispose](): void {
    this.#losses.end();
  }
}
