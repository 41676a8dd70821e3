import * as z from "zod";
import { quoteValue } from "./quote-value.ts";

const MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;
const WHOLE = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h))+$/;
const PART = /(\d+(?:\.\d+)?)(ms|s|m|h)/g;

export interface DurationOptions {
  /** Allows "0s", where zero has a meaning of its own such as "never" or "at once". */
  readonly zero?: boolean;
}

/** A length of time written as "500ms", "10s", "5m" or "1h30m". Parses to milliseconds. */
export function duration({ zero = false }: DurationOptions = {}): z.ZodType<number, string> {
  return z
    .string({
      error: ({ input }) => `expected a duration such as "10s", got ${quoteValue(input)}. Add a unit: ms, s, m or h`,
    })
    .regex(WHOLE, {
      error: ({ input }) =>
        `expected a duration such as "10s", got ${quoteValue(input)}. Write a number and a unit: ms, s, m or h`,
    })
    .refine((text) => zero || !WHOLE.test(text) || parseDuration(text) > 0, {
      error: ({ input }) => `expected a duration above zero, got ${quoteValue(input)}`,
    })
    .meta({ "x-type": "duration" })
    .transform(parseDuration);
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
