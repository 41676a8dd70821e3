/** The middle of some numbers. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** `12.3 [11.0–15.1]`: median and range. */
export function spread(values: readonly number[]): string {
  return `${round(median(values))} [${round(Math.min(...values))}–${round(Math.max(...values))}]`;
}

/** Three significant digits. */
export function round(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
