/** One more than the largest uint64. */
export const TWO_TO_64 = 18_446_744_073_709_551_616;

/** The largest double that is a uint64. Those above it would be rounded to 2^64, which is 0 again once it is written. */
export const LARGEST_COUNT: number = TWO_TO_64 - 2048;

/** A uint64 as a number, which is exact up to 2^53. */
export function countOf(value: bigint): number {
  return Math.min(Number(value), LARGEST_COUNT);
}
