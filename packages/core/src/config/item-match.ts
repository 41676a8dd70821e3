import * as z from "zod";
import type { AttributeCondition, ItemMatch } from "../pdata/item-match.ts";
import { attributeValue } from "./attribute-value.ts";
import { unusedOption } from "./collector-option.ts";
import { patternIssue } from "./pattern.ts";

const texts = (what: string): z.ZodOptional<z.ZodArray<z.ZodString>> => z.array(z.string()).optional().describe(what);

/** A list of attributes that items must have. */
export function attributeConditions(): z.ZodType<
  AttributeCondition[],
  { key: string; value?: string | number | boolean | unknown[] | Record<string, unknown> | undefined }[]
> {
  return z.array(
    z.strictObject({
      key: z.string().min(1).describe("The attribute."),
      value: attributeValue().optional().describe("The value that it must have; any without it."),
    }),
  );
}

/** How texts are compared. */
export function matchType(): z.ZodType<"strict" | "regexp", "strict" | "regexp"> {
  return z.enum(["strict", "regexp"]);
}

/** `TRACE` to `FATAL`, each with 2, 3 or 4 behind it, by number. */
const severities = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"] as const;

// Not as a pattern of the schema: JSON Schema has none that ignores case.
const SEVERITY = /^(?:(?:TRACE|DEBUG|INFO|WARN|ERROR|FATAL)[234]?|[1-9]|1\d|2[0-4])$/i;
const wrongSeverity = 'expected a severity such as "WARN" or a number from 1 to 24';

/** The least severity of log records, by name or number. */
export function severityNumber(): z.ZodType<
  { min: number; match_undefined: boolean },
  { min: string | number; match_undefined?: boolean | undefined }
> {
  return z.strictObject({
    min: z
      .union([z.int().min(1).max(24), z.string().refine((text) => SEVERITY.test(text), { error: wrongSeverity })], {
        error: wrongSeverity,
      })
      .transform(severityOf)
      .describe("The least severity: `TRACE` to `FATAL`, or 1 to 24."),
    match_undefined: z.boolean().default(false).describe("Whether records without a severity match."),
  });
}

function severityOf(given: string | number): number {
  if (typeof given === "number" || /^\d/.test(given)) return Number(given);
  const [, name = "", step = "1"] = /^(\D+)([234])?$/.exec(given.toUpperCase()) ?? [];
  return severities.indexOf(name as (typeof severities)[number]) * 4 + Number(step);
}

/** Which items a processor is for, as the Collector's `include` and `exclude` write it. */
export function itemMatch(): z.ZodType<ItemMatch> {
  return z
    .strictObject({
      match_type: matchType().describe("Whether texts are compared or matched as regular expressions."),
      regexp: unusedOption(z.record(z.string(), z.unknown()), "patterns need no cache."),
      services: texts("Values of `service.name`."),
      resources: attributeConditions().optional().describe("Attributes of the resource, all of which must match."),
      libraries: z
        .array(
          z.strictObject({
            name: z.string().describe("The name of the scope."),
            version: z.string().optional().describe("Its version; any without it."),
          }),
        )
        .optional()
        .describe("Instrumentation scopes."),
      attributes: attributeConditions()
        .optional()
        .describe("Attributes of the data point, record or span, all of which must match."),
      metric_names: texts("Names of metrics. Other signals do not match."),
      span_names: texts("Names of spans. Other signals do not match."),
      span_kinds: texts("Kinds of spans: `server` or `SPAN_KIND_SERVER`. Other signals do not match."),
      log_bodies: texts("Bodies of log records, as text. Other signals do not match."),
      log_severity_texts: texts("Severity texts of log records. Other signals do not match."),
      log_severity_number: severityNumber().optional().describe("Severity of log records. Other signals do not match."),
    })
    .superRefine((match, context) => {
      const { match_type: _how, regexp: _cache, ...wanted } = match;
      // Lists without entries restrict nothing: with those alone all items would match.
      if (Object.values(wanted).every((part) => part === undefined || (Array.isArray(part) && part.length === 0))) {
        context.addIssue({ code: "custom", message: "nothing to match is given. Set one more option", path: [] });
      }
      checkPatterns(match, context);
    });
}

/** Refuses texts that are no regular expressions, where they are to be some. */
export function checkPatterns(match: { readonly match_type: string }, context: z.RefinementCtx): void {
  if (match.match_type !== "regexp") return;
  for (const [option, entries] of Object.entries(match)) {
    if (!Array.isArray(entries)) continue;
    for (const [index, entry] of (entries as readonly unknown[]).entries()) {
      for (const [key, text] of textsOf(entry)) {
        const issue = patternIssue(text, [option, index, ...key]);
        if (issue !== undefined) context.addIssue(issue);
      }
    }
  }
}

/** The texts of an entry that are matched, with where they stand in it. */
function textsOf(entry: unknown): [string[], string][] {
  if (typeof entry === "string") return [[[], entry]];
  // The key of an attribute is compared in any case.
  return Object.entries(entry as Record<string, unknown>).flatMap(([name, text]) =>
    typeof text === "string" && name !== "key" ? [[[name], text]] : [],
  );
}
