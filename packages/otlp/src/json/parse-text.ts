import { isNestedDeeper } from "@tracecore/core/pdata";
import { malformed } from "../wire/malformed.ts";

/** Lists and objects in one another; values that lie as deep as they may, in exemplars, take some 150. */
export const MAX_NESTING = 500;

/**
 * Members that hold 64-bit integers, with one that may be more than a double holds. A name cannot match inside of a text, where its
 * quotes would be escaped; at the end of a longer name it is a member that nobody reads.
 */
const LONG_INTEGER =
  /("(?:intValue|asInt|count|zeroCount|timeUnixNano|startTimeUnixNano|endTimeUnixNano|observedTimeUnixNano)"\s*:\s*)(-?[1-9]\d{15,19})(?=\s*[,}])/g;

/** How many digits a whole number has at least that a double may not hold. */
export const LONG_DIGITS = 16;

/** What a JSON text says; 64-bit integers that a double cannot hold become texts of digits. Throws `otlp-malformed`. */
export function parseText(text: string): unknown {
  // What JSON.parse does for each level takes 200 ns and 40 bytes, and there may be millions.
  if (isNestedDeeper(text, MAX_NESTING)) throw nestedTooDeep();
  return parseShallowText(text, true);
}

/** The same of a text that is known not to be too deep, which may be without such integers. */
export function parseShallowText(text: string, hasLongIntegers: boolean): unknown {
  try {
    // With a reviver, which sees how numbers are spelled, parsing takes ten times as long.
    return JSON.parse(hasLongIntegers ? text.replace(LONG_INTEGER, '$1"$2"') : text);
  } catch (error) {
    throw noJson((error as Error).message.replaceAll(/\s+/g, " ").slice(0, 200));
  }
}

export function noJson(reason: string): Error {
  return malformed(`no JSON: ${reason}`);
}

export function nestedTooDeep(): Error {
  return malformed(`lists and objects lie more than ${MAX_NESTING} deep in one another`);
}
