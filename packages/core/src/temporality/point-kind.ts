import type { PointColumns } from "../pdata/metrics.ts";

/** How one kind of data point is read, written and reckoned with. */
export interface PointKind<P extends PointColumns, V> {
  /** The value of a row; undefined for one that no sum over time can have, such as a negative count. */
  read(points: P, row: number): V | undefined;
  /** The same section with value columns of its own, which `write` may change. */
  draft(points: P): P;
  write(draft: P, row: number, value: V): void;
  /** What both counted together; undefined where they cannot be joined, such as buckets with other bounds. */
  plus(one: V, other: V): V | undefined;
  /** What was counted since `before`; `fell` when less is there now, `unlike` when the two cannot be compared. */
  minus(now: V, before: V): V | "fell" | "unlike";
}

/** The smallest or largest of values of which each may be absent (NaN): absent when one of them is. */
export function extreme(pick: (a: number, b: number) => number, a: number, b: number): number {
  return Number.isNaN(a) || Number.isNaN(b) ? Number.NaN : pick(a, b);
}
