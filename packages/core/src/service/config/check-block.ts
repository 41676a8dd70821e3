import type * as z from "zod";
import { messageOf } from "../../errors.ts";
import type { TreeDocument } from "./config-document.ts";
import type { Findings } from "./findings.ts";
import type { ConfigPath, Problem } from "./problem.ts";
import { isSecretName } from "../../config/secret-name.ts";
import { secretsExist } from "../../config/secret.ts";
import { nearest } from "./did-you-mean.ts";
import { parseParams, schemaProblems } from "./schema-problems.ts";
import { alternatives, holdsSecret, jsonSchemaOf, step } from "./schema-walk.ts";
import type { JsonSchema } from "../../config/json-schema.ts";
import { hasBroken, nodeAt, plain, withEntries, type TreeNode } from "./tree.ts";

/** A document under check, and where its problems go. */
export interface Check {
  readonly document: TreeDocument;
  readonly findings: Findings;
}

/** Reports a problem at a path of the document; `offset` is the character of the text there that it is about. */
export function report(
  { document, findings }: Check,
  path: ConfigPath,
  want: "key" | "value",
  problem: Omit<Problem, "path" | "position" | "severity"> & { readonly severity?: Problem["severity"] },
  offset?: number,
): void {
  const place = offset === undefined ? document.nearest(path, want) : document.within(path, offset);
  findings.add({ ...problem, path: document.shownPath(path) }, place);
}

/** Checks the block at `path` with a schema. Undefined after a problem. `without` names options that are not its own. */
export function checkBlock<T>(
  check: Check,
  schema: z.ZodType<T>,
  path: ConfigPath,
  without: readonly string[] = [],
): { readonly value: T } | undefined {
  const { document } = check;
  const node = stripped(document.node(path), without);
  redactSecrets(document, schema, node, path);
  const raw = node === undefined ? undefined : plain(node);
  let input: unknown;
  let result: z.ZodSafeParseResult<T>;
  try {
    ({ input, result } = parse(schema, raw ?? {}));
    const texts = result.success || node === undefined ? undefined : wantedTexts(node, result.error.issues);
    if (!result.success && texts !== undefined && node !== undefined) {
      const again = parse(schema, plain(node, texts));
      if (again.result.success || again.result.error.issues.length < result.error.issues.length)
        ({ input, result } = again);
    }
  } catch (error) {
    report(check, path, "key", {
      code: "plugin-check-failed",
      message: `the schema of the plugin threw: ${messageOf(error)}`,
      remedy: "Report it to the authors of the plugin.",
    });
    return undefined;
  }
  if (result.success) return node !== undefined && hasBroken(node) ? undefined : { value: result.data };
  const inputAt = (inner: ConfigPath): unknown => valueAt(input, inner);
  for (const problem of schemaProblems(schema, result.error.issues, inputAt)) {
    const at = [...path, ...problem.path];
    // A value that could not be read was reported; a key is wrong whatever its value.
    if (problem.want === "value" && document.broken(at)) continue;
    const { path: _, option: __, want, offset, ...rest } = problem;
    report(check, at, want, rest, offset);
  }
  return undefined;
}

/** Parses `input`. A block with nothing behind its colon, as in `cpu:`, is one with its defaults, as in the Collector. */
function parse<T>(schema: z.ZodType<T>, input: unknown): { input: unknown; result: z.ZodSafeParseResult<T> } {
  const result = schema.safeParse(input, parseParams);
  const empty = result.success ? [] : emptyBlocks(input, result.error.issues);
  if (empty.length === 0) return { input, result };
  const filled = structuredClone(input);
  for (const path of empty) {
    const parent = valueAt(filled, path.slice(0, -1)) as Record<PropertyKey, unknown>;
    parent[path.at(-1) ?? ""] = {};
  }
  return { input: filled, result: schema.safeParse(filled, parseParams) };
}

/** Where `input` has nothing and the schema wants a map. */
function emptyBlocks(
  input: unknown,
  issues: readonly z.core.$ZodIssue[],
  above: readonly PropertyKey[] = [],
): PropertyKey[][] {
  return issues.slice(0, 200).flatMap((issue) => {
    const path = [...above, ...issue.path];
    if (issue.code === "invalid_union") {
      // Where a text or a number may stand too, nothing is not a map.
      return valueAt(input, path) === null && issue.errors.flat().some(wantsScalar)
        ? []
        : issue.errors.flatMap((branch) => emptyBlocks(input, branch, path));
    }
    const wanted = issue.code === "invalid_type" && (issue.expected === "object" || issue.expected === "record");
    return wanted && path.length > 0 && valueAt(input, path) === null ? [path] : [];
  });
}

