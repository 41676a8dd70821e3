/** Entry of `@tracecore/testkit/metrics`: points with times, and what a processor counts of itself. */
export { countedItems, type CountedItems } from "./counted-items.ts";
export { batchOf, exponentialOf, seconds, sumsOf, timesOf, type TimedPoint } from "./timed-points.ts";
