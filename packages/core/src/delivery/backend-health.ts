import { reportStatus } from "../componentstatus/componentstatus.ts";
import type { ExporterContext } from "../factory.ts";

/** Time between two lines that say that the backend takes data again, ms, unless it has failed at nothing for as long. */
const CALM_MS = 10_000;

/** What sends to a backend. */
export interface Source {
  /** Whether it has nothing to send. */
  readonly isIdle: boolean;
}

/** Whether a backend takes data now, for the status of the exporter and its log. It may take that of one source and not of another. */
export class BackendHealth {
  readonly #ctx: ExporterContext;
  readonly #failing = new Set<Source>();
  /** Whether the log says so: a backend that takes one request and refuses the next has its lines there now and then. */
  #saidFailing = false;
  #failedMs = Number.NEGATIVE_INFINITY;
  #saidWellMs = Number.NEGATIVE_INFINITY;

  constructor(ctx: ExporterContext) {
    this.#ctx = ctx;
  }

  /** Whether the last answer to `source` was that it cannot. */
  isFailing(source: Source): boolean {
    return this.#failing.has(source);
  }

  /** `again`: whether what was not sent is to be sent again. */
  fails(source: Source, reason: string, again: boolean): void {
    this.#failedMs = this.#ctx.clock.monotonicMs();
    const what = again ? "; tries again" : "";
    if (!this.#saidFailing) this.#ctx.settings.telemetry.logger.warn(`cannot send: ${reason}${what}`);
    this.#saidFailing = true;
    const isFirst = this.#failing.size === 0;
    this.#failing.add(source);
    if (isFirst) reportStatus(this.#ctx.host, { status: "recoverable_error", error: new Error(reason) });
  }

  works(source: Source): void {
    const wasFailing = this.#failing.size > 0;
    this.#failing.delete(source);
    // Nothing would ever say of a source that has given up, and has nothing more to send, that it is well again.
    for (const other of this.#failing) if (other.isIdle) this.#failing.delete(other);
    if (this.#failing.size > 0) return;
    if (wasFailing) reportStatus(this.#ctx.host, { status: "ok" });
    if (!this.#saidFailing) return;
    const nowMs = this.#ctx.clock.monotonicMs();
    if (nowMs - Math.min(this.#failedMs, this.#saidWellMs) < CALM_MS) return;
    this.#saidFailing = false;
    this.#saidWellMs = nowMs;
    this.#ctx.settings.telemetry.logger.info("the backend takes data again");
  }
}
