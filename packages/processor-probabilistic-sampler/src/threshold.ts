/**
 * Thresholds and random values are texts of 14 hex digits (56 bits), as OpenTelemetry's consistent probability sampling has
 * them: an item is kept when its random value is not below the threshold. Texts of one length compare as the numbers do.
 */
export const ALWAYS = "00000000000000";

/** Above every random value. */
export const NEVER = "never";

const DIGITS = 14;
const BITS_PER_DIGIT = 4;
const MAX = 2n ** 56n;
const LEAST_PROBABILITY = 2 ** -56;

/** The threshold that keeps this share of all items, rounded to `precision` hex digits beyond leading zeros or f's. */
export function thresholdOf(probability: number, precision: number): string {
  if (probability >= 1) return ALWAYS;
  if (!(probability >= LEAST_PROBABILITY)) return NEVER;
  const digits = Math.min(DIGITS, precision + Math.max(leadingDigits(probability), leadingDigits(1 - probability)));
  const exact = MAX - BigInt(Math.round(probability * Number(MAX)));
  const shift = BigInt(BITS_PER_DIGIT * (DIGITS - digits));
  const rounded = shift === 0n ? exact : ((exact + (1n << (shift - 1n))) >> shift) << shift;
  return rounded >= MAX ? NEVER : rounded.toString(16).padStart(DIGITS, "0");
}

/** How many hex digits say only that a number is small: they need as many more to be as exact. */
function leadingDigits(fraction: number): number {
  return fraction === 0 ? 0 : Math.trunc((Math.floor(Math.log2(fraction)) + 1) / -BITS_PER_DIGIT);
}

/** The share of items that a threshold keeps. */
export function probabilityOf(threshold: string): number {
  return threshold === NEVER ? 0 : Number(MAX - BigInt(`0x${threshold}`)) / Number(MAX);
}

/** `th` as OpenTelemetry writes it: without zeros at the end. */
export function writtenThreshold(threshold: string): string {
  return threshold.replace(/0+$/, "") || "0";
}

/** A written threshold with all digits; undefined for a text that is none. */
export function parsedThreshold(text: string): string | undefined {
  return /^[0-9a-f]{1,14}$/.test(text) ? text.padEnd(DIGITS, "0") : undefined;
}

/** Whether a text is a random value. */
export function isRandomness(text: string): boolean {
  return /^[0-9a-f]{14}$/.test(text);
}

/** The random value that W3C Trace Context level 2 puts into the end of a trace ID. */
export function traceRandomness(traceId: string): string {
  return traceId.slice(-DIGITS);
}
