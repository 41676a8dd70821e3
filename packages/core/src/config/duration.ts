import * as z from "zod";
import { quoteValue } from "./quote-value.ts";

const MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;
const WHOLE = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h))+$/;
const PART = /(\d+(?:\.\d+)?)(ms|s|m|h)/g;

export interface DurationOptions {
  /** Allows "0s", where zero has a meaning of its own such as "never" or "at once". */
  readonly zero?: boolean;
}

/** A length of time written as "500ms", "10s", "5m" or "1h30m", or as 0 where zero is allowed. Parses to milliseconds. */
export function duration(options: DurationOptions & { readonly zero: true }): z.ZodType<number, string | 0>;
export function duration(options?: DurationOptions): z.ZodType<number, string>;
export function duration({ zero = false }: DurationOptions = {}): z.ZodType<number, string | 0> {
  const text = z
    .string({ error: wrong })
    .regex(WHOLE, { error: wrong })
    .refine((given) => zero || !WHOLE.test(given) || parseDuration(given) > 0, {
      error: ({ input }) => `expected a duration above zero, got ${quoteValue(input)}`,
    });
  const either = zero ? z.union([z.literal(0), text], { error: wrong }) : text;
  return either.meta({ "x-type": "duration" }).transform((given) => (given === 0 ? 0 : parseDuration(given)));
}

function wrong({ input }: { readonly input?: unknown }): string {
  const remedy = typeof input === "string" ? "Write a number and a unit" : "Add a unit";
  return `expected a duration such as "10s", got ${quoteValue(input)}. ${remedy}: ms, s, m or h`;
}

function parseDuration(text: string): number {
  let ms = 0;
  for (const [, count, unit] of text.matchAll(PART)) ms += Number(count) * MS[unit as keyof typeof MS];
  return ms;
}

/** Writes milliseconds as a config file does: `90000` is "1m30s". */
export function formatDuration(ms: number): string {
  if (ms === 0) return "0s";
  if (!Number.isInteger(ms)) return `${ms}ms`;
  let left = ms;
  let text = "";
  for (const unit of ["h", "m", "s", "ms"] as const) {
    const count = Math.floor(left / MS[unit]);
    if (count > 0) text += `${count}${unit}`;
    left -= count * MS[unit];
  }
  return text;
}
