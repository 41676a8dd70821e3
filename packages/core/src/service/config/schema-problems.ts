import type * as z from "zod";
import { REFUSED } from "../../config/collector-option.ts";
import { quoteValue } from "../../config/quote-value.ts";
import type { JsonSchema } from "../../config/json-schema.ts";
import { didYouMean, listNames } from "./did-you-mean.ts";
import type { ConfigPath } from "./problem.ts";
import { holdsSecret, jsonSchemaOf, schemasAt } from "./schema-walk.ts";

type Issue = z.core.$ZodIssue;

/** A problem that a schema found, not yet placed in a file. */
export interface SchemaProblem {
  readonly code: string;
  readonly message: string;
  readonly remedy?: string;
  /** The option that the message speaks of, from the top of the block. */
  readonly path: ConfigPath;
  /** Whether its key or its value is wrong. */
  readonly want: "key" | "value";
  /** The option that is missing at `path`. */
  readonly option?: string;
  /** Which character of the text at `path` is wrong. */
  readonly offset?: number;
}

/** Stands for a message of the schema library, none of which is for users. */
const NO_MESSAGE = "\0";
/** What to parse with so that messages made by schemas can be told from those of the library. */
export const parseParams: { readonly reportInput: true; readonly error: () => string } = {
  reportInput: true,
  error: () => NO_MESSAGE,
};

const MOST = 200;

/** Says what a schema found in the words of the config file. */
export function schemaProblems(
  schema: z.ZodType,
  issues: readonly Issue[],
  inputAt: (path: ConfigPath) => unknown,
): SchemaProblem[] {
  const root = jsonSchemaOf(schema);
  const problems = issues.slice(0, MOST).flatMap((issue) => explain(issue, [], root, inputAt, 0));
  // A misspelt option is not missing as well.
  const misspelt = new Set(problems.map(({ path, remedy = "" }) => JSON.stringify([...path.slice(0, -1), remedy])));
  return problems.filter(
    ({ code, path, option = "" }) =>
      code !== "config-missing-option" || !misspelt.has(JSON.stringify([...path, `Did you mean "${option}"?`])),
  );
}

function explain(
  issue: Issue,
  base: ConfigPath,
  root: JsonSchema,
  inputAt: (path: ConfigPath) => unknown,
  depth: number,
): SchemaProblem[] {
  const path: ConfigPath = [...base, ...(issue.path as (string | number)[])];
  const input = inputAt(path);
  const schemas = schemasAt(root, path);
  const got = schemas.some((node) => holdsSecret(root, node)) ? "[redacted]" : quoteValue(input);
  const value = (message: string, remedy?: string): SchemaProblem[] => [
    {
      code: "config-invalid-value",
      path,
      want: "value",
      message,
      ...(remedy !== undefined && remedy !== "" && { remedy }),
    },
  ];

  if (issue.code === "unrecognized_keys") {
    const options = schemas.flatMap((node) => Object.entries(node.properties ?? {}));
    const known = [...new Set(options.flatMap(([name, node]) => (node["x-type"] === REFUSED ? [] : [name])))];
    const otherwise = known.length === 0 ? "It has no options." : `Known options: ${listNames(known, 20)}.`;
    return issue.keys.slice(0, MOST).map((key) => ({
      code: "config-unknown-option",
      path: [...path, key],
      want: "key",
      message: "unknown option",
      remedy: didYouMean(key, known, otherwise),
    }));
  }
  if (input === undefined && issue.code !== "custom") return [missing(path, schemas)];
  if (issue.code === "invalid_key") {
    const inner = issue.issues[0];
    const reason = inner === undefined || inner.message === NO_MESSAGE ? "" : `: ${inner.message}`;
    return [{ code: "config-invalid-value", path, want: "key", message: `this name is not allowed${reason}` }];
  }
  if (issue.message !== NO_MESSAGE) {
    const offset: unknown = issue.code === "custom" ? issue.params?.["offset"] : undefined;
    const problems = value(issue.message);
    return typeof offset === "number" ? problems.map((one) => Object.assign(one, { offset })) : problems;
  }
  switch (issue.code) {
    case "invalid_type":
      return value(`expected ${typeWords(issue.expected)}, got ${got}`, typeRemedy(issue.expected, input));
    case "too_small":
    case "too_big":
      return value(sizeMessage(issue, got));
    case "invalid_format":
      return value(
        issue.format === "regex"
          ? `${got} does not match ${issue.pattern ?? "the pattern"}`
          : `expected ${formats[issue.format] ?? issue.format}, got ${got}`,
      );
    case "not_multiple_of":
      return value(`expected a multiple of ${issue.divisor}, got ${got}`);
    case "invalid_value": {
      const allowed = [...new Set(issue.values.map(String))];
      const message =
        allowed.length === 1 ? `expected ${allowed[0]}, got ${got}` : `${got} is not one of ${listNames(allowed, 20)}`;
      return value(message, typeof input === "string" ? didYouMean(input, allowed, "") : undefined);
    }
    case "invalid_union":
      return depth > 8 ? value(`${got} is not allowed here`) : explainUnion(issue, path, root, inputAt, got, depth);
    case "custom":
    case "invalid_element":
      break;
  }
  return value(`${got} is not allowed here`);
}

