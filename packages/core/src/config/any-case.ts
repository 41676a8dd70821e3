import * as z from "zod";

/** Names in small letters that the Collector reads in large letters too. */
export function anyCase<T extends z.ZodType>(type: T): z.ZodPreprocess<T> {
  return z.preprocess((given) => (typeof given === "string" ? given.toLowerCase() : given), type);
}
