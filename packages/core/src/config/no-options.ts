import * as z from "zod";

/** The schema of a component that has no options: an empty block, or none. */
export function noOptions(): z.ZodType<Readonly<Record<string, never>>> {
  return z.strictObject({}) as z.ZodType<Readonly<Record<string, never>>>;
}
