import type * as z from "zod";
import { REFUSED } from "./collector-option.ts";
import { inputSchema, type JsonSchema } from "./json-schema.ts";

const HEAD = ["| Option | Type | Default | Description |", "| --- | --- | --- | --- |"];

/** The option table of a README, made from the config schema. Throws when an option has no description. */
export function optionTable(schema: z.ZodType): string {
  const root = inputSchema(schema);
  const missing: string[] = [];
  const rows: string[] = [];
  addRows(root, root, "", rows, missing);
  if (missing.length > 0) {
    throw new Error(`these options have no description: ${missing.join(", ")}. End each with .describe("…")`);
  }
  return rows.length === 0 ? "There are no options." : [...HEAD, ...rows].join("\n");
}

function addRows(root: JsonSchema, block: JsonSchema, prefix: string, rows: string[], missing: string[]): void {
  for (const [name, option] of Object.entries(block.properties ?? {})) {
    if (option["x-type"] === REFUSED) continue;
    const path = prefix + name;
    if (option.description === undefined || option.description.trim() === "") missing.push(path);
    const required = block.required?.includes(name) === true;
    const fallback = required
      ? "required"
      : option.default === undefined
        ? "unset"
        : code(JSON.stringify(option.default));
    const cells = [code(path), typeWords(root, option), fallback, option.description ?? ""];
    rows.push(`| ${cells.map(cell).join(" | ")} |`);
    for (const [inner, suffix] of nested(root, option)) addRows(root, inner, path + suffix, rows, missing);
  }
}

/** The blocks of options inside an option, with what their paths add to its own. */
function nested(root: JsonSchema, option: JsonSchema): [JsonSchema, string][] {
  if (typeof option["x-type"] === "string") return [];
  const node = resolve(root, option);
  if (node === undefined) return [];
  if (node.properties !== undefined) return [[node, "."]];
  if (isSchema(node.items)) return nested(root, node.items).map(([inner, suffix]) => [inner, `[]${suffix}`]);
  if (isSchema(node.additionalProperties)) {
    return nested(root, node.additionalProperties).map(([inner, suffix]) => [inner, `.<name>${suffix}`]);
  }
  return (node.anyOf ?? node.oneOf ?? []).flatMap((branch) => nested(root, branch));
}

function typeWords(root: JsonSchema, option: JsonSchema): string {
  if (typeof option["x-type"] === "string") return option["x-type"];
  const node = resolve(root, option);
  if (node === undefined) return "any";
  if (node.enum !== undefined) return alternatives(node.enum);
  if (node.const !== undefined) return alternatives([node.const]);
  const branches = node.anyOf ?? node.oneOf;
  if (branches !== undefined) return [...new Set(branches.map((branch) => typeWords(root, branch)))].join(" or ");
  if (node.type === "array") return `list of ${isSchema(node.items) ? typeWords(root, node.items) : "any"}`;
  // A union of plain types is a list of them.
  if (node.type !== "object") return [node.type ?? "any"].flat().join(",");
  if (node.properties !== undefined) return "block";
  return `map of ${isSchema(node.additionalProperties) ? typeWords(root, node.additionalProperties) : "any"}`;
}

/** Each text once: a version may stand as 1.2 and as "1.2". */
function alternatives(values: readonly unknown[]): string {
  return [...new Set(values.map((value) => code(`${value as string | number | boolean | null}`)))].join(", ");
}

/** Follows `$ref`; undefined for a schema that contains itself, whose rows would have no end. */
function resolve(root: JsonSchema, node: JsonSchema): JsonSchema | undefined {
  if (node.$ref === undefined) return node;
  const name = /^#\/\$defs\/(.+)$/.exec(node.$ref)?.[1];
  const target = name === undefined ? undefined : root.$defs?.[name];
  return target === undefined || JSON.stringify(target).includes(`"${node.$ref}"`) ? undefined : target;
}

const isSchema = (node: unknown): node is JsonSchema => typeof node === "object" && node !== null;
const code = (text: string): string => `\`${text}\``;
const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll(/\s*\n\s*/g, " ");
