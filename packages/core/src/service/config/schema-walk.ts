import type * as z from "zod";
import { inputSchema, type JsonSchema } from "../../config/json-schema.ts";

const made = new WeakMap<z.ZodType, JsonSchema>();

/** The JSON Schema of what a schema takes; an empty one where it has none, which says nothing and forbids nothing. */
export function jsonSchemaOf(schema: z.ZodType): JsonSchema {
  let json = made.get(schema);
  if (json === undefined) {
    try {
      json = inputSchema(schema);
    } catch {
      json = {};
    }
    made.set(schema, json);
  }
  return json;
}

/** Every schema that may hold for the value at `path`; several where there are alternatives. */
export function schemasAt(root: JsonSchema, path: readonly (string | number)[]): JsonSchema[] {
  let nodes = alternatives(root, root);
  for (const part of path)
    nodes = nodes.flatMap((node) => step(root, node, part)).flatMap((node) => alternatives(root, node));
  return nodes;
}

/** The schemas one key or index further down. */
export function step(root: JsonSchema, node: JsonSchema, part: string | number): JsonSchema[] {
  const { properties, additionalProperties, items, prefixItems } = node;
  if (typeof part === "number") {
    const item = prefixItems?.[part] ?? items;
    return typeof item === "object" ? alternatives(root, item) : [];
  }
  if (properties !== undefined && Object.hasOwn(properties, part)) return alternatives(root, properties[part] ?? {});
  return typeof additionalProperties === "object" ? alternatives(root, additionalProperties) : [];
}

/** A schema, or the alternatives that it is made of, with references followed. */
export function alternatives(root: JsonSchema, node: JsonSchema, depth = 0): JsonSchema[] {
  if (depth > 16) return []; // A schema that refers to itself without a value between.
  if (node.$ref !== undefined) {
    const name = /^#\/\$defs\/(.+)$/.exec(node.$ref)?.[1];
    const target = node.$ref === "#" ? root : name === undefined ? undefined : root.$defs?.[name];
    return target === undefined ? [] : alternatives(root, target, depth + 1);
  }
  const branches = node.anyOf ?? node.oneOf ?? node.allOf;
  // What describes the whole, such as a default or a mark, is kept beside its branches.
  return branches === undefined
    ? [node]
    : [node, ...branches.flatMap((branch) => alternatives(root, branch, depth + 1))];
}

/** Whether the value, or a part of it, is a secret. */
export function holdsSecret(root: JsonSchema, node: JsonSchema, depth = 0): boolean {
  if (depth > 16) return false;
  return alternatives(root, node).some(
    (schema) =>
      schema.writeOnly === true ||
      [...Object.values(schema.properties ?? {}), schema.additionalProperties, schema.items].some(
        (inner) => typeof inner === "object" && holdsSecret(root, inner, depth + 1),
      ),
  );
}
