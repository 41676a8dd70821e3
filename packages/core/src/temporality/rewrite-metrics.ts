import type {
  ExponentialHistogramPoints,
  HistogramPoints,
  Metrics,
  NumberPoints,
  PointColumns,
} from "../pdata/metrics.ts";
import { pickMetrics } from "../pdata/metrics-edit.ts";
import type { Series } from "../pdata/series.ts";
import { setTime } from "../pdata/time-column.ts";
import type { ExponentialValue } from "./exponential-values.ts";
import type { HistogramValue } from "./histogram-values.ts";
import type { NumberValue } from "./number-values.ts";
import type { PointKind } from "./point-kind.ts";

/** What becomes of a point: it stays as it is, goes, or is written anew. */
export type Decision<V> = "keep" | "drop" | Written<V>;

interface Written<V> {
  readonly series: Series;
  readonly startTimeUnixNano: bigint;
  /** Left out, the value stays. */
  readonly value?: V | undefined;
}

/** Decides on the point at `row` of a section. */
export type Rewrite = <P extends PointColumns, V>(kind: PointKind<P, V>, points: P, row: number) => Decision<V>;

export interface PointKinds {
  readonly numbers: PointKind<NumberPoints, NumberValue>;
  readonly histograms: PointKind<HistogramPoints, HistogramValue>;
  readonly exponentialHistograms: PointKind<ExponentialHistogramPoints, ExponentialValue>;
}

/** A batch with other points; it shares the columns of `batch` that do not change, and is `batch` itself when nothing does. */
export function rewriteMetrics(batch: Metrics, kinds: PointKinds, decide: Rewrite): Metrics {
  const numbers = rewriteSection(kinds.numbers, batch.numbers, decide);
  const histograms = rewriteSection(kinds.histograms, batch.histograms, decide);
  const exponential = rewriteSection(kinds.exponentialHistograms, batch.exponentialHistograms, decide);
  const same =
    numbers.points === batch.numbers &&
    histograms.points === batch.histograms &&
    exponential.points === batch.exponentialHistograms;
  const written = same
    ? batch
    : {
        ...batch,
        numbers: numbers.points,
        histograms: histograms.points,
        exponentialHistograms: exponential.points,
      };
  return pickMetrics(written, {
    numbers: numbers.rows,
    histograms: histograms.rows,
    exponentialHistograms: exponential.rows,
  });
}

function rewriteSection<P extends PointColumns, V>(
  kind: PointKind<P, V>,
  points: P,
  decide: Rewrite,
): { points: P; rows: Uint32Array | undefined } {
  const rows = new Uint32Array(points.length);
  let kept = 0;
  let draft: P | undefined;
  for (let row = 0; row < points.length; row++) {
    const decision = decide(kind, points, row);
    if (decision === "drop") continue;
    rows[kept++] = row;
    if (decision === "keep") continue;
    draft ??= drafted(kind, points);
    (draft.series as Series[])[row] = decision.series;
    setTime(draft.startTimes, row, decision.startTimeUnixNano);
    if (decision.value !== undefined) kind.write(draft, row, decision.value);
  }
  return { points: draft ?? points, rows: kept === points.length ? undefined : rows.subarray(0, kept) };
}

function drafted<P extends PointColumns, V>(kind: PointKind<P, V>, points: P): P {
  const { startTimes } = points;
  return {
    ...kind.draft(points),
    series: points.series.slice(),
    startTimes: { high: startTimes.high.slice(), low: startTimes.low.slice() },
  };
}
