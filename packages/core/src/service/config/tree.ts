import type { ConfigPath } from "./problem.ts";
import type { Source } from "./source.ts";

interface Place {
  readonly source: Source;
  /** Offsets in the text of the source. */
  readonly start: number;
  readonly end: number;
}

interface Common extends Place {
  /** Nodes in it, itself included: what an alias to it adds. */
  readonly size: number;
  /** The environment variables that made the value. */
  readonly env?: string;
  /** What a whole-value `${env:NAME}` gave, for options that want a text where YAML reads something else. */
  readonly text?: string;
  /** The value could not be made; that was reported, and what follows from it need not be. */
  readonly broken?: true;
}

export type Scalar = string | number | boolean | null;

export interface ScalarNode extends Common {
  readonly kind: "scalar";
  readonly value: Scalar;
}
export interface ListNode extends Common {
  readonly kind: "list";
  readonly items: readonly TreeNode[];
}
export interface MapNode extends Common {
  readonly kind: "map";
  readonly entries: ReadonlyMap<string, Entry>;
}
export interface Entry {
  /** Where the key stands. */
  readonly key: Place;
  readonly node: TreeNode;
}

/** A config value that knows where it comes from. Immutable: files that alias the same anchor share it. */
export type TreeNode = ScalarNode | ListNode | MapNode;

/** The node at `path`. */
export function nodeAt(root: TreeNode, path: ConfigPath): TreeNode | undefined {
  let node: TreeNode | undefined = root;
  for (const part of path) {
    if (node?.kind === "map") node = node.entries.get(String(part))?.node;
    else if (node?.kind === "list" && typeof part === "number") node = node.items[part];
    else return undefined;
  }
  return node;
}

/** Where the last key of `path` stands; an entry of a list has no key and stands for itself. */
export function keyAt(root: TreeNode, path: ConfigPath): Place | undefined {
  const last = path.at(-1);
  if (last === undefined) return root;
  const parent = nodeAt(root, path.slice(0, -1));
  if (parent?.kind === "map") return parent.entries.get(String(last))?.key;
  return parent?.kind === "list" && typeof last === "number" ? parent.items[last] : undefined;
}

/** The plain value of a tree. `textAt` names nodes whose expanded text is wanted instead of their YAML value. */
export function plain(node: TreeNode, textAt?: ReadonlySet<TreeNode>): unknown {
  if (node.text !== undefined && textAt?.has(node) === true) return node.text;
  if (node.kind === "scalar") return node.value;
  if (node.kind === "list") return node.items.map((item) => plain(item, textAt));
  const value: Record<string, unknown> = {};
  for (const [key, entry] of node.entries) value[key] = plain(entry.node, textAt);
  return value;
}

/** Whether a part of the value was already reported. */
export function hasBroken(node: TreeNode): boolean {
  if (node.broken === true) return true;
  if (node.kind === "list") return node.items.some(hasBroken);
  return node.kind === "map" && node.entries.values().some((entry) => hasBroken(entry.node));
}

/** Joins two trees as several config files are joined: maps join, everything else replaces. */
export function mergeTrees(base: TreeNode, over: TreeNode): TreeNode {
  if (base.kind !== "map" || over.kind !== "map") return over;
  const entries = new Map(base.entries);
  for (const [key, entry] of over.entries) {
    const below = base.entries.get(key);
    const joins = below !== undefined && below.node.kind === "map" && entry.node.kind === "map";
    entries.set(key, joins ? { key: below.key, node: mergeTrees(below.node, entry.node) } : entry);
  }
  return withEntries(base, entries);
}

/** A map like `map` with other entries. */
export function withEntries(map: MapNode, entries: ReadonlyMap<string, Entry>): MapNode {
  let size = 1;
  for (const entry of entries.values()) size += entry.node.size;
  return { ...map, entries, size };
}
