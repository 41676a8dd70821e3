import * as z from "zod";
import { patternOf, type PatternError } from "../pattern/pattern.ts";

/** A regular expression as configs of the Collector write it, in the syntax of RE2. Parses to the text itself. */
export function pattern(): z.ZodType<string, string> {
  return z.string().superRefine((text, context) => {
    const issue = patternIssue(text);
    if (issue !== undefined) context.addIssue(issue);
  });
}

/** What is wrong with a regular expression, as an issue of a schema that points at the character. */
export function patternIssue(
  text: string,
  path: (string | number)[] = [],
):
  | { code: "custom"; path: (string | number)[]; message: string; input: string; params: { offset: number } }
  | undefined {
  try {
    patternOf(text);
    return undefined;
  } catch (error) {
    const { message, remedy, offset } = error as PatternError;
    return {
      code: "custom",
      path,
      message: remedy === "" ? message : `${message}. ${remedy}`,
      input: text,
      params: { offset },
    };
  }
}
