import { EXTENSION_ID } from "../../config/component-id.ts";
import type { JsonSchema } from "../../config/json-schema.ts";
import { report, type Check } from "./check-block.ts";
import { sections, type DefinedComponents } from "./check-components.ts";
import type { CheckedComponent } from "./checked-config.ts";
import { didYouMean } from "./did-you-mean.ts";
import type { ConfigPath } from "./problem.ts";
import { alternatives, jsonSchemaOf, step } from "./schema-walk.ts";
import { hasBroken, nodeAt, plain, type TreeNode } from "./tree.ts";

/** What the checks know of extensions. */
interface Extensions {
  readonly components: DefinedComponents;
  /** The IDs of those that start. */
  readonly started: readonly string[];
}

/** Reports options that name an extension which will not run: a component that needs one cannot start without it. */
export function checkExtensionNames(state: Check, running: readonly CheckedComponent[], extensions: Extensions): void {
  // Where these could not be read, which was reported, nobody knows what starts.
  if (unread(state, ["extensions"], "map") || unread(state, ["service", "extensions"], "list")) return;
  for (const { kind, id, factory, startup } of running) {
    const path = [sections[kind], id];
    const node = state.document.node(path);
    const root = jsonSchemaOf(factory.config);
    if (node === undefined) continue;
    for (const { at, name } of namesIn(root, alternatives(root, root), node, path)) {
      if (extensions.started.includes(name)) continue;
      report(state, at, "value", {
        code: "authenticator-missing",
        ...whyMissing(name, extensions),
        // One that may fail at its start leaves the rest running, as its config asks for.
        severity: startup === "fail" ? "error" : "warning",
      });
    }
  }
}

function unread({ document }: Check, path: ConfigPath, kind: TreeNode["kind"]): boolean {
  const node = document.node(path);
  return node !== undefined && (hasBroken(node) || (node.kind !== kind && plain(node) !== null));
}

function whyMissing(name: string, { components, started }: Extensions): { message: string; remedy: string } {
  if (components.has(`extension ${name}`)) {
    return { message: `the extension "${name}" does not start`, remedy: "Add it to service.extensions." };
  }
  const otherwise = "Define it under extensions, and list it under service.extensions.";
  return { message: `no extension "${name}" is defined`, remedy: didYouMean(name, started, otherwise) };
}

function* namesIn(
  root: JsonSchema,
  schemas: readonly JsonSchema[],
  node: TreeNode,
  at: ConfigPath,
): Iterable<{ at: ConfigPath; name: string }> {
  if (node.broken === true) return;
  if (node.kind === "scalar") {
    const names = schemas.some((schema) => schema["x-type"] === EXTENSION_ID);
    if (names && typeof node.value === "string") yield { at, name: node.value };
    return;
  }
  const parts = node.kind === "map" ? [...node.entries.keys()] : node.items.keys();
  for (const part of parts) {
    const inner = node.kind === "map" ? nodeAt(node, [String(part)]) : node.items[Number(part)];
    const below = schemas.flatMap((schema) => step(root, schema, part));
    if (inner !== undefined && below.length > 0) yield* namesIn(root, below, inner, [...at, part]);
  }
}
