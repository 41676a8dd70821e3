import type { Exemplar, Series } from "@tracecore/core/pdata";
import type { Family } from "./family.ts";
import type { Labels } from "./labels.ts";
import type { ExponentialState } from "./exponential.ts";
import type { Rivals } from "./rivals.ts";

/** One label set of one family, with all its lines. Its values stand in consecutive slots of the {@link SlotTable}. */
export interface Entry {
  readonly family: Family;
  /** Every pdata series that shows up as this label set; mostly one. */
  readonly series: Series[];
  readonly labels: Labels;
  readonly text: string;
  readonly delta: boolean;
  /** The first slot. */
  head: number;
  /** How many slots. */
  size: number;
  /** Bucket bounds or quantiles, one fewer than the slots before sum and count. Empty for gauges and counters. */
  marks: readonly number[];
  /** False for a histogram whose points bring no sum: the line is left out. */
  hasSum: boolean;
  /** What an exponential histogram has seen so far. */
  exponential: ExponentialState | undefined;
  /** Others that want its line; mostly nobody does. */
  rivals: Rivals | undefined;
}

/** The values by slot. Everything that an update touches is a typed array. */
export class SlotTable {
  values: Float64Array = new Float64Array(64);
  /** In which generation the value changed last. */
  changed: Uint32Array = new Uint32Array(64);
  /** Monotonic milliseconds; kept at the first slot of an entry. */
  updatedMs: Float64Array = new Float64Array(64);
  /** Milliseconds since 1970; kept at the first slot of an entry. */
  timesMs: Float64Array = new Float64Array(64);
  /** The slot of the row that followed this one in the last batch: batches mostly repeat the order of the one before. */
  next: Uint32Array = new Uint32Array(64);
  /** 1 where values are added up. */
  delta: Uint8Array = new Uint8Array(64);
  /** The entry of a first slot. */
  readonly entries: (Entry | undefined)[] = [undefined];
  /** The series of a first slot, beside `entries` to save the update one step. */
  readonly series: (Series | undefined)[] = [undefined];
  /** Whole numbers that a double cannot hold. */
  readonly exact: Map<number, bigint> = new Map<number, bigint>();
  readonly exemplars: Map<number, Exemplar> = new Map<number, Exemplar>();
  /** Slots in use. */
  used = 0;
  /** Slot 0 belongs to nobody: it is the predecessor of the first row. */
  #end = 1;
  readonly #free = new Map<number, number[]>();

  /** The first of `size` consecutive slots, all 0. */
  allocate(size: number): number {
    this.used += size;
    const free = this.#free.get(size)?.pop();
    if (free !== undefined) return free;
    const head = this.#end;
    this.#end += size;
    if (this.#end > this.values.length) this.#grow();
    for (let slot = head; slot < this.#end; slot++) {
      this.entries[slot] = undefined;
      this.series[slot] = undefined;
    }
    return head;
  }

  release(head: number, size: number): void {
    this.used -= size;
    this.values.fill(0, head, head + size);
    this.timesMs[head] = 0;
    this.delta[head] = 0;
    this.entries[head] = undefined;
    this.series[head] = undefined;
    for (let slot = head; slot < head + size; slot++) {
      this.exact.delete(slot);
      this.exemplars.delete(slot);
    }
    const free = this.#free.get(size);
    if (free === undefined) this.#free.set(size, [head]);
    else free.push(head);
  }

  #grow(): void {
    const capacity = Math.max(this.#end, this.values.length * 2);
    this.values = grown(this.values, new Float64Array(capacity));
    this.changed = grown(this.changed, new Uint32Array(capacity));
    this.updatedMs = grown(this.updatedMs, new Float64Array(capacity));
    this.timesMs = grown(this.timesMs, new Float64Array(capacity));
    this.next = grown(this.next, new Uint32Array(capacity));
    this.delta = grown(this.delta, new Uint8Array(capacity));
  }
}

function grown<T extends { set(from: T): void }>(from: T, to: T): T {
  to.set(from);
  return to;
}
