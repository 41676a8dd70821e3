import type { SampleCondition } from "./sample-table.ts";

/** Type letter of doubles, `d`. */
const DOUBLE = 0x64;
/** The upper half of 2^47 as a double: blanks lie there and above. */
const DOUBLE_BLANK_HIGH = 0x42e0_0000;
/** Halves of 0x7ffffffffffffff0, the smallest int64 that is no value. */
const INT64_BLANK_HIGH = 0x7fff_ffff;
const INT64_BLANK_LOW = 0xffff_fff0;
/** Distance of one blank double from the next, in units of the lower half: 2^47 has 2^-5 per unit of the last place. */
const DOUBLE_BLANK_STEP = 32;

/** Names of the sentinels that DCGM stores in place of a value, in their order. */
const blanks = ["blank", "not_found", "not_supported", "no_permission"] as const;

/** Whether the two halves of an int64 or double are one of the sentinels for "no value". */
export function blankCondition(type: number, high: number, low: number): SampleCondition {
  if (type === DOUBLE) {
    // Not a number and infinity stay what they are: no sentinel, but a value that the reader refuses.
    if (high < DOUBLE_BLANK_HIGH || high >= 0x7ff0_0000) return "ok";
    return (high === DOUBLE_BLANK_HIGH ? blanks[low / DOUBLE_BLANK_STEP] : undefined) ?? "blank";
  }
  if (high !== INT64_BLANK_HIGH || low < INT64_BLANK_LOW) return "ok";
  return blanks[low - INT64_BLANK_LOW] ?? "blank";
}

const blankTexts: Readonly<Record<string, SampleCondition>> = {
  "<<<NULL>>>": "blank",
  "<<<NOT_FOUND>>>": "not_found",
  "<<<NOT_SUPPORTED>>>": "not_supported",
  "<<<NOT_PERM>>>": "no_permission",
};

/** Whether a text is one of the sentinels for "no value". */
export function blankTextCondition(text: string): SampleCondition {
  if (!text.startsWith("<<<") || !text.includes(">>>")) return "ok";
  return blankTexts[text] ?? "blank";
}

/** An int32, as in device attributes, without its sentinels. */
export function int32OrUndefined(value: number): number | undefined {
  // Fields that DCGM cut from 64 bits keep the lower half of an int64 sentinel: 0xfffffff0 and up.
  return value >>> 0 >= 0xffff_fff0 || (value >= 0x7fff_fff0 && value <= 0x7fff_ffff) ? undefined : value;
}

/** A text of the engine without its sentinels and without the empty one. */
export function textOrUndefined(text: string): string | undefined {
  return text === "" || blankTextCondition(text) !== "ok" ? undefined : text;
}
