import { WholeDouble } from "@tracecore/core/pdata";

/** A double of any value, so that 5.0 stays a double. */
export function doubleOf(number: number): number | WholeDouble {
  return isSafe(number) ? new WholeDouble(number) : number;
}

/** A 64-bit integer: a number where that is exact. Wraps around, as in Go. */
export function smallestInteger(integer: bigint): number | bigint {
  const wrapped = BigInt.asIntN(64, integer);
  const number = Number(wrapped);
  return Number.isSafeInteger(number) ? number : wrapped;
}

/** Whether a number stands for an integer: any other number is a double. */
export function isSafe(number: number): boolean {
  return Number.isSafeInteger(number) && !Object.is(number, -0);
}

export function isInteger(value: unknown): value is number | bigint {
  return typeof value === "bigint" || (typeof value === "number" && isSafe(value));
}

export function isDouble(value: unknown): value is number | WholeDouble {
  return value instanceof WholeDouble || (typeof value === "number" && !isSafe(value));
}

const LEAST = -(2n ** 63n);

/** The integer of a text, as ParseInt in Go reads it; undefined where it is none or has more than 64 bits. */
export function integerOf(text: string, base = 10): number | bigint | undefined {
  const [, sign = "", digits = ""] = /^([+-]?)([0-9a-zA-Z]{1,64})$/.exec(text) ?? [];
  if (digits === "") return undefined;
  let integer = 0n;
  for (const digit of digits) {
    const value = Number.parseInt(digit, 36);
    if (!(value < base)) return undefined;
    integer = integer * BigInt(base) + BigInt(value);
  }
  if (sign === "-") integer = -integer;
  return integer < LEAST || integer >= -LEAST ? undefined : smallestInteger(integer);
}

/** The number of a text; undefined where it is none. */
export function numberOf(text: string): number | undefined {
  if (/^[+-]?(?:inf|infinity)$/i.test(text)) return text.startsWith("-") ? -Infinity : Infinity;
  if (/^[+-]?nan$/i.test(text)) return Number.NaN;
  const plain = text.replaceAll(/(?<=\d)_(?=\d)/g, "");
  return /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i.test(plain) ? Number(plain) : undefined;
}
