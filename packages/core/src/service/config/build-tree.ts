import { isAlias, isMap, isScalar, isSeq, type Node, type Pair, type Scalar as YamlScalar } from "yaml";
import { expandEnv, type Expansion } from "./expand-env.ts";
import { didYouMean } from "./did-you-mean.ts";
import { Findings } from "./findings.ts";
import type { LoadLimits } from "./limits.ts";
import { parseYaml, type TokenBudget } from "./parse-yaml.ts";
import type { ConfigPath } from "./problem.ts";
import { Source } from "./source.ts";
import type { Entry, ListNode, MapNode, ScalarNode, TreeNode } from "./tree.ts";
import { tooDeep } from "./yaml-messages.ts";

/** What all texts of one load share. */
export interface LoadContext {
  readonly limits: LoadLimits;
  readonly findings: Findings;
  readonly tokens: TokenBudget;
  readonly expansion: Expansion;
  /** Nodes that aliases may still add. */
  readonly aliases: { left: number };
}

interface Walk extends LoadContext {
  readonly source: Source;
  /** What is added to the offsets of the YAML text. */
  readonly offset: number;
  /** Undefined while the anchored node is being built. */
  readonly anchors: Map<string, TreeNode | undefined>;
  /** Set for the value of a variable: its nodes all stand where the variable does, and hold no variables. */
  readonly inside?: { readonly start: number; readonly end: number; readonly env?: string };
}

/** Parses a text and makes the tree of its values, with variables put in. Undefined when it is not YAML. */
export function buildTree(
  context: LoadContext,
  source: Source,
  { text = source.text, offset = 0, path = [] }: { text?: string; offset?: number; path?: ConfigPath } = {},
): TreeNode | undefined {
  const { limits, findings, tokens } = context;
  const document = parseYaml(text, { source, offset }, tokens, limits, findings);
  if (document === undefined) return undefined;
  return build({ ...context, source, offset, anchors: new Map() }, document.contents, path, 0, offset);
}

function build(walk: Walk, node: Node | null | undefined, path: ConfigPath, depth: number, fallback: number): TreeNode {
  const place = placeOf(walk, node, fallback);
  if (node === null || node === undefined) return { kind: "scalar", value: null, size: 1, ...place };
  if (depth > walk.limits.maxDepth) {
    walk.findings.add({ path, ...tooDeep(walk.limits) }, place);
    return broken(place);
  }
  if (isAlias(node)) return resolveAlias(walk, node.source, path, place);
  const { anchor } = node as { anchor?: string };
  if (anchor !== undefined) walk.anchors.set(anchor, undefined);
  const built = isMap(node)
    ? buildMap(walk, node.items as Pair<Node, Node | null>[], path, depth, place)
    : isSeq(node)
      ? buildList(walk, node.items as Node[], path, depth, place)
      : buildScalar(walk, node, path, place);
  if (anchor !== undefined) walk.anchors.set(anchor, built);
  return built;
}

type Place = Pick<TreeNode, "source" | "start" | "end" | "env">;

function placeOf({ source, offset, inside }: Walk, node: Node | null | undefined, fallback: number): Place {
  if (inside !== undefined) return { source, ...inside };
  const range = node?.range;
  return range
    ? { source, start: range[0] + offset, end: range[1] + offset }
    : { source, start: fallback, end: fallback };
}

const broken = (place: Place): ScalarNode => ({ kind: "scalar", value: null, size: 1, broken: true, ...place });

function buildList(walk: Walk, items: readonly Node[], path: ConfigPath, depth: number, place: Place): ListNode {
  const built = items.map((item, index) => build(walk, item, [...path, index], depth + 1, place.start));
  return { kind: "list", items: built, size: built.reduce((sum, { size }) => sum + size, 1), ...place };
}

