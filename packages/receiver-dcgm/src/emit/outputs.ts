import { POINT_INTEGER, splitTime, type Series } from "@tracecore/core/pdata";
import type { Factor } from "../naming/mapping.ts";
import type { PointWriter } from "./point-writer.ts";

/** What a value becomes under one naming. */
export interface Output {
  readonly seriesCount: number;
  /** `exact` is the value where a double cannot hold it. */
  write(writer: PointWriter, raw: number, exact: bigint | undefined): void;
  /** Ends the series that have a value. */
  end(writer: PointWriter): void;
}

/** A value times a factor. */
export class ScaledOutput implements Output {
  readonly seriesCount = 1;
  readonly #series: Series;
  readonly #multiply: number;
  readonly #divide: number;
  readonly #flags: number;

  constructor(series: Series, { multiply, divide }: Factor, isInteger: boolean) {
    this.#series = series;
    this.#multiply = multiply;
    this.#divide = divide;
    this.#flags = isInteger && divide === 1 ? POINT_INTEGER : 0;
  }

  write(writer: PointWriter, raw: number, exact: bigint | undefined): void {
    if (exact !== undefined && this.#divide === 1) {
      writer.putExact(this.#series, exact * BigInt(this.#multiply), this.#flags, 0, 0);
    } else {
      writer.put(this.#series, this.#divide === 1 ? raw * this.#multiply : raw / this.#divide, this.#flags, 0, 0);
    }
  }

  end(writer: PointWriter): void {
    writer.end(this.#series);
  }
}

/** A value that only rises, with the time from which it counts. A value that falls begins anew. */
export class CounterOutput implements Output {
  readonly seriesCount = 1;
  readonly #series: Series;
  readonly #multiply: number;
  readonly #divide: number;
  readonly #flags: number;
  /** Infinity before the first value: any value is a fall from it. */
  #last = Number.POSITIVE_INFINITY;
  #lastNs = 0n;
  #startHigh = 0;
  #startLow = 0;

  constructor(series: Series, { multiply, divide }: Factor, isInteger: boolean) {
    this.#series = series;
    this.#multiply = multiply;
    this.#divide = divide;
    this.#flags = isInteger && divide === 1 ? POINT_INTEGER : 0;
  }

  write(writer: PointWriter, raw: number, exact: bigint | undefined): void {
    // The first value has been counted since a time that DCGM does not tell; what follows a fall, since the value before.
    if (raw < this.#last) this.#begin(this.#last === Number.POSITIVE_INFINITY ? writer.nowNs : this.#lastNs);
    this.#last = raw;
    this.#lastNs = writer.nowNs;
    if (exact !== undefined && this.#divide === 1) {
      const whole = exact * BigInt(this.#multiply);
      writer.putExact(this.#series, whole, this.#flags, this.#startHigh, this.#startLow);
    } else {
      const value = this.#divide === 1 ? raw * this.#multiply : raw / this.#divide;
      writer.put(this.#series, value, this.#flags, this.#startHigh, this.#startLow);
    }
  }

  #begin(startNs: bigint): void {
    const { high, low } = splitTime(startNs);
    this.#startHigh = high;
    this.#startLow = low;
  }

  end(writer: PointWriter): void {
    writer.end(this.#series);
  }
}

/** One state of a value that stands for several, and whether it holds; undefined where the device does not say. */
export interface StateTest {
  readonly state: string;
  readonly holds: (raw: number) => boolean | undefined;
}

/** One 0/1 point for each state. */
export class StatesOutput implements Output {
  readonly seriesCount: number;
  readonly #states: readonly { readonly series: Series; readonly holds: StateTest["holds"]; live: boolean }[];

  constructor(states: readonly { readonly series: Series; readonly holds: StateTest["holds"] }[]) {
    this.#states = states.map((state) => ({ ...state, live: false }));
    this.seriesCount = states.length;
  }

  write(writer: PointWriter, raw: number): void {
    for (const state of this.#states) {
      const holds = state.holds(raw);
      if (holds !== undefined) {
        writer.put(state.series, holds ? 1 : 0, POINT_INTEGER, 0, 0);
        state.live = true;
      } else if (state.live) {
        writer.end(state.series);
        state.live = false;
      }
    }
  }

  end(writer: PointWriter): void {
    for (const state of this.#states) {
      if (state.live) writer.end(state.series);
      state.live = false;
    }
  }
}

/** An output that gives way to a better one for the same quantity, so that sums stay right. */
export class YieldingOutput implements Output {
  readonly #inner: Output;
  readonly #hasBetter: () => boolean;
  #live = false;

  constructor(inner: Output, hasBetter: () => boolean) {
    this.#inner = inner;
    this.#hasBetter = hasBetter;
  }

  get seriesCount(): number {
    return this.#inner.seriesCount;
  }

  write(writer: PointWriter, raw: number, exact: bigint | undefined): void {
    if (this.#hasBetter()) {
      this.end(writer);
      return;
    }
    this.#live = true;
    this.#inner.write(writer, raw, exact);
  }

  end(writer: PointWriter): void {
    if (this.#live) this.#inner.end(writer);
    this.#live = false;
  }
}
