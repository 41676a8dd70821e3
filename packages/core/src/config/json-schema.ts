import * as z from "zod";

/** A JSON Schema as far as this package reads it. */
export interface JsonSchema {
  [keyword: string]: unknown;
  type?: string;
  description?: string;
  default?: unknown;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  additionalProperties?: JsonSchema | boolean;
  propertyNames?: JsonSchema;
  items?: JsonSchema | boolean;
  prefixItems?: JsonSchema[];
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  allOf?: JsonSchema[];
  enum?: unknown[];
  const?: unknown;
  $ref?: string;
  $defs?: Record<string, JsonSchema>;
  writeOnly?: boolean;
  /** The word that the option table uses for a building block: duration, size, endpoint, secret, component ID, extension ID. */
  "x-type"?: string;
}

/** The JSON Schema of what a user may write, with the building blocks marked by `x-type`. */
export function inputSchema(schema: z.ZodType): JsonSchema {
  // "input": what the user writes; the output of a transform has no JSON Schema.
  return z.toJSONSchema(schema, { io: "input", unrepresentable: "any", override: addDefault }) as JsonSchema;
}

/** Adds the default of `.default({})` behind a transform, which the library leaves out, where a user could write it so. */
function addDefault({
  zodSchema,
  jsonSchema,
}: {
  zodSchema: z.core.$ZodTypes;
  jsonSchema: Record<string, unknown>;
}): void {
  const { def } = zodSchema._zod;
  if (def.type !== "default" || "default" in jsonSchema) return;
  const { defaultValue } = def;
  try {
    const parsed = z.safeParse(zodSchema, defaultValue);
    if (parsed.success && JSON.stringify(parsed.data) === JSON.stringify(defaultValue))
      jsonSchema["default"] = defaultValue;
  } catch {
    // A check that does not work on its own default has none to show.
  }
}

/** The JSON Schema (draft 2020-12) of what a user may write, for editors. */
export function configJsonSchema(schema: z.ZodType): Record<string, unknown> {
  return withoutMarks(inputSchema(schema)) as Record<string, unknown>;
}

function withoutMarks(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(withoutMarks);
  if (typeof node !== "object" || node === null) return node;
  return Object.fromEntries(
    Object.entries(node)
      .filter(([key]) => key !== "x-type")
      .map(([key, value]) => [
        key,
        key === "properties" ? byName(value as Record<string, unknown>) : VALUES.has(key) ? value : withoutMarks(value),
      ]),
  );
}

/** Options may be called as keywords are. */
function byName(properties: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, withoutMarks(schema)]));
}

/** Keywords that hold values, not schemas. */
const VALUES: ReadonlySet<string> = new Set(["default", "enum", "const", "examples"]);
