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

const whole = new BigUint64Array(1);
const halves = new Uint32Array(whole.buffer);
const LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** Both halves of a time, for columns. */
export function splitTime(unixNano: bigint): { high: number; low: number } {
  whole[0] = unixNano;
  return LITTLE_ENDIAN ? { high: halves[1]!, low: halves[0]! } : { high: halves[0]!, low: halves[1]! };
}

/** Writes a time into a column. */
export function setTime(column: TimeColumn, row: number, unixNano: bigint): void {
  // Through one 64-bit cell: shifting a BigInt makes a new one each time.
  whole[0] = unixNano;
  column.high[row] = halves[LITTLE_ENDIAN ? 1 : 0]!;
  column.low[row] = halves[LITTLE_ENDIAN ? 0 : 1]!;
}
