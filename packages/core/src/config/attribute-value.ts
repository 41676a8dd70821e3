import * as z from "zod";
import type { AttributeValue } from "../pdata/attribute-value.ts";

// Made when they are asked for: every collector loads this file, few have such an option.
const number = (): z.ZodNumber =>
  z.number().refine((given) => !isInexact(given), {
    error: "integers beyond 2^53 are not exact here. Put it in quotation marks, and make an integer of it with convert",
  });
const scalar = (): z.ZodUnion<[z.ZodString, z.ZodNumber, z.ZodBoolean]> => z.union([z.string(), number(), z.boolean()]);

/** The value of an attribute: a text, a number, a boolean, or a list or map of such. A whole number is an integer. */
export function attributeValue(): z.ZodType<
  AttributeValue,
  string | number | boolean | unknown[] | Record<string, unknown>
> {
  return z.union([scalar(), z.array(z.unknown()), z.record(z.string(), z.unknown())]).superRefine((given, context) => {
    const path = typeof given === "object" ? inexact(given) : undefined;
    if (path === undefined) return;
    context.addIssue({
      code: "custom",
      path,
      message: "integers beyond 2^53 are not exact here. Put it in quotation marks",
    });
  }) as unknown as ReturnType<typeof attributeValue>;
}

/** Where in a list or map an integer stands that the file says more exactly. */
function inexact(given: unknown): (string | number)[] | undefined {
  if (typeof given === "number") return isInexact(given) ? [] : undefined;
  if (typeof given !== "object" || given === null) return undefined;
  const entries = Array.isArray(given) ? [...(given as readonly unknown[]).entries()] : Object.entries(given);
  for (const [key, inner] of entries) {
    const path = inexact(inner);
    if (path !== undefined) return [key, ...path];
  }
  return undefined;
}

/** Whole numbers beyond 64 bits can only be meant as doubles. */
function isInexact(given: number): boolean {
  return Number.isInteger(given) && !Number.isSafeInteger(given) && Math.abs(given) < 2 ** 64;
}
