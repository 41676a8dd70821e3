import type { Attributes } from "@opentelemetry/api";
import { systemClock, type Clock } from "../clock/clock.ts";
import type { Logger } from "../settings.ts";
import { KindCounts } from "./kind-counts.ts";
import type { Latency } from "./latency.ts";

/** What the handles of one component ID count into, whoever reads it. Restarted instances go on in the same state. */
interface ComponentState {
  readonly attributes: Attributes;
  readonly startTimeUnixNano: bigint;
  /** Handles that have not been disposed. */
  holders: number;
}

/** What a new handle may bring along. */
export interface HandleOptions {
  /** Default: the clock of the machine. */
  readonly clock?: Clock | undefined;
  /** Hears of the kind cap; without it the cap is silent. */
  readonly logger?: Logger | undefined;
  /** Kinds beyond the canonical ones before the rest goes into `other`; default 20, or what the provider's owner set. */
  readonly maxUnknownKinds?: number | undefined;
}

export class ReceiverState implements ComponentState {
  readonly attributes: Attributes;
  readonly startTimeUnixNano: bigint;
  readonly errors: KindCounts;
  readonly latency: Latency;
  holders = 0;
  emissions = 0;
  clock: Clock;
  lastActivityMs: number;
  #degradedMs = 0;
  #degradedSinceMs: number | undefined;
  /** Degraded since it could not start, and not by its own word. */
  #startFailed = false;

  constructor(id: string, latency: Latency, maxUnknownKinds: number, { clock = systemClock, logger }: HandleOptions) {
    this.attributes = { component_id: id };
    this.startTimeUnixNano = clock.nowUnixNano();
    this.clock = clock;
    this.latency = latency;
    this.lastActivityMs = clock.nowMs();
    this.errors = new KindCounts(
      (kind) => ({ component_id: id, kind }),
      maxUnknownKinds,
      warnOfCap(maxUnknownKinds, logger),
    );
  }

  setDegraded(degraded: boolean): void {
    this.#startFailed = false;
    if (degraded === (this.#degradedSinceMs !== undefined)) return;
    if (this.#degradedSinceMs === undefined) {
      this.#degradedSinceMs = this.clock.monotonicMs();
    } else {
      this.#degradedMs += this.clock.monotonicMs() - this.#degradedSinceMs;
      this.#degradedSinceMs = undefined;
    }
  }

  startFailed(): void {
    this.setDegraded(true);
    this.#startFailed = true;
  }

  started(): void {
    if (this.#startFailed) this.setDegraded(false);
  }

  /** A new instance has taken the ID over: it is healthy until it says otherwise, unless one before it could not start. */
  takeOver(clock: Clock): void {
    if (!this.#startFailed) this.setDegraded(false);
    this.clock = clock;
    this.lastActivityMs = clock.nowMs();
  }

  degradedSeconds(): number {
    const open = this.#degradedSinceMs === undefined ? 0 : this.clock.monotonicMs() - this.#degradedSinceMs;
    return (this.#degradedMs + open) / 1_000;
  }
}

export class ExporterState implements ComponentState {
  readonly attributes: Attributes;
  readonly successAttributes: Attributes;
  readonly startTimeUnixNano: bigint;
  readonly failures: KindCounts;
  holders = 0;
  successes = 0;

  constructor(id: string, maxUnknownKinds: number, { clock = systemClock, logger }: HandleOptions) {
    this.attributes = { component_id: id };
    this.successAttributes = { component_id: id, result: "success", kind: "" };
    this.startTimeUnixNano = clock.nowUnixNano();
    this.failures = new KindCounts(
      (kind) => ({ component_id: id, result: "failure", kind }),
      maxUnknownKinds,
      warnOfCap(maxUnknownKinds, logger),
    );
  }
}

export class ProcessorState implements ComponentState {
  readonly attributes: Attributes;
  readonly startTimeUnixNano: bigint;
  readonly errors: KindCounts;
  readonly dropped: KindCounts;
  readonly latency: Latency;
  holders = 0;
  itemsIn = 0;
  itemsOut = 0;

  constructor(id: string, latency: Latency, maxUnknownKinds: number, { clock = systemClock, logger }: HandleOptions) {
    this.attributes = { component_id: id };
    this.startTimeUnixNano = clock.nowUnixNano();
    this.latency = latency;
    const attributesOf = (kind: string): Attributes => ({ component_id: id, kind });
    this.errors = new KindCounts(attributesOf, maxUnknownKinds, warnOfCap(maxUnknownKinds, logger));
    this.dropped = new KindCounts(attributesOf, maxUnknownKinds, warnOfCap(maxUnknownKinds, logger));
  }
}

function warnOfCap(maxUnknownKinds: number, logger: Logger | undefined): (kind: string) => void {
  return (kind) =>
    logger?.warn(
      `more than ${maxUnknownKinds} kinds of its own: "${kind}" and those that follow are counted as "other". Kinds must be few and fixed`,
      { max_unknown_kinds: maxUnknownKinds },
    );
}
