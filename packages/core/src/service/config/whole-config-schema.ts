import type * as z from "zod";
import { componentKinds } from "../../component-id.ts";
import { configJsonSchema } from "../../config/json-schema.ts";
import { sections } from "./check-components.ts";
import type { ResolvedPlugin } from "./checked-config.ts";
import { runtimeSchema } from "./runtime-config.ts";

type Json = Record<string, unknown>;

/** What may stand in place of a number, a truth value or one of some texts. */
const REFERENCE: Json = { type: "string", pattern: "\\$\\{.+\\}" };
const STARTUP: Json = {
  enum: ["fail", "retry", "degrade"],
  default: "fail",
  description:
    "What happens when the component cannot start: `fail` ends the process, `retry` tries again, `degrade` goes on without it.",
};
const ID = "[a-zA-Z][a-zA-Z0-9_]*(/[^\\s]+)?";

/** The JSON Schema (draft 2020-12) of a whole config with these plugins, for editors and `tracecore schema`. */
export function wholeConfigJsonSchema(plugins: readonly ResolvedPlugin[], telemetrySchema: z.ZodType): Json {
  const $defs: Json = {};
  const define = (name: string, schema: z.ZodType, change: (json: Json) => Json = (json) => json): Json => {
    const { $schema: _, ...json } = configJsonSchema(schema);
    $defs[name] = change(placed(withReferences(json), `#/$defs/${name}/$defs/`) as Json);
    return { $ref: `#/$defs/${name}` };
  };
  const properties: Json = {};
  for (const kind of componentKinds) {
    const patternProperties: Json = {};
    for (const { factory } of plugins) {
      if (factory.kind !== kind) continue;
      const name = `${kind}.${factory.type}`;
      patternProperties[`^${factory.type}(/.+)?$`] = define(name, factory.config, asComponent);
    }
    properties[sections[kind]] = {
      type: ["object", "null"],
      description: `The ${sections[kind]}, by component ID: \`type\` or \`type/name\`.`,
      patternProperties,
      additionalProperties: false,
    };
  }
  const ids: Json = { type: "array", items: { type: "string", pattern: `^${ID}$|\\$\\{` }, uniqueItems: true };
  const pipelines: Json = {
    type: "object",
    description: "The pipelines, by ID: a signal, or a signal and a name as in `metrics/host`.",
    patternProperties: { "^(traces|metrics|logs)(/.+)?$": { $ref: "#/$defs/pipeline" } },
    additionalProperties: false,
  };
  $defs["pipeline"] = {
    type: "object",
    properties: {
      receivers: { ...ids, minItems: 1, description: "Where the data comes from: receivers and connectors." },
      processors: { ...ids, description: "What is done with it, in this order." },
      exporters: { ...ids, minItems: 1, description: "Where it goes: exporters and connectors." },
    },
    required: ["receivers", "exporters"],
    additionalProperties: false,
  };
  properties["pipelines"] = pipelines;
  properties["telemetry"] = define("telemetry", telemetrySchema);
  properties["runtime"] = define("runtime", runtimeSchema());
  properties["plugins"] = pluginNames();
  properties["service"] = {
    type: "object",
    description: "The form of the OpenTelemetry Collector.",
    properties: {
      pipelines,
      extensions: { ...ids, description: "The extensions to start, in this order. Without the list: all." },
      telemetry: { type: "object", description: "The collector's own telemetry; metrics level and address are used." },
    },
    additionalProperties: false,
  };
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "tracecore configuration",
    type: "object",
    properties,
    additionalProperties: false,
    $defs,
  };
}

/** Every component may have `startup`, and may be left empty where no option is required. */
function asComponent(json: Json): Json {
  const { properties, required } = json as { properties?: Json; required?: unknown[] };
  const empty = required === undefined || required.length === 0;
  if (![json["type"]].flat().includes("object")) return json;
  return { ...json, type: empty ? ["object", "null"] : "object", properties: { ...properties, startup: STARTUP } };
}

function pluginNames(): Json {
  const names = { type: "object", additionalProperties: { type: "string" } };
  return {
    type: "object",
    description: "Packages of component types that are not called @tracecore/<kind>-<type>.",
    properties: Object.fromEntries(Object.values(sections).map((section) => [section, names])),
    additionalProperties: false,
  };
}

/** Lets `${env:NAME}` stand wherever a value has another type than text, or a pattern. */
function withReferences(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(withReferences);
  if (typeof node !== "object" || node === null) return node;
  const json = Object.fromEntries(
    Object.entries(node).map(([key, value]) => [
      key,
      MAPS.has(key) ? mapValues(value as Json, withReferences) : VALUES.has(key) ? value : withReferences(value),
    ]),
  );
  // `cpu:` with nothing behind it is a block with its defaults.
  if (json["type"] === "object" && json["required"] === undefined) return { ...json, type: ["object", "null"] };
  const { type, pattern } = json;
  const bare = type === "string" && pattern === undefined;
  const leaf =
    type === "number" ||
    type === "integer" ||
    type === "boolean" ||
    type === "string" ||
    "enum" in json ||
    "const" in json;
  if (!leaf || (bare && !("enum" in json) && !("const" in json))) return json;
  const { description, default: fallback, ...rest } = json;
  return {
    ...(description !== undefined && { description }),
    ...(fallback !== undefined && { default: fallback }),
    anyOf: [rest, REFERENCE],
  };
}
/** Keywords that hold schemas by name. */
const MAPS: ReadonlySet<string> = new Set(["properties", "patternProperties", "$defs"]);
const mapValues = (map: Json, change: (value: unknown) => unknown): Json =>
  Object.fromEntries(Object.entries(map).map(([key, value]) => [key, change(value)]));
/** Keywords that hold values, not schemas. */
const VALUES: ReadonlySet<string> = new Set(["default", "enum", "const", "examples", "required", "propertyNames"]);

/** Makes the references of a schema right for the place where it comes to stand. */
function placed(node: unknown, base: string): unknown {
  if (Array.isArray(node)) return node.map((inner) => placed(inner, base));
  if (typeof node !== "object" || node === null) return node;
  return Object.fromEntries(
    Object.entries(node).map(([key, value]) => [
      key,
      key === "$ref" && typeof value === "string"
        ? value.startsWith("#/$defs/")
          ? base + value.slice("#/$defs/".length)
          : base.slice(0, -"/$defs/".length)
        : placed(value, base),
    ]),
  );
}
