import type { Pattern } from "@tracecore/core/pattern";
import type { Frame } from "../frame.ts";
import { fail } from "../ottl-error.ts";
import type { Value } from "../values.ts";
import { mapTexts, replaceAll } from "./editors.ts";
import { expand } from "./expand.ts";
import { define, type FunctionDefinition } from "./signature.ts";

/** What may be done to a replacement before it is written. */
const shaping = { "function?": "function", "replacementFormat?": "constant" } as const;

/** The functions that replace texts. */
export const replacing: readonly FunctionDefinition[] = [
  define(
    "replace_pattern",
    {
      target: "target",
      regex: "pattern",
      replacement: "string",
      ...shaping,
    },
    ({ target, regex, replacement, function: hash, replacementFormat: format }) => {
      const shaped = shape(hash, format);
      return (frame) => {
        const text = target.get(frame);
        if (typeof text !== "string") return undefined;
        const after = replaced(text, regex(frame), replacement(frame), shaped);
        if (after !== text) target.set(frame, after);
        return undefined;
      };
    },
  ),

  define(
    "replace_match",
    {
      target: "target",
      pattern: "glob",
      replacement: "string",
      ...shaping,
    },
    ({ target, pattern, replacement, function: hash, replacementFormat: format }) => {
      const shaped = shape(hash, format);
      return (frame) => {
        const text = target.get(frame);
        if (typeof text === "string" && pattern(frame).test(text)) target.set(frame, shaped(replacement(frame)));
        return undefined;
      };
    },
  ),

  define(
    "replace_all_patterns",
    {
      target: "mapTarget",
      mode: "constant",
      regex: "pattern",
      replacement: "string",
      ...shaping,
    },
    ({ target, mode, regex, replacement, function: hash, replacementFormat: format }) => {
      if (mode !== "key" && mode !== "value") fail(`mode is "key" or "value"`);
      const shaped = shape(hash, format);
      return (frame: Frame) => {
        const change = (text: string): string => replaced(text, regex(frame), replacement(frame), shaped);
        target.edit(frame, (map) =>
          mode === "value"
            ? mapTexts(map, change)
            : replaceAll(map, new Map(Array.from(map, ([key, value]) => [change(key), value]))),
        );
        return undefined;
      };
    },
  ),

  define(
    "replace_all_matches",
    {
      target: "mapTarget",
      pattern: "glob",
      replacement: "string",
      ...shaping,
    },
    ({ target, pattern, replacement, function: hash, replacementFormat: format }) => {
      const shaped = shape(hash, format);
      return (frame) => {
        const fits = pattern(frame);
        target.edit(frame, (map) => mapTexts(map, (text) => (fits.test(text) ? shaped(replacement(frame)) : text)));
        return undefined;
      };
    },
  ),
];

/** What becomes of a replacement: a function of it, and a text around it. */
function shape(hash: ((text: string) => Value) | undefined, format: string | undefined): (text: string) => string {
  if (format !== undefined && format.split("%s").length !== 2) fail("replacementFormat has one %s");
  const [before = "", after = ""] = format?.split("%s") ?? [];
  return (text) => {
    const result = hash === undefined ? text : hash(text);
    if (typeof result !== "string") fail("the function of a replacement gives a string");
    return hash === undefined ? result : before + result + after;
  };
}

function replaced(text: string, pattern: Pattern, replacement: string, shaped: (text: string) => string): string {
  return pattern.replace(text, (match) => shaped(expand(replacement, match)));
}
