/**
 * Nanoseconds since 1970, exact, in two 32-bit columns: reading a BigInt column costs six times as much.
 */
export interface TimeColumn {
  readonly high: Uint32Array;
  readonly low: Uint32Array;
}

/** The time at `index`, in nanoseconds since 1970; 0n means not set. */
export function timeAt(column: TimeColumn, index: number): bigint {
  return (BigInt(column.high[index]!) << 32n) | BigInt(column.low[index]!);
}

/** The time at `index`, in whole milliseconds since 1970. */
export function timeMsAt(column: TimeColumn, index: number): number {
  const high = column.high[index]!;
  const low = column.low[index]!;
  // 2^32 ns are 4294 ms and 967,296 ns. Added up like this every step is an integer below 2^53; high * 2^32 is not.
  return high * 4294 + Math.floor((high * 967_296 + low) / 1e6);
}

/** Both halves of a time, for columns. */
export function splitTime(unixNano: bigint): { high: number; low: number } {
  return { high: Number((unixNano >> 32n) & 0xffff_ffffn), low: Number(unixNano & 0xffff_ffffn) };
}
