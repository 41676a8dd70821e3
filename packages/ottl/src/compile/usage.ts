import type { Level } from "../paths/path-table.ts";

/** What statements read and write, so that it is known for what a result holds. */
export class Usage {
  readonly reads: Set<Level> = new Set<Level>();
  readonly writes: Set<Level> = new Set<Level>();
  /** They give another result each time. */
  volatile = false;
  usesCache = false;
  /** They look at all data points of a metric. */
  allPoints = false;
}
