/** Takes durations in seconds. */
export interface Latency {
  record(seconds: number): void;
}

/** A histogram of a component that is read at scrape time: recording is one search and three additions. */
export class LatencyBuckets implements Latency {
  readonly bounds: readonly number[];
  /** Per bucket, not cumulative; one more than the bounds. */
  readonly counts: Float64Array;
  sum = 0;
  count = 0;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.counts = new Float64Array(bounds.length + 1);
  }

  record(seconds: number): void {
    let low = 0;
    let high = this.bounds.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      // A bound belongs to its bucket: `le` means less or equal.
      if (this.bounds[middle]! < seconds) low = middle + 1;
      else high = middle;
    }
    this.counts[low]!++;
    this.sum += seconds;
    this.count++;
  }
}
