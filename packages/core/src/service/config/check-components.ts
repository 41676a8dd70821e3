import { parseComponentId, componentKinds, type ComponentKind } from "../../component-id.ts";
import { quoteValue } from "../../config/quote-value.ts";
import { messageOf } from "../../errors.ts";
import { checkBlock, redactByName, report, type Check } from "./check-block.ts";
import type { CheckedComponent, ResolvedPlugin, ResolvePlugin, Startup } from "./checked-config.ts";
import { didYouMean } from "./did-you-mean.ts";
import { holdsSecret, jsonSchemaOf } from "./schema-walk.ts";
import { plain, type TreeNode } from "./tree.ts";

/** The top-level section of each kind. */
export const sections: Readonly<Record<ComponentKind, string>> = {
  receiver: "receivers",
  processor: "processors",
  exporter: "exporters",
  connector: "connectors",
  extension: "extensions",
};

/** A component that the config defines, whether or not it is in order. */
export interface DefinedComponent {
  readonly kind: ComponentKind;
  readonly id: string;
  readonly path: readonly [string, string];
  /** Undefined when the plugin was not found. */
  readonly plugin: ResolvedPlugin | undefined;
  readonly checked: CheckedComponent | undefined;
}

/** By `kind id`. */
export type DefinedComponents = ReadonlyMap<string, DefinedComponent>;

/** Checks everything that the sections of the five kinds define. */
export async function checkComponents(state: Check, resolve: ResolvePlugin): Promise<DefinedComponents> {
  const defined = new Map<string, DefinedComponent>();
  const found = new Map<string, ReturnType<typeof find>>();
  for (const kind of componentKinds) {
    const section = sections[kind];
    for (const [id] of entriesOf(state, [section], `a map of ${section}`)) {
      const path = [section, id] as const;
      const type = typeOf(state, path);
      if (type === undefined) {
        redactByName(state.document, path);
        continue;
      }
      const key = `${kind} ${type}`;
      if (!found.has(key)) found.set(key, find(resolve, kind, type));
      defined.set(`${kind} ${id}`, { kind, id, path, plugin: undefined, checked: undefined });
    }
  }
  for (const [key, component] of defined) {
    const { kind, id, path } = component;
    const plugin = await found.get(`${kind} ${parseComponentId(id).type}`);
    if (plugin === undefined) continue;
    if ("problem" in plugin) {
      redactByName(state.document, path);
      report(state, path, "key", plugin.problem);
      continue;
    }
    defined.set(key, { ...component, plugin, checked: checkComponent(state, component, plugin) });
  }
  return defined;
}

/** The entries of a section that may be left empty; reports one that is not a map. */
export function entriesOf(
  state: Check,
  path: readonly string[],
  expected: string,
  isSecret = false,
): Iterable<[string, TreeNode]> {
  const node = state.document.node(path);
  if (node === undefined || node.broken === true || (node.kind === "scalar" && node.value === null)) return [];
  if (node.kind === "map") return [...node.entries].map(([id, entry]) => [id, entry.node]);
  const value = plain(node);
  const spaced = typeof value === "string" && /^[\w/-]+:\S/.test(value);
  report(state, path, "value", {
    code: "config-invalid-value",
    message: `expected ${expected}, got ${isSecret ? "[redacted]" : quoteValue(value)}`,
    ...(spaced && { remedy: "Put a space after the colon." }),
  });
  return [];
}

function typeOf(state: Check, path: readonly [string, string]): string | undefined {
  try {
    return parseComponentId(path[1]).type;
  } catch (error) {
    report(state, path, "key", {
      code: "component-id-invalid",
      message: messageOf(error),
      remedy: 'Write "type" or "type/name".',
    });
    return undefined;
  }
}

/** The article that goes before the name of a kind. */
export function article(kind: ComponentKind): string {
  return kind === "exporter" || kind === "extension" ? "an" : "a";
}

type Found = ResolvedPlugin | { readonly problem: { code: string; message: string; remedy: string } };

async function find(resolve: ResolvePlugin, kind: ComponentKind, type: string): Promise<Found> {
  try {
    const plugin = await resolve(kind, type);
    if ("problem" in plugin || plugin.factory.kind === kind) return plugin;
    const message = `the package ${plugin.packageName} holds the ${plugin.factory.kind} "${plugin.factory.type}", not ${article(kind)} ${kind}`;
    return { problem: { code: "plugin-wrong-kind", message, remedy: `Move it to ${sections[plugin.factory.kind]}.` } };
  } catch (error) {
    const message = `cannot load the plugin of the ${kind} "${type}": ${messageOf(error)}`;
    return { problem: { code: "plugin-load-failed", message, remedy: "Check its installation." } };
  }
}

function checkComponent(
  state: Check,
  { kind, id, path }: DefinedComponent,
  plugin: ResolvedPlugin,
): CheckedComponent | undefined {
  const { document } = state;
  const node = document.node(path);
  if (node === undefined || node.broken === true) return undefined;
  const startup = startupOf(state, path);
  if (node.kind !== "map" && !(node.kind === "scalar" && node.value === null)) {
    // The schema may allow more than maps one day; a block with `startup` is a map.
    const root = jsonSchemaOf(plugin.factory.config);
    // What stands in place of the options may be the one that was meant.
    const isSecret = holdsSecret(root, root);
    if (isSecret) document.redact(path);
    for (const _ of entriesOf(state, path, "a map of options", isSecret)) break;
    return undefined;
  }
  const block = checkBlock(state, plugin.factory.config, path, ["startup"]);
  if (block === undefined || startup === undefined) return undefined;
  const position = document.position(path, "key");
  let digest: string | undefined;
  return {
    kind,
    id,
    factory: plugin.factory,
    plugin,
    config: block.value,
    // Only a reload asks for it, and loading node:crypto costs a start 10 ms.
    get fingerprint() {
      digest ??= fingerprint([plugin.packageName, plugin.version, kind, id, startup, plain(node)]);
      return digest;
    },
    ...(position !== undefined && { position }),
    startup,
  };
}

const STARTUP: readonly Startup[] = ["fail", "retry", "degrade"];

function startupOf(state: Check, path: readonly string[]): Startup | undefined {
  const node = state.document.node([...path, "startup"]);
  if (node === undefined) return "fail";
  if (node.broken === true) return undefined;
  const value = plain(node);
  const known = STARTUP.find((name) => name === value);
  if (known !== undefined) return known;
  report(state, [...path, "startup"], "value", {
    code: "config-invalid-value",
    message: `${quoteValue(value)} is not one of ${STARTUP.join(", ")}`,
    remedy: typeof value === "string" ? didYouMean(value, STARTUP, "") : "",
  });
  return undefined;
}

/** A digest of a value; the order of keys does not matter. */
function fingerprint(value: unknown): string {
  return process.getBuiltinModule("node:crypto").hash("sha256", canonical(value), "hex");
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  // NaN and infinities, which JSON does not have, must differ as well.
  if (typeof value !== "object" || value === null)
    return typeof value === "number" ? String(value) : JSON.stringify(value);
  const pairs = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${pairs.map(([key, inner]) => `${JSON.stringify(key)}:${canonical(inner)}`).join(",")}}`;
}
