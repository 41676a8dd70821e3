import type { Level } from "../paths/path-table.ts";

/** Whether one of the data points of a metric has this attribute; with this value, where one is given. */
export interface PointQuestion {
  readonly key: string;
  readonly value: string | undefined;
}

/** What statements read and write, so that it is known for what a result holds. */
export class Usage {
  readonly reads: Set<Level> = new Set<Level>();
  readonly writes: Set<Level> = new Set<Level>();
  /** They give another result each time. */
  volatile = false;
  usesCache = false;
  /** They look at all data points of a metric. */
  allPoints = false;
  /** What they ask of these, as far as their text says it. */
  readonly pointQuestions: PointQuestion[] = [];
  /** They ask for more, of which it is known only when they run. */
  asksOtherwise = false;
}
