import type { HistogramPoints } from "@tracecore/core/pdata";

/** The columns that histograms of both kinds share. */
export class AggregateColumns {
  readonly counts: Float64Array;
  readonly sums: Float64Array;
  readonly mins: Float64Array;
  readonly maxs: Float64Array;

  constructor(length: number) {
    this.counts = new Float64Array(length);
    this.sums = new Float64Array(length).fill(Number.NaN);
    this.mins = new Float64Array(length).fill(Number.NaN);
    this.maxs = new Float64Array(length).fill(Number.NaN);
  }

  build(): Pick<HistogramPoints, "counts" | "sums" | "mins" | "maxs"> {
    const { counts, sums, mins, maxs } = this;
    return { counts, sums, mins, maxs };
  }
}
