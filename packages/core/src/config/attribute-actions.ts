import * as z from "zod";
import type { AttributeAction } from "../pdata/edit-attributes.ts";
import { anyCase } from "./any-case.ts";
import { attributeValue } from "./attribute-value.ts";
import { refusedOption } from "./collector-option.ts";
import { pattern } from "./pattern.ts";

// Made when it is asked for: every collector loads this file, few have such an option.
// oxlint-disable-next-line typescript/explicit-function-return-type -- the schema is the type
const action = () =>
  z
    .strictObject({
      action: anyCase(z.enum(["insert", "update", "upsert", "delete", "hash", "extract", "convert"])).describe(
        "`insert` writes where there is none, `update` where there is one, `upsert` always; `hash` puts the SHA-256 in its place.",
      ),
      key: z.string().min(1).optional().describe("The attribute."),
      value: attributeValue().optional().describe("What to write."),
      from_attribute: z
        .string()
        .min(1)
        .optional()
        .describe("The attribute whose value is written; without it `default_value`, or nothing is done."),
      default_value: attributeValue()
        .optional()
        .describe("What to write where the item has no `from_attribute`; alone it is a `value`."),
      pattern: pattern()
        .optional()
        .describe(
          "Regular expression: keys to delete or hash, or what to extract, with a named group for each new attribute.",
        ),
      from_context: refusedOption(
        "what clients send beside the data is not kept, so there is nothing to take from. Leave the action out",
      ),
      converted_type: z.enum(["int", "double", "string"]).optional().describe("The type that `convert` makes of it."),
    })
    .superRefine((one, context) => {
      if (one.from_context !== undefined) return; // Refused already.
      const problem = wrongAction(one);
      if (problem !== undefined) context.addIssue({ code: "custom", path: [problem[0]], message: problem[1] });
    });

/** A list of changes to attributes, as the processors `attributes` and `resource` take it. */
export function attributeActions(): z.ZodType<readonly AttributeAction[]> {
  return z.array(action()).min(1);
}

/** The options that each action reads beside `key`. */
const reads: Readonly<Record<AttributeAction["action"], readonly (keyof AttributeAction)[]>> = {
  insert: ["value", "from_attribute", "default_value"],
  update: ["value", "from_attribute", "default_value"],
  upsert: ["value", "from_attribute", "default_value"],
  delete: ["pattern"],
  hash: ["pattern"],
  extract: ["pattern"],
  convert: ["converted_type"],
};

function wrongAction(one: AttributeAction): [string, string] | undefined {
  const { action: name, key } = one;
  const own = reads[name];
  const given = (["value", "from_attribute", "default_value", "pattern", "converted_type"] as const).filter(
    (option) => one[option] !== undefined,
  );
  const odd = given.find((option) => !own.includes(option));
  if (odd !== undefined) return [odd, `"${name}" does not read "${odd}". Leave it out`];
  const byPattern = name === "delete" || name === "hash";
  if (byPattern && key === undefined && !one.pattern) {
    return ["key", `"${name}" needs "key" or "pattern"`];
  }
  if (!byPattern && key === undefined) return ["key", `"${name}" needs "key"`];
  const sources = own.filter((option) => option !== "default_value");
  const taken = sources.filter((option) => one[option] !== undefined);
  if (!byPattern && (taken.length > 1 || given.length === 0)) {
    const options = sources.map((option) => `"${option}"`).join(" or ");
    return [taken[1] ?? own[0]!, `"${name}" needs ${sources.length > 1 ? "either " : ""}${options}`];
  }
  if (name === "extract" && !/\(\?P?<[a-zA-Z]/.test(one.pattern ?? "")) {
    return ["pattern", '"extract" needs a named group such as (?P<name>.*) for each new attribute'];
  }
  if (name === "extract" && hasUnnamedGroup(one.pattern ?? "")) {
    return ["pattern", '"extract" needs a name for each group. Write (?:…) for one that only holds together'];
  }
  return undefined;
}

/** Brackets that only group are written `(?:…)`, `(?i:…)`; those in classes and behind a backslash are none. */
function hasUnnamedGroup(text: string): boolean {
  const plain = text.replaceAll(/\\Q.*?(?:\\E|$)|\\.|\[\^?\]?(?:\\.|\[:\^?\w+:\]|[^\]\\])*\]/gs, "");
  return /\((?!\?)/.test(plain);
}
