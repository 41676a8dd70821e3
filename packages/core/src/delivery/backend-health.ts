import { reportStatus } from "../componentstatus/componentstatus.ts";
import type { ExporterContext } from "../factory.ts";

/** Time between two lines that say that the backend takes data again, ms, unless it has failed at nothing for as long. */
const CALM_MS = 10_000;

/** Whether a backend takes data now, for the status of the exporter and its log. */
export class BackendHealth {
  readonly #ctx: ExporterContext;
  #failing = false;
  /** Whether the log says so: a backend that takes one request and refuses the next has its lines there now and then. */
  #saidFailing = false;
  #failedMs = Number.NEGATIVE_INFINITY;
  #saidWellMs = Number.NEGATIVE_INFINITY;

  constructor(ctx: ExporterContext) {
    this.#ctx = ctx;
  }

  /** Whether the last answer was that it cannot. */
  get failing(): boolean {
    return this.#failing;
  }

  /** `again`: whether what was not sent is to be sent again. */
  fails(reason: string, again: boolean): void {
    this.#failedMs = this.#ctx.clock.monotonicMs();
    const what = again ? "; tries again" : "";
    if (!this.#saidFailing) this.#ctx.settings.telemetry.logger.warn(`cannot send: ${reason}${what}`);
    this.#saidFailing = true;
    if (this.#failing) return;
    this.#failing = true;
    reportStatus(this.#ctx.host, { status: "recoverable_error", error: new Error(reason) });
  }

  works(): void {
    if (this.#failing) reportStatus(this.#ctx.host, { status: "ok" });
    this.#failing = false;
    if (!this.#saidFailing) return;
    const nowMs = this.#ctx.clock.monotonicMs();
    if (nowMs - Math.min(this.#failedMs, this.#saidWellMs) < CALM_MS) return;
    this.#saidFailing = false;
    this.#saidWellMs = nowMs;
    this.#ctx.settings.telemetry.logger.info("the backend takes data again");
  }
}
