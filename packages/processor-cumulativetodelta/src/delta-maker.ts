import type { Clock } from "@tracecore/core";
import {
  onceForEach,
  POINT_NO_VALUE,
  textMatcher,
  timeAt,
  type PointColumns,
  type Series,
} from "@tracecore/core/pdata";
import {
  exponentialValues,
  histogramValues,
  numberValues,
  SeriesStates,
  type Decision,
  type PointKind,
  type PointKinds,
  type PointRewriter,
} from "@tracecore/core/temporality";
import type { CumulativeToDeltaConfig, MetricChoice } from "./config.ts";

/** Why a point ends here. Only `initial` is no loss: it says from where to count. */
export type DeltaDropReason = "initial" | "out_of_order" | "overlap" | "invalid" | "cardinality";

/** The last point of a series. Times in nanoseconds since 1970. */
interface Last<V = unknown> {
  readonly start: bigint;
  readonly time: bigint;
  readonly value: V;
  readonly delta: Series;
}

const NANOS_PER_MS = 1e6;
/** Deltas are taken of buckets as they are; nothing is joined. */
const NO_LIMIT = Number.MAX_SAFE_INTEGER;
const kinds: PointKinds = {
  numbers: numberValues,
  histograms: histogramValues,
  exponentialHistograms: exponentialValues(NO_LIMIT),
};

/** Makes deltas of cumulative points. */
export class DeltaMaker implements PointRewriter<DeltaDropReason> {
  readonly kinds: PointKinds = kinds;
  readonly states: SeriesStates<Last>;
  readonly #isMeant: (series: Series) => boolean;
  readonly #initial: CumulativeToDeltaConfig["initial_value"];
  readonly #tolerance: bigint;
  readonly #began: bigint;
  /**
   * The latest point of any series that is not remembered any more. What began before it may have been converted already, so its
   * first value must not be sent.
   */
  #forgotten = 0n;

  constructor(options: CumulativeToDeltaConfig, clock: Clock) {
    this.#initial = options.initial_value;
    this.#isMeant = choose(options.include, options.exclude);
    this.#tolerance = BigInt(Math.round(options.start_time_tolerance * NANOS_PER_MS));
    this.#began = clock.nowUnixNano();
    this.states = new SeriesStates({
      limit: options.max_series,
      maxAgeMs: options.max_staleness,
      clock,
      onForget: ({ time }) => {
        if (time > this.#forgotten) this.#forgotten = time;
      },
    });
  }

  decide<P extends PointColumns, V>(
    kind: PointKind<P, V>,
    points: P,
    row: number,
  ): Exclude<Decision<V>, "drop"> | DeltaDropReason {
    const series = points.series[row]!;
    if (!this.#isMeant(series)) return "keep";
    const last = this.states.get(series);
    const delta = last?.delta ?? series.withDescriptor({ temporality: "delta" });
    const start = timeAt(points.startTimes, row);
    const time = timeAt(points.times, row);
    // The end of a series is told on; what it has counted stays known, should it come back.
    if ((points.flags[row]! & POINT_NO_VALUE) !== 0) return { series: delta, startTimeUnixNano: start };
    const value = kind.read(points, row);
    if (value === undefined || time === 0n || start > time || isNegative(value)) return "invalid";
    const now: Last<V> = { start, time, value, delta };
    if (last === undefined) return this.#first(series, now);
    if (time <= last.time) return "out_of_order";
    return this.#next(kind, series, now, last as Last<V>);
  }

  #first<V>(series: Series, now: Last<V>): (Decision<V> & object) | "initial" | "cardinality" {
    if (!this.states.set(series, now)) return "cardinality";
    if (!this.#sendsFirst(now)) return "initial";
    return { series: now.delta, startTimeUnixNano: now.start };
  }

  #sendsFirst({ start, time }: Last): boolean {
    switch (this.#initial) {
      case "drop":
        return false;
      case "keep":
        return start >= this.#forgotten;
      case "auto":
        return start > 0n && start < time && start >= this.#began && start >= this.#forgotten;
    }
  }

  #next<P extends PointColumns, V>(
    kind: PointKind<P, V>,
    series: Series,
    now: Last<V>,
    last: Last<V>,
  ): (Decision<V> & object) | "initial" | "overlap" {
    this.states.set(series, now);
    if (this.#hasMoved(now, last)) {
      // A source that starts again does so after its last point. Otherwise two write the same series, and nothing is sure.
      if (now.start + this.#tolerance < last.time) return "overlap";
      return { series: now.delta, startTimeUnixNano: now.start > last.time ? now.start : last.time };
    }
    const rest = kind.minus(now.value, last.value);
    if (rest === "unlike") return "initial";
    // What is there was counted since the source started again, which it did after its last point.
    const value = rest === "fell" ? undefined : rest;
    return { series: now.delta, startTimeUnixNano: last.time, value };
  }

  /** Whether a start time says that the source has started again; one that does not give any says nothing. */
  #hasMoved(now: Last, last: Last): boolean {
    if (now.start === 0n) return false;
    if (last.start === 0n) return now.start >= last.time;
    const moved = now.start > last.start ? now.start - last.start : last.start - now.start;
    return moved > this.#tolerance;
  }
}

/** A number that only rises is never below zero; counts of histograms were looked at when they were read. */
function isNegative(value: unknown): boolean {
  const { value: number = 0 } = value as { readonly value?: number | bigint };
  return number < 0;
}

/** Whether a series is cumulative, rises only, and is one that the options mean. */
function choose(include: MetricChoice | undefined, exclude: MetricChoice | undefined): (series: Series) => boolean {
  const wanted = include === undefined ? () => true : matcher(include);
  const unwanted = exclude === undefined ? () => false : matcher(exclude);
  return onceForEach((series: Series) => {
    const { temporality, kind, monotonic } = series.descriptor;
    return temporality === "cumulative" && (kind !== "sum" || monotonic) && wanted(series) && !unwanted(series);
  });
}

function matcher({ match_type: how, metrics, metric_types: types }: MetricChoice): (series: Series) => boolean {
  const isName = textMatcher(how ?? "strict", metrics);
  const isType = types === undefined ? undefined : new Set(types.map((type) => type.replace("lh", "l_h")));
  return ({ name, descriptor }) => isName(name) && isType?.has(descriptor.kind) !== false;
}
