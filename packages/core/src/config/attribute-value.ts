import * as z from "zod";
import type { AttributeValue } from "../pdata/attributes.ts";

const scalar = z.union([z.string(), z.number(), z.boolean()]);

/** The value of an attribute: a text, a number, a boolean, or a list of them. A whole number is an integer. */
export function attributeValue(): z.ZodType<AttributeValue, string | number | boolean | (string | number | boolean)[]> {
  return z.union([scalar, z.array(scalar)]);
}
