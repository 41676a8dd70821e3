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

const bases: Readonly<Record<string, number>> = { "0b": 2, "0o": 8, "0x": 16 };

/** The integer of a text whose beginning says its base, as a literal in Go: `0x1f`, `0b1111_0000`, `0o17`, `017`, `15`. */
export function literalInteger(text: string): number | bigint | undefined {
  const [, sign = "", prefix = "", digits = ""] = /^([+-]?)(0[box]|0(?=_?\d))?(.*)$/i.exec(text) ?? [];
  // One underscore may stand between digits, and between the prefix and the first.
  if (!/^_?[0-9a-z]+(?:_[0-9a-z]+)*$/i.test(digits) || (prefix === "" && digits.startsWith("_"))) return undefined;
  const base = prefix === "0" ? 8 : (bases[prefix.toLowerCase()] ?? 10);
  return integerOf(sign + digits.replaceAll("_", ""), base);
}

/** The number of a text; undefined where it is none. */
export function numberOf(text: string): number | undefined {
  if (/^[+-]?(?:inf|infinity)$/i.test(text)) return text.startsWith("-") ? -Infinity : Infinity;
  if (/^[+-]?nan$/i.test(text)) return Number.NaN;
  const plain = text.replaceAll(/(?<=\d)_(?=\d)/g, "");
  return /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i.test(plain) ? Number(plain) : undefined;
}
