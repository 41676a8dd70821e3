import type * as z from "zod";
import { isSecret } from "../../config/secret.ts";
import { isSecretName } from "../../config/secret-name.ts";
import { withoutUrlSecrets } from "../../config/url-secrets.ts";
import type { JsonSchema } from "../../config/json-schema.ts";
import { sections } from "./check-components.ts";
import type { CheckedConfig } from "./checked-config.ts";
import { TreeDocument, type Origin } from "./config-document.ts";
import { formatPath, type ConfigPath } from "./problem.ts";
import { runtimeSchema } from "./runtime-config.ts";
import { alternatives, holdsSecret, jsonSchemaOf, step } from "./schema-walk.ts";
import { nodeAt, plain, type TreeNode } from "./tree.ts";

/** A value that a config comes to, and where it comes from. */
export interface ExplainedValue {
  readonly path: string;
  /** As the user would write it: a scalar or a list of scalars; secrets are "[redacted]". */
  readonly value: unknown;
  readonly origin: Origin;
}

/** Every value of a config, defaults included. */
export function explainConfig(checked: CheckedConfig, telemetrySchema?: z.ZodType): readonly ExplainedValue[] {
  const { document } = checked;
  if (!(document instanceof TreeDocument))
    throw new TypeError("BUG: the document is not from loadDocument. Please report it");
  const values: ExplainedValue[] = [];
  const explain = (path: ConfigPath, output: unknown, schema: z.ZodType | undefined): void => {
    const root = schema === undefined ? {} : jsonSchemaOf(schema);
    walk({ document, root, values }, path, output, document.node(path), alternatives(root, root));
  };
  for (const { kind, id, config, startup, factory } of [...checked.components, ...checked.unused]) {
    const path = [sections[kind], id];
    values.push({
      path: formatPath(path.concat("startup")),
      value: startup,
      origin: document.origin([...path, "startup"]),
    });
    explain(path, config, factory.config);
  }
  for (const { id, receivers, processors, exporters } of checked.pipelines) {
    for (const [role, value] of Object.entries({ receivers, processors, exporters })) {
      const path = ["pipelines", id, role];
      values.push({ path: formatPath(path), value, origin: document.origin(path) });
    }
  }
  values.push({
    path: "service.extensions",
    value: checked.extensions,
    origin: document.origin(["service", "extensions"]),
  });
  explain(["telemetry"], checked.telemetry, telemetrySchema);
  explain(["runtime"], checked.runtime, runtimeSchema());
  explain(["plugins"], document.value["plugins"] ?? {}, undefined);
  return values;
}

/** Where a value comes from, as people read it. */
export function originText(origin: Origin): string {
  switch (origin.kind) {
    case "default":
      return "default";
    case "file":
      return `${origin.position.file}:${origin.position.line}`;
    case "env":
      return `environment ${origin.name}, ${origin.position.file}:${origin.position.line}`;
    case "set":
      return `--set ${origin.text}`;
  }
}

interface Walk {
  readonly document: TreeDocument;
  readonly root: JsonSchema;
  readonly values: ExplainedValue[];
}

function walk(
  state: Walk,
  path: ConfigPath,
  output: unknown,
  raw: TreeNode | undefined,
  schemas: readonly JsonSchema[],
): void {
  const { document, root, values } = state;
  if (output === undefined) return;
  const add = (value: unknown): void => {
    values.push({ path: formatPath(path), value, origin: document.origin(path) });
  };
  if (isSecret(output) || schemas.some(({ writeOnly }) => writeOnly === true)) return add("[redacted]");
  if (named(path, raw)) return add("[redacted]");
  const marked = schemas.some((schema) => schema["x-type"] !== undefined);
  const items = Array.isArray(output) ? output : undefined;
  if (!marked && items?.some((item) => isBlock(item) || isSecret(item)) === true) {
    for (const [index, item] of items.entries()) {
      walk(
        state,
        [...path, index],
        item,
        raw && nodeAt(raw, [index]),
        schemas.flatMap((schema) => step(root, schema, index)),
      );
    }
    return;
  }
  if (!marked && isBlock(output)) {
    const keys = Object.keys(output);
    if (keys.length === 0 && schemas.every(({ properties }) => properties === undefined) && path.length > 1) add({});
    // A transform may have given the options other names; then the schema says which ones the user writes.
    const declared = [...new Set(schemas.flatMap(({ properties }) => Object.keys(properties ?? {})))];
    const renamed = declared.length > 0 && keys.every((key) => !declared.includes(key));
    for (const key of renamed ? declared : keys) {
      const inner = schemas.flatMap((schema) => step(root, schema, key));
      const node = raw && nodeAt(raw, [key]);
      const value = renamed
        ? ((node && plain(node)) ?? inner.find((schema) => schema.default !== undefined)?.default)
        : output[key];
      walk(state, [...path, key], value, node, inner);
    }
    return;
  }
  // As it was written, since the schema made milliseconds or objects of it.
  const written = raw === undefined ? schemas.find((schema) => schema.default !== undefined)?.default : plain(raw);
  // A value of several parts may hold a secret deeper than this goes.
  const hidden = typeof written === "object" && schemas.some((schema) => holdsSecret(root, schema));
  add(hidden ? "[redacted]" : shown(written ?? output));
}

/** The value without what is secret in its URLs. */
function shown(value: unknown): unknown {
  if (typeof value === "string") return withoutUrlSecrets(value);
  if (Array.isArray(value)) return value.map(shown);
  if (!isBlock(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shown(inner)]));
}

/** Whether the name of a text, or of a variable in it, says that it is a secret. */
function named(path: ConfigPath, raw: TreeNode | undefined): boolean {
  if (raw?.kind !== "scalar" || typeof raw.value !== "string") return false;
  return isSecretName(String(path.at(-1))) || (raw.env?.split(", ").some(isSecretName) ?? false);
}

/** A plain object, as options inside options make; not an instance of a class. */
function isBlock(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