function buildMap(
  walk: Walk,
  pairs: readonly Pair<Node, Node | null>[],
  path: ConfigPath,
  depth: number,
  place: Place,
): MapNode {
  const own = new Map<string, Entry>();
  const merged = new Map<string, Entry>();
  for (const { key: keyNode, value } of pairs) {
    const key = placeOf(walk, keyNode, place.start);
    const name = keyName(keyNode);
    if (name === undefined) {
      const message = "a key must be a text";
      walk.findings.add({ code: "config-yaml-syntax", path, message, remedy: "Put it in quotes." }, key);
      continue;
    }
    if (name === "<<" && isScalar(keyNode) && keyNode.type === "PLAIN") {
      const node = build(walk, value, [...path, name], depth + 1, key.end);
      addMerged(walk, node, merged, [...path, name]);
      continue;
    }
    if (name === "__proto__") {
      walk.findings.add(
        {
          code: "config-reserved-key",
          path: [...path, name],
          message: 'no option can be called "__proto__"',
          remedy: "Remove it.",
        },
        key,
      );
      continue;
    }
    const earlier = own.get(name);
    if (earlier !== undefined) {
      // No option has it, so that nobody asks later whether there is a secret in it.
      const { start, end } = placeOf(walk, value, key.end);
      const isEmpty = (isMap(value) || isSeq(value)) && value.items.length === 0;
      if (walk.inside === undefined && !isEmpty) walk.source.redact(start, end);
      const { line } = walk.source.position(earlier.key.start);
      const message = `"${name}" is given twice, first on line ${line}`;
      walk.findings.add(
        { code: "config-duplicate-key", path: [...path, name], message, remedy: "Keep one of the two." },
        key,
      );
      continue;
    }
    own.set(name, { key, node: build(walk, value, [...path, name], depth + 1, key.end) });
  }
  // A key of the map itself wins over a merged one, wherever "<<" stands.
  const entries = merged.size === 0 ? own : new Map([...merged, ...own]);
  let size = 1;
  for (const { node } of entries.values()) size += node.size;
  return { kind: "map", entries, size, ...place };
}

/** `<<: *a` and `<<: [*a, *b]`; of several, the first that has a key gives it. */
function addMerged(walk: Walk, node: TreeNode, merged: Map<string, Entry>, path: ConfigPath): void {
  for (const from of node.kind === "list" ? node.items : [node]) {
    if (from.broken === true) continue;
    if (from.kind !== "map") {
      const message = '"<<" joins maps, and this is none';
      walk.findings.add(
        { code: "config-yaml-alias", path, message, remedy: 'Write "<<: *name" with the anchor of a map.' },
        from,
      );
      continue;
    }
    for (const [key, entry] of from.entries) if (!merged.has(key)) merged.set(key, entry);
  }
}

function keyName(node: Node | null): string | undefined {
  if (!isScalar(node)) return undefined;
  if (typeof node.value === "string") return node.value;
  // 8080 and true are fine as keys, in the words of the file.
  return node.value === null || node.value === undefined ? undefined : node.source;
}

function resolveAlias(walk: Walk, name: string, path: ConfigPath, place: Place): TreeNode {
  const target = walk.anchors.get(name);
  const { findings, aliases, limits } = walk;
  if (target === undefined) {
    const cyclic = walk.anchors.has(name);
    const message = cyclic
      ? `the alias "*${name}" stands inside its own anchor`
      : `no anchor "&${name}" comes before this alias`;
    const remedy = cyclic
      ? "Remove the alias."
      : didYouMean(name, [...walk.anchors.keys()], "Put a text that begins with * in quotes.");
    findings.add({ code: "config-yaml-alias", path, message, remedy }, place);
    return broken(place);
  }
  if (aliases.left < 0) return broken(place);
  aliases.left -= target.size;
  if (aliases.left >= 0) return target;
  findings.add(
    {
      code: "config-alias-limit",
      path,
      message: `the aliases of the config add more than ${limits.maxAliasExpansion} values`,
      remedy: "Use fewer aliases inside anchors.",
    },
    place,
  );
  return broken(place);
}

function buildScalar(walk: Walk, node: YamlScalar, path: ConfigPath, place: Place): TreeNode {
  const { value } = node;
  if (typeof value !== "string" || walk.inside !== undefined || !value.includes("$")) {
    const kept = typeof value === "bigint" ? Number(value) : value;
    return { kind: "scalar", value: kept as ScalarNode["value"], size: 1, ...place };
  }
  const expanded = expandEnv(value, walk.expansion);
  if ("problem" in expanded) {
    walk.findings.add({ path, ...expanded.problem }, place);
    return broken(place);
  }
  const { text, names, whole } = expanded;
  const at = names.length === 0 ? place : { ...place, env: names.join(", ") };
  // What stands in quotes stays a text; otherwise the value of a variable has the type that it would have in the file.
  if (!whole || node.type !== "PLAIN" || node.tag === "tag:yaml.org,2002:str") {
    return { kind: "scalar", value: text, size: 1, ...at };
  }
  return { ...typed(walk, text, path, at), text };
}

/** The value of a variable, as YAML; a text that is no YAML is taken as it is. */
function typed(walk: Walk, text: string, path: ConfigPath, place: Place): TreeNode {
  const findings = new Findings(1); // Discarded: what is not YAML is a text.
  const own = new Source("", text);
  const document = parseYaml(text, { source: own, offset: 0 }, walk.tokens, walk.limits, findings);
  if (document === undefined) return { kind: "scalar", value: text, size: 1, ...place };
  const { start, end, env } = place;
  const inside = { start, end, ...(env !== undefined && { env }) };
  const node = build({ ...walk, findings, anchors: new Map(), inside }, document.contents, path, 0, start);
  return findings.failed ? { kind: "scalar", value: text, size: 1, ...place } : node;
}
