import type { CreateSettings } from "@tracecore/core";
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

/** Counts refused points, and logs each reason when it begins and when it has passed. */
export class RefusalReport {
  readonly #id: string;
  readonly #logger: CreateSettings["telemetry"]["logger"];
  readonly #count: (points: number, kind: RefusalReason) => void;
  /** Points refused so far, by the reasons that last. */
  readonly #lasting = new Map<RefusalReason, number>();

  constructor({ id, telemetry: { logger, meterProvider } }: CreateSettings) {
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
      if (points === 0) {
        if (before === undefined) continue;
        this.#lasting.delete(kind);
        this.#logger.info("shows all data points again", { kind, refused: before });
        continue;
      }
      this.#count(points, kind);
      this.#lasting.set(kind, (before ?? 0) + points);
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
