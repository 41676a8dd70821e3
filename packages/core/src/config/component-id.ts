import * as z from "zod";
import { parseComponentId } from "../component-id.ts";
import { messageOf } from "../errors.ts";
import { quoteValue } from "./quote-value.ts";

/** The ID of a component, `type` or `type/name`, as one component names another. Parses to the text itself. */
export function componentId(): z.ZodType<string, string> {
  return z
    .string({
      error: ({ input }) => `expected a component ID such as "otlp" or "otlp/backup", got ${quoteValue(input)}`,
    })
    .superRefine((text, ctx) => {
      try {
        parseComponentId(text);
      } catch (error) {
        ctx.addIssue({ code: "custom", message: messageOf(error), input: text });
      }
    })
    .meta({ "x-type": "component ID" });
}

/** The mark of an {@link extensionId} in a schema. */
export const EXTENSION_ID = "extension ID";

/** The ID of an extension that the component needs; a config that names one which does not start is wrong. */
export function extensionId(): z.ZodType<string, string> {
  return componentId().meta({ "x-type": EXTENSION_ID });
}