/** Speaks of the alternative that comes nearest; of all where none does. */
function explainUnion(
  issue: Extract<Issue, { code: "invalid_union" }>,
  path: ConfigPath,
  root: JsonSchema,
  inputAt: (path: ConfigPath) => unknown,
  got: string,
  depth: number,
): SchemaProblem[] {
  const { options } = issue as { options?: readonly unknown[] };
  if (options !== undefined) {
    const allowed = options.map(String);
    const input = inputAt(path);
    const remedy = typeof input === "string" ? didYouMean(input, allowed, "") : "";
    return [
      {
        code: "config-invalid-value",
        path,
        want: "value",
        message: `${got} is not one of ${listNames(allowed, 20)}`,
        ...(remedy !== "" && { remedy }),
      },
    ];
  }
  const wrongKind = (branch: readonly Issue[]): boolean =>
    branch.some((inner) => inner.path.length === 0 && inner.code !== "unrecognized_keys");
  const near = issue.errors.filter((branch) => !wrongKind(branch)).toSorted((a, b) => a.length - b.length)[0];
  if (near !== undefined) return near.flatMap((inner) => explain(inner, path, root, inputAt, depth + 1));
  const words = issue.errors.flatMap((branch) =>
    branch.map((inner) =>
      inner.code === "invalid_type"
        ? typeWords(inner.expected)
        : inner.code === "invalid_value"
          ? inner.values.map((allowed) => JSON.stringify(allowed)).join(", ")
          : "another value",
    ),
  );
  const expected = [...new Set(words)].join(" or ");
  return [{ code: "config-invalid-value", path, want: "value", message: `expected ${expected}, got ${got}` }];
}

function missing(path: ConfigPath, schemas: readonly JsonSchema[]): SchemaProblem {
  const description = schemas.find((node) => node.description !== undefined)?.description;
  const name = String(path.at(-1) ?? "");
  return {
    code: "config-missing-option",
    path: path.slice(0, -1),
    want: "key",
    option: name,
    message: `"${name}" is missing${description === undefined ? "" : `: ${description}`}`,
  };
}

const formats: Readonly<Record<string, string>> = {
  url: 'a URL such as "https://example.com"',
  email: "an e-mail address",
  ipv4: "an IPv4 address",
  ipv6: "an IPv6 address",
  cidrv4: 'a range of addresses such as "10.0.0.0/8"',
  uuid: "a UUID",
  datetime: "a time such as 2026-01-31T12:00:00Z",
};

function typeWords(expected: string): string {
  const words: Record<string, string> = {
    string: "a text",
    number: "a number",
    int: "a whole number",
    boolean: "true or false",
    array: "a list",
    object: "a map",
    record: "a map",
    map: "a map",
    null: "nothing",
  };
  return words[expected] ?? expected;
}

function typeRemedy(expected: string, input: unknown): string {
  if (typeof input === "string") {
    if (expected === "boolean" && /^(yes|no|on|off|true|false)$/i.test(input))
      return "Write true or false, without quotes.";
    if ((expected === "object" || expected === "record") && /^[\w/-]+:\S/.test(input))
      return "Put a space after the colon.";
    if ((expected === "number" || expected === "int") && /^-?\d+(\.\d+)?$/.test(input))
      return "Write it without quotes.";
    if (expected === "array") return "Put it in brackets.";
  }
  if (expected === "string" && (typeof input === "number" || typeof input === "boolean")) return "Put it in quotes.";
  return "";
}

function sizeMessage(issue: Extract<Issue, { code: "too_small" | "too_big" }>, got: string): string {
  const small = issue.code === "too_small";
  const limit = small ? issue.minimum : issue.maximum;
  const inclusive = issue.inclusive !== false;
  if (issue.origin === "number" || issue.origin === "int" || issue.origin === "bigint") {
    const bound = small ? (inclusive ? "at least" : "more than") : inclusive ? "at most" : "less than";
    return `expected ${bound} ${limit}, got ${got}`;
  }
  if (small && limit === 1) return "expected a value, got an empty one";
  const unit = issue.origin === "string" ? "characters" : "entries";
  return `expected ${small ? "at least" : "at most"} ${limit} ${unit}`;
}
