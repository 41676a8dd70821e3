import { buildTree, type LoadContext } from "./build-tree.ts";
import { SET_PREFIX, type ConfigPath } from "./problem.ts";
import { Source } from "./source.ts";
import { mergeTrees, withEntries, type Entry, type MapNode, type TreeNode } from "./tree.ts";

interface SetOption {
  readonly source: Source;
  readonly path: ConfigPath;
  /** Where each part of the path stands in the text. */
  readonly offsets: readonly number[];
  readonly node: TreeNode;
}

/** Reads `a.b[0].c=value`; `\.`, `\[` and `\=` stand for the character itself. Undefined after a problem. */
export function parseSet(text: string, context: LoadContext): SetOption | undefined {
  const source = new Source(SET_PREFIX, text, "set");
  context.findings.announce(source);
  const parts: (string | number)[] = [];
  const offsets: number[] = [];
  const wrong = (message: string): undefined => {
    const remedy = "Write --set a.b.c=value, and \\. for a dot inside a name.";
    context.findings.add({ code: "config-set-invalid", path: "--set", message, remedy }, { source, start: 0 });
  };
  let name = "";
  let start = 0;
  let named = false;
  let at = 0;
  const endName = (): boolean => {
    if (!named) return parts.length > 0 && text[at - 1] === "]";
    parts.push(name);
    offsets.push(start);
    name = "";
    named = false;
    return true;
  };
  for (; at < text.length && text[at] !== "="; at++) {
    const character = text[at] ?? "";
    const escaped = character === "\\" && /[.[=\\]/.test(text[at + 1] ?? "");
    const index = character === "[" ? /^\[(\d{1,9})\]/.exec(text.slice(at, at + 12)) : null;
    if (index !== null || character === ".") {
      if (!endName()) return wrong("a part of the path is empty");
      if (index !== null) {
        parts.push(Number(index[1]));
        offsets.push(at);
        at += index[0].length - 1;
        if (!/[.=[]/.test(text[at + 1] ?? ".")) return wrong('after "]" comes ".", "[" or "="');
      }
    } else {
      if (!named) start = at;
      named = true;
      if (escaped) at++;
      name += text[at];
    }
  }
  if (at >= text.length) return wrong('there is no "="');
  if (!endName()) return wrong("a part of the path is empty");
  if (parts.includes("__proto__")) return wrong('no option can be called "__proto__"');
  if (typeof parts[0] === "number") return wrong("the path begins with an index");
  if (parts.length > context.limits.maxDepth) return wrong(`the path has more than ${context.limits.maxDepth} parts`);
  const node = buildTree(context, source, { text: text.slice(at + 1), offset: at + 1, path: parts });
  return node === undefined ? undefined : { source, path: parts, offsets, node };
}

/** Puts the value of a `--set` in its place. Maps join what is there, everything else replaces it. */
export function applySet(root: MapNode, option: SetOption, context: LoadContext): MapNode {
  const put = (node: TreeNode | undefined, depth: number): TreeNode | undefined => {
    const part = option.path[depth];
    if (part === undefined) return node === undefined ? option.node : mergeTrees(node, option.node);
    const { source } = option;
    const start = option.offsets[depth] ?? 0;
    const key = { source, start, end: start + String(part).length };
    if (node?.kind === "list") {
      const index = typeof part === "number" ? part : /^\d{1,9}$/.test(part) ? Number(part) : -1;
      if (index < 0 || index > node.items.length) {
        const entries = node.items.length === 1 ? "1 entry" : `${node.items.length} entries`;
        return refuse(
          depth,
          `the list has ${entries}, and "${part}" is none of them and not the next`,
          "Give an index from 0.",
        );
      }
      const inner = put(node.items[index], depth + 1);
      if (inner === undefined) return undefined;
      const next = index < node.items.length ? node.items.with(index, inner) : [...node.items, inner];
      return { ...node, items: next };
    }
    const absent = node === undefined || (node.kind === "scalar" && node.value === null);
    if (typeof part === "number") {
      if (!absent || part !== 0)
        return refuse(depth, "there is no list", "Leave out the index, or set the whole list.");
      const inner = put(undefined, depth + 1);
      return inner && { kind: "list", items: [inner], size: 1 + inner.size, ...key };
    }
    if (!absent && node.kind !== "map")
      return refuse(depth, "it has a value of its own and no options", "Set it as a whole.");
    const map: MapNode =
      node?.kind === "map" ? node : { kind: "map", entries: new Map<string, Entry>(), size: 1, ...key };
    const inner = put(map.entries.get(part)?.node, depth + 1);
    if (inner === undefined) return undefined;
    const known = map.entries.get(part)?.key;
    return withEntries(map, new Map([...map.entries, [part, { key: known ?? key, node: inner }]]));
  };
  const refuse = (depth: number, message: string, remedy: string): undefined => {
    const at = { source: option.source, start: option.offsets[depth] ?? 0 };
    context.findings.add({ code: "config-set-invalid", path: option.path.slice(0, depth), message, remedy }, at);
  };
  const changed = put(root, 0);
  return changed?.kind === "map" ? changed : root;
}
