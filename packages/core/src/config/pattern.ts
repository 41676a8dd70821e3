import * as z from "zod";
import { messageOf } from "../errors.ts";
import { collectorPattern } from "../pdata/collector-pattern.ts";

/** A regular expression, in the syntax of JavaScript or as configs of the Collector write it. Parses to the text itself. */
export function pattern(): z.ZodType<string, string> {
  return z.string().superRefine((text, context) => {
    const problem = patternProblem(text);
    if (problem !== undefined) context.addIssue({ code: "custom", message: problem, input: text });
  });
}

/** What is wrong with a regular expression. */
export function patternProblem(text: string): string | undefined {
  try {
    collectorPattern(text);
    return undefined;
  } catch (error) {
    return `expected a regular expression: ${messageOf(error)}`;
  }
}
