import type { Metrics } from "./metrics.ts";
import type { Series } from "./series.ts";

/**
 * A batch with other series for the same values: every column but the series is shared with `batch`. `map` is called once
 * for each distinct series. Returns `batch` itself when nothing changed.
 */
export function mapSeries(batch: Metrics, map: (series: Series) => Series): Metrics {
  const known = new Map<Series, Series>();
  let changed = false;
  const mapped = (from: readonly Series[]): readonly Series[] => {
    let out: Series[] | undefined;
    for (let i = 0; i < from.length; i++) {
      const before = from[i]!;
      let after = known.get(before);
      if (after === undefined) {
        after = map(before);
        known.set(before, after);
      }
      if (after !== before) {
        out ??= from.slice();
        out[i] = after;
      }
    }
    if (out !== undefined) changed = true;
    return out ?? from;
  };
  const numbers = mapped(batch.numbers.series);
  const histograms = mapped(batch.histograms.series);
  const exponential = mapped(batch.exponentialHistograms.series);
  const summaries = mapped(batch.summaries.series);
  if (!changed) return batch;
  return {
    ...batch,
    numbers: { ...batch.numbers, series: numbers },
    histograms: { ...batch.histograms, series: histograms },
    exponentialHistograms: { ...batch.exponentialHistograms, series: exponential },
    summaries: { ...batch.summaries, series: summaries },
  };
}