function wantsScalar(issue: z.core.$ZodIssue): boolean {
  if (issue.path.length > 0) return false;
  if (issue.code === "invalid_union") return issue.errors.flat().some(wantsScalar);
  return issue.code === "invalid_type" && ["string", "number", "boolean"].includes(issue.expected);
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, part) =>
      typeof value === "object" && value !== null && Object.hasOwn(value, part)
        ? (value as Record<PropertyKey, unknown>)[part]
        : undefined,
    input,
  );
}

/** Texts of variables that YAML reads as something else, where the schema wants a text: a password of digits. */
function wantedTexts(node: TreeNode, issues: readonly z.core.$ZodIssue[]): Set<TreeNode> | undefined {
  const texts = new Set<TreeNode>();
  for (const { path } of issues.slice(0, 200)) {
    const at = nodeAt(node, path as (string | number)[]);
    if (at?.text !== undefined && !(at.kind === "scalar" && typeof at.value === "string")) texts.add(at);
  }
  return texts.size === 0 ? undefined : texts;
}

function stripped(node: TreeNode | undefined, without: readonly string[]): TreeNode | undefined {
  if (node?.kind !== "map" || without.length === 0) return node;
  return withEntries(node, new Map([...node.entries].filter(([key]) => !without.includes(key))));
}

/** The same for a block that nobody knows the options of: by their names alone. */
export function redactByName(document: TreeDocument, path: ConfigPath): void {
  const node = document.node(path);
  if (node !== undefined) redactNode(document, {}, [], node, path);
}

/**
 * Keeps the values of secret options out of the source lines that messages show: also what was written for a secret
 * under a name or in a form that the schema does not know, and texts under names of secrets.
 */
function redactSecrets(document: TreeDocument, schema: z.ZodType, node: TreeNode | undefined, path: ConfigPath): void {
  const root = secretsExist() ? jsonSchemaOf(schema) : {};
  // Most schemas hold no secret; then names alone tell.
  const known = JSON.stringify(root).includes('"writeOnly":true') ? alternatives(root, root) : [];
  if (node !== undefined) redactNode(document, root, known, node, path);
}

function redactNode(
  document: TreeDocument,
  root: JsonSchema,
  known: readonly JsonSchema[],
  node: TreeNode,
  path: ConfigPath,
): void {
  const walk = (schemas: readonly JsonSchema[], at: TreeNode, inner: ConfigPath): void => {
    if (schemas.some(({ writeOnly }) => writeOnly === true)) document.redact(inner);
    else if (at.kind === "map") {
      for (const [key, entry] of at.entries) {
        const option = [...inner, key];
        if (isSecretName(key) && isTexts(entry.node)) document.redact(option);
        else walk(optionSchemas(root, schemas, key), entry.node, option);
      }
    } else if (at.kind === "list") {
      for (const [index, item] of at.items.entries()) {
        const inList = schemas.flatMap((schemaNode) => step(root, schemaNode, index));
        walk(inList.length > 0 ? inList : schemas, item, [...inner, index]);
      }
    } else if (schemas.some((schemaNode) => holdsSecret(root, schemaNode))) document.redact(inner);
  };
  walk(known, node, path);
}

/** Whether a node is a text, or a list of texts. */
function isTexts(node: TreeNode): boolean {
  return node.kind === "scalar" || (node.kind === "list" && node.items.every(({ kind }) => kind === "scalar"));
}

/** The schemas of the option `key`, or of the one that was most likely meant. */
function optionSchemas(root: JsonSchema, schemas: readonly JsonSchema[], key: string): JsonSchema[] {
  const known = schemas.flatMap((schemaNode) => step(root, schemaNode, key));
  if (known.length > 0) return known;
  const meant = nearest(
    key,
    schemas.flatMap(({ properties }) => Object.keys(properties ?? {})),
  );
  return meant === undefined ? [] : schemas.flatMap((schemaNode) => step(root, schemaNode, meant));
}
