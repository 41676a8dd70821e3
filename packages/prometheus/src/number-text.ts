/** The longest text of a number, such as `-0.0000010015137879562362`. */
export const NUMBER_WIDTH = 25;

const DOT = 0x2e;
const MINUS = 0x2d;
const ZERO = 0x30;

/** The two digits of each number below 100. */
const tens = new Uint8Array(100);
const ones = new Uint8Array(100);
for (let i = 0; i < 100; i++) {
  tens[i] = ZERO + Math.floor(i / 10);
  ones[i] = ZERO + (i % 10);
}

/**
 * Writes the shortest text that reads back as `value`, so that it ends before `end`, and returns where it begins. It uses
 * up to {@link NUMBER_WIDTH} bytes. Whole numbers and numbers of up to 15 digits with up to 6 decimals never become a string.
 */
export function writeNumber(bytes: Uint8Array, end: number, value: number): number {
  const size = value < 0 ? -value : value;
  if (size < 2_147_483_648) {
    const whole = size | 0;
    if (whole === size && !Object.is(value, -0)) return sign(bytes, writeInt(bytes, end, whole), value);
  } else if (size <= Number.MAX_SAFE_INTEGER && size === Math.floor(size)) {
    return sign(bytes, writeLong(bytes, end, size), value);
  }
  if (size >= 1e-3 && size < 1e9) {
    // The division is correctly rounded and both texts have at most 15 digits, so an equal result means the shortest text.
    let scaled = Math.round(size * 1e3);
    if (scaled / 1e3 === size) return sign(bytes, writeDecimal(bytes, end, scaled, 3), value);
    scaled = Math.round(size * 1e6);
    if (scaled / 1e6 === size) return sign(bytes, writeDecimal(bytes, end, scaled, 6), value);
  }
  return writeText(bytes, end, numberText(value));
}

/** A number as the format spells it. */
export function numberText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return "+Inf";
  if (value === Number.NEGATIVE_INFINITY) return "-Inf";
  return Object.is(value, -0) ? "-0" : String(value);
}

/** Writes ASCII so that it ends before `end`, and returns where it begins. */
export function writeText(bytes: Uint8Array, end: number, text: string): number {
  const start = end - text.length;
  for (let i = 0; i < text.length; i++) bytes[start + i] = text.charCodeAt(i);
  return start;
}

function sign(bytes: Uint8Array, start: number, value: number): number {
  if (value >= 0) return start;
  bytes[start - 1] = MINUS;
  return start - 1;
}

/** `value` below 2^31. */
function writeInt(bytes: Uint8Array, end: number, value: number): number {
  let left = value;
  let at = end;
  while (left >= 100) {
    const rest = (left / 100) | 0;
    const pair = left - rest * 100;
    bytes[--at] = ones[pair]!;
    bytes[--at] = tens[pair]!;
    left = rest;
  }
  bytes[--at] = ones[left]!;
  if (left >= 10) bytes[--at] = tens[left]!;
  return at;
}

/** A whole number up to 2^53. */
function writeLong(bytes: Uint8Array, end: number, value: number): number {
  const high = Math.floor(value / 1e8);
  const at = writePadded(bytes, end, value - high * 1e8, 8);
  return writeInt(bytes, at, high);
}

/** Exactly `digits` digits (an even number), with zeros in front. */
function writePadded(bytes: Uint8Array, end: number, value: number, digits: number): number {
  let left = value;
  let at = end;
  for (let i = 0; i < digits; i += 2) {
    const rest = (left / 100) | 0;
    const pair = left - rest * 100;
    bytes[--at] = ones[pair]!;
    bytes[--at] = tens[pair]!;
    left = rest;
  }
  return at;
}

/** `scaled` (below 1e15) divided by ten to the power `decimals`, without zeros at the end. */
function writeDecimal(bytes: Uint8Array, end: number, scaled: number, decimals: number): number {
  const unit = decimals === 3 ? 1e3 : 1e6;
  const whole = Math.floor(scaled / unit);
  let fraction = scaled - whole * unit;
  let digits = decimals;
  while (fraction % 10 === 0) {
    fraction = (fraction / 10) | 0;
    digits--;
  }
  let at = end;
  for (; digits > 0; digits--) {
    const rest = (fraction / 10) | 0;
    bytes[--at] = ZERO + (fraction - rest * 10);
    fraction = rest;
  }
  bytes[--at] = DOT;
  return whole < 2_147_483_648 ? writeInt(bytes, at, whole) : writeLong(bytes, at, whole);
}
