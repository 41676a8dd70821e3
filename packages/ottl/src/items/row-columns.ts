import { splitTime, timeAt, type TimeColumn } from "@tracecore/core/pdata";

/** A column of which rows are changed: the one of the batch until the first change, a copy after it. */
export class ListEdit<T> {
  readonly #from: readonly T[];
  #own: T[] | undefined;

  constructor(from: readonly T[]) {
    this.#from = from;
  }

  get(row: number): T {
    return (this.#own ?? this.#from)[row]!;
  }

  set(row: number, value: T): void {
    if (Object.is(this.get(row), value)) return;
    this.#own ??= this.#from.slice();
    this.#own[row] = value;
  }

  get column(): readonly T[] {
    return this.#own ?? this.#from;
  }

  get changed(): boolean {
    return this.#own !== undefined;
  }
}

type Numbers = Uint8Array | Uint32Array | Float64Array;

/** The same for a column of numbers. */
export class NumberEdit<T extends Numbers> {
  readonly #from: T;
  #own: T | undefined;

  constructor(from: T) {
    this.#from = from;
  }

  get(row: number): number {
    return (this.#own ?? this.#from)[row]!;
  }

  set(row: number, value: number): void {
    if (Object.is(this.get(row), value)) return;
    this.#own ??= this.#from.slice() as T;
    this.#own[row] = value;
  }

  get column(): T {
    return this.#own ?? this.#from;
  }

  get changed(): boolean {
    return this.#own !== undefined;
  }
}

/** The same for a column of times. */
export class TimeEdit {
  readonly #from: TimeColumn;
  #own: TimeColumn | undefined;

  constructor(from: TimeColumn) {
    this.#from = from;
  }

  get(row: number): bigint {
    return timeAt(this.column, row);
  }

  set(row: number, unixNano: bigint): void {
    if (this.get(row) === unixNano) return;
    this.#own ??= { high: this.#from.high.slice(), low: this.#from.low.slice() };
    const { high, low } = splitTime(unixNano);
    this.#own.high[row] = high;
    this.#own.low[row] = low;
  }

  get column(): TimeColumn {
    return this.#own ?? this.#from;
  }

  get changed(): boolean {
    return this.#own !== undefined;
  }
}
