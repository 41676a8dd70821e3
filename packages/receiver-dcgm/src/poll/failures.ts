import { messageOf, reportStatus, type Host, type Logger } from "@tracecore/core";
import type { ReceiverTelemetry } from "@tracecore/core/selftelemetry";

/** The error kinds that this receiver reports; docs/RUNBOOK.md has a row for each. */
export const dcgmKinds = [
  "init",
  "connect",
  "enumerate",
  "watch",
  "read",
  "mig",
  "health",
  "profiling",
  "kernel_log",
  "cardinality",
  "downstream",
] as const;
export type DcgmKind = (typeof dcgmKinds)[number];

/**
 * The failures that last. Each path counts every time it fails, is logged when it begins to fail and when it works again, and
 * keeps the receiver degraded meanwhile.
 */
export class Failures {
  readonly #telemetry: ReceiverTelemetry;
  readonly #logger: Logger;
  readonly #host: Host;
  readonly #lasting = new Map<string, { readonly text: string; readonly error: unknown; times: number }>();
  #reported = "";

  constructor(telemetry: ReceiverTelemetry, logger: Logger, host: Host) {
    this.#telemetry = telemetry;
    this.#logger = logger;
    this.#host = host;
  }

  /** `path` names what fails, in a message and to tell failures apart: `connect localhost:5555`. */
  fail(path: string, kind: DcgmKind, error: unknown): void {
    this.#telemetry.incError(kind);
    const there = this.#lasting.get(path);
    if (there !== undefined) {
      there.times++;
      return;
    }
    const text = messageOf(error);
    this.#lasting.set(path, { text, error, times: 1 });
    this.#logger.warn(text, { kind });
  }

  /** The path works. */
  ok(path: string): void {
    const there = this.#lasting.get(path);
    if (there === undefined) return;
    this.#lasting.delete(path);
    this.#logger.info(`works again after ${there.times} failures: ${path}`);
  }

  /** Forgets the paths that begin with `prefix`: nobody tries them any more. */
  forget(prefix: string): void {
    for (const path of this.#lasting.keys()) if (path.startsWith(prefix)) this.#lasting.delete(path);
  }

  isFailing(path: string): boolean {
    return this.#lasting.has(path);
  }

  /** Tells the host and the self-telemetry how the receiver is. */
  report(): void {
    const all = [...this.#lasting.values()];
    this.#telemetry.setDegraded(all.length > 0);
    const now = all.length === 0 ? "ok" : all.map(({ text }) => text).join("\n");
    if (now === this.#reported) return;
    this.#reported = now;
    const errors = all.map(({ error }) => error);
    reportStatus(
      this.#host,
      errors.length === 0
        ? { status: "ok" }
        : {
            status: "recoverable_error",
            error: errors.length === 1 ? errors[0] : new AggregateError(errors, `${errors.length} reads fail`),
          },
    );
  }
}
