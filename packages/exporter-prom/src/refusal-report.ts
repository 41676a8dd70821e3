import type { Clock, CreateSettings } from "@tracecore/core";
import { instrument, meterOf, optionsOf, type InstrumentDefinition } from "@tracecore/core/selftelemetry";
import type { RefusalReason, UpdateResult } from "@tracecore/prometheus";

/** The data points that this exporter could not show. */
export const refusedPoints: InstrumentDefinition = instrument({
  name: "tracecore.exporter.prom.refused_points_total",
  kind: "counter",
  unit: "{data_point}",
  attributes: {
    component_id: "The component, as the config file names it.",
    kind: "`cardinality`, `conflict` or `name`.",
  },
  description: "Data points that a Prometheus exporter could not show.",
  level: "basic",
});

/**
 * How long nothing must be refused before an episode is over, in milliseconds. Batches of several receivers take turns, so
 * one batch without a refusal says nothing of the others.
 */
const QUIET_MS = 60_000;

/** Counts refused points, and logs each reason when it begins and when it has passed. */
export class RefusalReport {
  readonly #id: string;
  readonly #logger: CreateSettings["telemetry"]["logger"];
  readonly #count: (points: number, kind: RefusalReason) => void;
  readonly #clock: Clock;
  /** Points refused so far and when it was last, by the reasons that last. */
  readonly #lasting = new Map<RefusalReason, { points: number; lastMs: number }>();

  constructor({ id, telemetry: { logger, meterProvider } }: CreateSettings, clock: Clock) {
    this.#clock = clock;
    this.#id = id;
    this.#logger = logger;
    const counter =
      meterProvider === undefined
        ? undefined
        : meterOf(meterProvider).createCounter(refusedPoints.name, optionsOf(refusedPoints));
    this.#count = (points, kind) => counter?.add(points, { component_id: this.#id, kind });
  }

  /** The kind that most points were refused for; undefined when all were taken. */
  take({ accepted, refused, reasons, messages }: UpdateResult): RefusalReason | undefined {
    if (refused === 0 && (accepted === 0 || this.#lasting.size === 0)) return undefined;
    let worst: RefusalReason | undefined;
    for (const [kind, points] of Object.entries(reasons) as [RefusalReason, number][]) {
      const before = this.#lasting.get(kind);
      const nowMs = this.#clock.monotonicMs();
      if (points === 0) {
        if (before === undefined || nowMs - before.lastMs < QUIET_MS) continue;
        this.#lasting.delete(kind);
        this.#logger.info("shows all data points again", { kind, refused: before.points });
        continue;
      }
      this.#count(points, kind);
      this.#lasting.set(kind, { points: (before?.points ?? 0) + points, lastMs: nowMs });
      if (worst === undefined || points > reasons[worst]) worst = kind;
      if (before === undefined) {
        this.#logger.warn(
          `cannot show ${points} of ${accepted + refused} data points: ${messages[kind]}. ${remedies[kind]}`,
          { kind },
        );
      }
    }
    return worst;
  }
}

const remedies: Readonly<Record<RefusalReason, string>> = {
  cardinality: "They are lost: raise max_series, or drop attributes before this exporter",
  conflict: "They are lost: rename one of the metrics",
  name: "They are lost: rename the metric",
};
