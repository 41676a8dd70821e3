import * as z from "zod";
import { quoteValue } from "./quote-value.ts";

const BYTES = {
  B: 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
} as const;
const SIZE = /^(\d+(?:\.\d+)?)(B|kB|MB|GB|TB|KiB|MiB|GiB|TiB)$/;

export interface ByteSizeOptions {
  /** Allows 0, where zero has a meaning of its own such as "no limit". */
  readonly zero?: boolean;
}

/** A size written as a number of bytes, "4MiB" or "10kB". Parses to bytes. */
export function byteSize({ zero = false }: ByteSizeOptions = {}): z.ZodType<number, number | string> {
  const allowed = (input: number | string): boolean => {
    const bytes = bytesOf(input);
    return bytes === undefined || (Number.isSafeInteger(bytes) && (zero || bytes > 0));
  };
  return z
    .union(
      [
        z.number({ error: wrong }).min(0, { error: wrong, abort: true }),
        z.string({ error: wrong }).regex(SIZE, { error: wrong }),
      ],
      {
        error: wrong,
      },
    )
    .refine(allowed, { error: outside })
    .meta({ "x-type": "size" })
    .transform((input) => bytesOf(input) ?? 0);
}

interface Wrong {
  readonly input?: unknown;
}
const units = Object.keys(BYTES).join(", ");
const wrong = ({ input }: Wrong): string =>
  `expected a size such as "4MiB" or a number of bytes, got ${quoteValue(input)}. Units: ${units}`;
const outside = ({ input }: Wrong): string =>
  bytesOf(input) === 0
    ? `expected a size above zero, got ${quoteValue(input)}`
    : `expected a whole number of bytes below 8 PiB, got ${quoteValue(input)}`;

function bytesOf(input: unknown): number | undefined {
  if (typeof input === "number") return input;
  const [, count, unit] = SIZE.exec(String(input)) ?? [];
  // The nearest byte: 0.7 KiB is 716.8 bytes.
  return count === undefined ? undefined : Math.round(Number(count) * BYTES[unit as keyof typeof BYTES]);
}
