import type { LoadLimits } from "./limits.ts";
import type { Source } from "./source.ts";

interface YamlProblem {
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
}

/** The texts for what the YAML library finds, by what its own message begins with or by its code. */
const texts: readonly (readonly [RegExp, string, string])[] = [
  [
    /^Nested mappings are not allowed/,
    'there is a second ": " on the line',
    "Put the value in quotes, or begin a new line.",
  ],
  [
    /^Implicit (map )?keys need|^MULTILINE_IMPLICIT_KEY/,
    'the line has no ": " between a key and a value',
    "Put a space after the colon, or indent the line if it goes on from the one above.",
  ],
  [/^All (sequence|mapping|collection) items/, "the entries do not begin in the same column", "Indent them alike."],
  [/^Missing closing .quote/, "the quotation mark is not closed", "Close it."],
  [/^Missing , /, "a comma is missing between two entries", "Write a comma, or put the value in quotes."],
  [/^Missing space after :/, "a space is missing after the colon", "Write one."],
  [
    /^Flow (map|sequence|collection)|^Expected flow/,
    "the brackets are not closed, or stand too far to the left",
    "Close and indent them.",
  ],
  [/^BLOCK_IN_FLOW/, "an indented block stands inside brackets", "Write the value on one line, in brackets or quotes."],
  [
    /^Comments must be separated/,
    'a "#" follows the value without a space',
    "Put a space before it, or the value in quotes.",
  ],
  [
    /^MULTIPLE_DOCS/,
    "a second YAML document begins",
    'Keep one in each file, and give each file with a "--config" of its own.',
  ],
  [
    /^BAD_ALIAS|^ALIAS_PROPS|^MULTIPLE_ANCHORS/,
    'a value begins with "*" or "&", which stand for aliases and anchors',
    "Put it in quotes.",
  ],
  [
    /^Missing directives-end|^BAD_DIRECTIVE/,
    'a line begins with "%", which stands for a YAML directive',
    "Put it in quotes.",
  ],
  [/^KEY_OVER_1024_CHARS/, "the key is longer than 1,024 characters", "Make it shorter."],
  [/^Unexpected empty item|^Unexpected , in/, "a comma has nothing before it", "Remove it."],
];
const GENERAL = "Check quotes, brackets and indentation here and on the line above.";

/** What a YAML error says to the user, and where it points. */
export function yamlMessage(
  code: string,
  original: string,
  source: Source,
  offset: number,
  limits: LoadLimits,
): { readonly problem: YamlProblem; readonly start: number; readonly general: boolean } {
  const syntax = (message: string, remedy: string, start = offset) => ({
    problem: { code: "config-yaml-syntax", message, remedy },
    start,
    general: remedy === GENERAL,
  });
  const tab = indentingTab(source, offset, code === "TAB_AS_INDENT");
  if (tab !== undefined) {
    const problem = {
      code: "config-yaml-tab",
      message: "the line is indented with a tab, which YAML does not allow",
      remedy: "Replace the tab with spaces.",
    };
    return { problem, start: tab, general: false };
  }
  if (source.text.slice(offset - 1, offset + 1) === "${") {
    return syntax("a variable stands inside brackets without quotes", 'Put it in quotes: "${env:NAME}".');
  }
  if (code === "RESOURCE_EXHAUSTION") return { problem: tooDeep(limits), start: offset, general: false };
  if (code === "TAG_RESOLVE_FAILED" || code === "BAD_COLLECTION_TYPE") {
    const tag = /!?[^\s:]+$/.exec(original.split(" used for")[0] ?? "")?.[0] ?? "";
    return syntax(`the tag ${JSON.stringify(tag)} is not known or does not fit`, "Remove it.");
  }
  if (code === "BAD_DQ_ESCAPE") {
    const escape = original.replace("Invalid escape sequence ", "").slice(0, 12);
    return syntax(`${escape} is no escape sequence`, "Double the backslash, or use single quotes.");
  }
  if (code === "BAD_SCALAR_START") {
    const character = original.replace(/^.*cannot start with (a |an )?/s, "").slice(0, 40);
    return syntax(`a value cannot begin with a ${character}`, "Put it in quotes.");
  }
  for (const [pattern, message, remedy] of texts) {
    if (pattern.test(original) || pattern.test(code)) return syntax(message, remedy);
  }
  return syntax("the text here does not fit what stands before it", GENERAL);
}

/** Maps and lists that go too deep. */
export function tooDeep({ maxDepth }: LoadLimits): YamlProblem {
  return {
    code: "config-too-deep",
    message: `more than ${maxDepth} maps and lists stand inside one another`,
    remedy: "Check for an opening bracket or a dash that is repeated.",
  };
}

/** Offset of the tab that indents the line of `offset`, or, where the library is sure of a tab, any before it. */
function indentingTab(source: Source, offset: number, sure: boolean): number | undefined {
  const { text } = source;
  const lineStart = text.lastIndexOf("\n", Math.max(0, offset - 1)) + 1;
  for (const start of text[offset] === "\n" ? [lineStart] : [lineStart, text.lastIndexOf("\n", offset) + 1]) {
    const indent = /^[ \t]*/.exec(text.slice(start, start + 1_000))?.[0] ?? "";
    const tab = indent.indexOf("\t");
    if (tab !== -1 && indent.length < text.slice(start, start + 1_000).trimEnd().length) return start + tab;
  }
  return sure ? offset : undefined;
}
