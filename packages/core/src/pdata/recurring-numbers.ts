import { MetricsBuilder } from "./metrics-builder.ts";
import { POINT_INTEGER, type Metrics } from "./metrics.ts";
import type { Series } from "./series.ts";
import { splitTime } from "./time-column.ts";

const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER);
const FIRST_CAPACITY = 32;
const { histograms, exponentialHistograms, summaries } = new MetricsBuilder(0n, 0).build();

/**
 * Builds gauges and sums again and again, for a source that has mostly the same series in the same order each time. Series,
 * flags and start times are columns that one batch shares with the next, copied only when a row of them changes; each batch has
 * values and times of its own, and stays as it is however long somebody keeps it. Rows take no objects: about 10 ns each.
 *
 *     rows.begin(nowNs);
 *     rows.add(series, 21.5);
 *     rows.add(counter, 7, POINT_INTEGER, start.high, start.low); // start = splitTime(startNs), kept
 *     const batch = rows.build();
 */
export class RecurringNumbers {
  #length = 0;
  /** Rows that `#series` has: those of the batch before, or more. */
  #known = 0;
  #high = 0;
  #low = 0;
  #values = new Float64Array(FIRST_CAPACITY);
  #exact: Map<number, bigint> | undefined;
  #series: Series[] = [];
  #flags = new Uint8Array(FIRST_CAPACITY);
  #startHigh = new Uint32Array(FIRST_CAPACITY);
  #startLow = new Uint32Array(FIRST_CAPACITY);
  /** A batch that was built has the column. */
  #seriesShared = false;
  #flagsShared = false;
  #startsShared = false;

  /** Points of the batch that is being built. */
  get itemCount(): number {
    return this.#length;
  }

  /** Begins a batch whose points have this time. What was added since the last `build` is forgotten. */
  begin(timeUnixNano: bigint): void {
    const { high, low } = splitTime(timeUnixNano);
    this.#high = high;
    this.#low = low;
    this.#length = 0;
    this.#exact = undefined;
  }

  /** Adds a gauge or sum point. `flags` are POINT_… bits, `startHigh` and `startLow` the halves of its start time. */
  add(series: Series, value: number, flags = 0, startHigh = 0, startLow = 0): void {
    const row = this.#length++;
    if (row === this.#values.length) this.#grow();
    this.#values[row] = value;
    if (row >= this.#known) {
      this.#append(row);
      this.#series.push(series);
      this.#known = row + 1;
    } else if (this.#series[row] !== series) {
      this.#ownSeries();
      this.#series[row] = series;
    }
    if (this.#flags[row] !== flags) {
      this.#ownFlags();
      this.#flags[row] = flags;
    }
    if (this.#startLow[row] !== startLow || this.#startHigh[row] !== startHigh) {
      this.#ownStarts();
      this.#startHigh[row] = startHigh;
      this.#startLow[row] = startLow;
    }
  }

  /** Adds an integer point that a double may not hold. */
  addExact(series: Series, value: bigint, flags = 0, startHigh = 0, startLow = 0): void {
    if (value > MAX_SAFE || value < -MAX_SAFE) (this.#exact ??= new Map()).set(this.#length, value);
    this.add(series, Number(value), flags | POINT_INTEGER, startHigh, startLow);
  }

  /** The finished batch. `begin` starts the next one. */
  build(): Metrics {
    const length = this.#length;
    if (length < this.#known) {
      this.#ownSeries();
      this.#series.length = length;
    }
    this.#known = length;
    const values = this.#values;
    // One buffer for both: making one costs more than filling it.
    const both = new Uint32Array(length * 2).fill(this.#high, 0, length).fill(this.#low, length);
    const times = { high: both.subarray(0, length), low: both.subarray(length) };
    const batch: Metrics = {
      signal: "metrics",
      itemCount: length,
      numbers: {
        length,
        series: this.#series,
        values: values.length === length ? values : values.subarray(0, length),
        times,
        startTimes: { high: this.#startHigh.subarray(0, length), low: this.#startLow.subarray(0, length) },
        flags: this.#flags.subarray(0, length),
        otherFlags: undefined,
        exemplars: undefined,
        exactIntegers: this.#exact,
      },
      histograms,
      exponentialHistograms,
      summaries,
    };
    this.#values = new Float64Array(length);
    this.#seriesShared = true;
    this.#flagsShared = true;
    this.#startsShared = true;
    this.#length = 0;
    this.#exact = undefined;
    return batch;
  }

  #grow(): void {
    const capacity = Math.max(FIRST_CAPACITY, this.#values.length * 2);
    this.#values = resized(this.#values, new Float64Array(capacity));
  }

  /** Makes room for a row that the batch before did not have, in columns that no batch has. */
  #append(row: number): void {
    this.#ownSeries();
    this.#ownFlags();
    this.#ownStarts();
    if (row < this.#flags.length) return;
    const capacity = Math.max(FIRST_CAPACITY, row * 2);
    this.#flags = resized(this.#flags, new Uint8Array(capacity));
    this.#startHigh = resized(this.#startHigh, new Uint32Array(capacity));
    this.#startLow = resized(this.#startLow, new Uint32Array(capacity));
  }

  #ownSeries(): void {
    if (!this.#seriesShared) return;
    this.#seriesShared = false;
    this.#series = this.#series.slice();
  }

  #ownFlags(): void {
    if (!this.#flagsShared) return;
    this.#flagsShared = false;
    this.#flags = this.#flags.slice();
  }

  #ownStarts(): void {
    if (!this.#startsShared) return;
    this.#startsShared = false;
    this.#startHigh = this.#startHigh.slice();
    this.#startLow = this.#startLow.slice();
  }
}

function resized<T extends { set(from: T): void }>(from: T, to: T): T {
  to.set(from);
  return to;
}
