import * as z from "zod";

/** An option of the Collector that is taken and changes nothing, so that its files load as they are. `why` ends a sentence. */
export function unusedOption<T extends z.ZodType>(type: T, why: string): z.ZodOptional<T> {
  return type.optional().describe(`Taken from configs of the Collector, without effect: ${why}`);
}

/** An optional text that may be left empty, as charts write it: then it is not set. */
export function emptyIsUnset<T extends z.ZodType>(type: T): z.ZodType<z.output<T> | undefined, z.input<T> | undefined> {
  return z.preprocess((given) => (given === "" ? undefined : given), type.optional()) as never;
}

/**
 * An option of the Collector that is not there and that nobody would want to see ignored: `reason` says why, and what to do.
 * What turns it off, or leaves it empty, is accepted. Tables of options do not show it.
 */
export function refusedOption(reason: string): z.ZodOptional<z.ZodType> {
  return z
    .unknown()
    .refine(isOff, { error: reason })
    .meta({ "x-type": REFUSED })
    .describe(`Not accepted: ${reason}.`)
    .optional();
}

/** The mark of a {@link refusedOption} in a schema. */
export const REFUSED = "refused";

function isOff(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === "") return true;
  if (Array.isArray(value)) return value.length === 0;
  if (typeof value !== "object") return false;
  const { enabled } = value as { enabled?: unknown };
  // An empty map in a map is something that is named, and has its defaults.
  return enabled === false || Object.values(value).every((one) => isOff(one) && !isEmptyMap(one));
}

function isEmptyMap(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value) && Object.keys(value).length === 0;
}
